"""Real files of other projects, read beside what independent parsers make of them; skipped where they are not."""

import json
from pathlib import Path
from typing import Any

import pytest

from rubrica.domain.contacts import Contact, Group
from rubrica.formats.vcard import read_file
from tests import corpus
from tests.corpus import ABSENT, CORPUS, words

EXPECTATIONS = sorted(CORPUS.glob("expected/vcard-*/*.json"))

# Where Rubrica reads otherwise, and why. The fields named are not compared.
READ_OTHERWISE: dict[str, tuple[tuple[str, ...], str]] = {
    "LineageOS_android_frameworks_opt_vcard__v21_complicated.vcf": (
        ("notes",), "white space after a soft break belongs to the value (RFC 2045 section 6.7): 'come to'"),
    "LineageOS_android_frameworks_opt_vcard__v21_invalid_multiple_line.vcf": (
        ("emails",), "the address is taken out of the brackets"),
    "gachris_vCard.Net__Data_Contacts.vcf": (("phones",), "the number of the AGENT's card is another person's"),
    "gachris_vCard.Net__Data_John_Doe.vcf": (("phones",), "the number of the AGENT's card is another person's"),
    "gammu_gammu__line-continuation.vcf": (("phones",), "the white space of a fold of 2.1 belongs to the value"),
    "roundcube_roundcubemail__src_thebat.vcf": (
        ("full_name", "last_name"), "no charset is named; a curator who knows Polish chose windows-1250"),
    "stalwartlabs_calcard__vcard_010.vcf": (("notes",), "byte 92 is an apostrophe of windows-1252, not unreadable"),
    "stalwartlabs_calcard__vcard_067.vcf": (("full_name",), "the white space of a fold of 2.1 belongs to the value"),
    "KDE_kcontacts__data_vcard9.vcf": (("notes",), "a character parted by a fold is put together"),
    "Kozea_Radicale__contact4-with-bday-no-year.vcf": (("birthday",), "1604 is Apple's way to write no year"),
    "apple_ccs-caldavtester__vcarderrors_8.vcf": (("notes",), "a control character is removed"),
    "cyrusimap_cyrus-imapd__control_chars_repaired-1.vcf": (("full_name",), "an unknown escape stays as written"),
    "FolkerKinzel_VCards__TestFiles_v4.vcf": (("birthday",), "there is no month 31"),
    "riboseinc_ruby-vobject__examples_example1.vcf": (("emails",), "a nested PROFILE is the same person's"),
    "stalwartlabs_calcard__vcard_027.vcf": (("birthday",), "'circa 1800' is no date"),
    "stalwartlabs_calcard__vcard_057.vcf": (("title",), "a ROLE stands in for a missing TITLE"),
    "Peltoche_ical-rs__vcard_input.vcf": (("contacts",), "blank lines within a card lose no contact"),
}  # fmt: skip


def seen(value: Contact | Group) -> dict[str, Any]:
    """The fields of an expectation, as Rubrica read them."""
    if isinstance(value, Group):
        return {"full_name": words(value.name), "is_group": True}
    return corpus.seen(value)


def expected(contact: dict[str, Any]) -> dict[str, Any]:
    if contact.get("is_group"):
        return {"full_name": words(contact["full_name"]), "is_group": True}
    return corpus.expected(contact)


def differences(expectation: dict[str, Any], name: str) -> list[str]:
    raw = (CORPUS / "files" / expectation["file"]).read_bytes()
    read = [record.value for record in read_file([raw]) if record.value is not None]
    if "count_only" in expectation:
        return [] if len(read) == expectation["count_only"] else [f"{len(read)} contacts"]
    left_out = READ_OTHERWISE.get(name, ((), ""))[0]
    # A card that tells of nobody by these fields may be kept for another or rejected.
    ours = [one for one in map(seen, read) if any(one.values())]
    theirs = [one for one in map(expected, expectation["contacts"]) if any(one.values())]
    if "contacts" in left_out:
        return []
    if len(ours) != len(theirs):
        return [f"{len(ours)} contacts instead of {len(theirs)}"]
    return [
        f"{field}: {one.get(field)!r} instead of {other[field]!r}"
        for one, other in zip(ours, theirs, strict=True)
        for field in other
        if field not in left_out and one.get(field) != other[field]
    ]


@pytest.mark.skipif(not EXPECTATIONS, reason=ABSENT)
@pytest.mark.parametrize("path", EXPECTATIONS, ids=lambda path: path.name.removesuffix(".json"))
def test_a_real_file_is_read_as_independent_parsers_read_it(path: Path) -> None:
    expectation = json.loads(path.read_text())

    assert differences(expectation, path.name.removesuffix(".json")) == []


@pytest.mark.skipif(not EXPECTATIONS, reason=ABSENT)
def test_what_is_read_otherwise_is_still_in_the_collection() -> None:
    assert set(READ_OTHERWISE) <= {path.name.removesuffix(".json") for path in EXPECTATIONS}
