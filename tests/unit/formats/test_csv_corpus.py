"""Real CSV files of other projects, beside an independent reading of them; skipped where they are not."""

import json
from pathlib import Path
from typing import Any

import pytest

from rubrica.domain.contacts import Contact
from rubrica.formats.csv import read
from tests.corpus import ABSENT, CORPUS, expected, seen, words

EXPECTATIONS = sorted(CORPUS.glob("expected/csv-*/*.json"))

# Where Rubrica reads otherwise, and why. The fields named are not compared.
READ_OTHERWISE: dict[str, tuple[tuple[str, ...], str]] = {
    "FolkerKinzel_Contacts.IO__Outlook365.csv": (("birthday",), "another of its dates tells that months come first"),
    "FolkerKinzel_Contacts.IO__Outlook365_DifferentColumnNames.csv": (("birthday",), "the same"),
    "Zimbra_zm-selenium__contactZimbra.csv": (("emails",), "words without @ are no addresses"),
    "oernster_pigeonpost__csv_csv_test.go-TestDecodeIgnoresBlankAndInvalidColumns.csv": (("emails",), "the same"),
}


def without(numbers: list[str], uncertain: list[str]) -> list[str]:
    """The numbers without those of which it is not certain that they are the person's."""
    left = list(numbers)
    for one in map(words, uncertain):
        if one in left:
            left.remove(one)
    return left


def differences(expectation: dict[str, Any], name: str) -> list[str]:
    raw = (CORPUS / "files" / expectation["file"]).read_bytes()
    read_now = [record.value for record in read(raw) if isinstance(record.value, Contact)]
    left_out = READ_OTHERWISE.get(name, ((), ""))[0]
    theirs = expectation["contacts"]
    if len(read_now) != len(theirs):
        return [f"{len(read_now)} contacts instead of {len(theirs)}"]
    found = []
    for number, (value, other) in enumerate(zip(read_now, theirs, strict=True)):
        ours, wanted = seen(value), expected(other)
        if wanted["phones"] != ours["phones"]:
            ours["phones"] = without(ours["phones"], other.get("phones_uncertain") or [])
        found += [
            f"{number} {field}: {ours[field]!r} instead of {wanted[field]!r}"
            for field in wanted
            if field not in left_out and ours[field] != wanted[field]
        ]
    return found


@pytest.mark.skipif(not EXPECTATIONS, reason=ABSENT)
@pytest.mark.parametrize("path", EXPECTATIONS, ids=lambda path: path.name.removesuffix(".json"))
def test_a_real_file_is_read_as_an_independent_reading_has_it(path: Path) -> None:
    expectation = json.loads(path.read_text())

    assert differences(expectation, path.name.removesuffix(".json")) == []


@pytest.mark.skipif(not EXPECTATIONS, reason=ABSENT)
def test_what_is_read_otherwise_is_still_in_the_collection() -> None:
    assert set(READ_OTHERWISE) <= {path.name.removesuffix(".json") for path in EXPECTATIONS}
