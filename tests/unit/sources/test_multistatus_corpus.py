"""Real multistatus bodies of public projects, read in place where the corpus is at hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from rubrica.errors import NotAnAddressBook
from rubrica.formats.vcard import read_card
from rubrica.sources.carddav.multistatus import ADDRESS_DATA, Multistatus, Row
from tests.corpus import ABSENT, CORPUS

FILES = sorted((CORPUS / "files" / "carddav-xml").glob("*.xml"))

pytestmark = pytest.mark.skipif(not FILES, reason=ABSENT)


def _expected(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CORPUS / "expected" / "carddav-xml" / f"{file.name}.json").read_text("utf-8"))
    return found


def _rows(file: Path) -> list[Row]:
    return list(Multistatus().rows([file.read_bytes()]))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_real_body_is_read_as_independent_readers_read_it(file: Path) -> None:
    expected = _expected(file)["responses"]
    if not expected:
        return
    rows = _rows(file)

    assert [row.href for row in rows] == [response["href"] for response in expected]
    for row, response in zip(rows, expected, strict=True):
        texts = {name.rpartition(" ")[2]: text.strip() for name, text in row.texts.items()}
        for name, value in response["props"].items():
            if isinstance(value, str) and name in ("displayname", "getetag", "getctag", "sync-token"):
                assert texts[name] == value


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_cards_in_a_real_body_are_read(file: Path) -> None:
    expected = [contact["full_name"] for contact in _expected(file)["contacts"]]
    try:
        cards = [row.texts[ADDRESS_DATA] for row in _rows(file) if row.texts.get(ADDRESS_DATA)]
    except NotAnAddressBook:
        cards = []
    names = [record.value.full_name for text in cards for record in read_card(text, "x") if record.value is not None]  # type: ignore[union-attr]

    assert names == [name for name in expected if name]
