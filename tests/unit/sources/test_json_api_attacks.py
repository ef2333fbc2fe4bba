"""What a provider could send to break the reading of its pages, and what an import then comes to."""

import json
import tracemalloc
from collections.abc import Sequence

import pytest
from scripted_api import JSON, Canned, ScriptedApi, contacts, entries

from rubrica.domain.credential import Token
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import AnswerUnreadable, ImportFailure, NextPageRefused
from rubrica.ports import Batch, Cursor, Source
from rubrica.sources.google.people import Connections, Person
from rubrica.sources.google.source import GooglePeople
from rubrica.sources.json_api.reading import error_in, page_of, record_of
from rubrica.sources.microsoft.source import MicrosoftGraph

TOKEN = Token("the-token", ("https://www.googleapis.com/auth/contacts.readonly",))
SAVED, LABELS = "/v1/people/me/connections", "/v1/contactGroups"
OWN, FOLDERS = "/v1.0/me/contacts", "/v1.0/me/contactFolders"
ADA = '{"resourceName":"people/c1","names":[{"displayName":"Ada Example"}]}'
LARGE = 32 * 1024 * 1024
ROOM = 200 * 1000 * 1000
ROW = 250_000
"""Bytes that a cursor may have in a row of at most 400 KB, beside a sealed token and the consent's openings."""


def told(text: str) -> Canned:
    return Canned(200, text.encode(), JSON)


def read(source: Source, cursor: Cursor | None = None) -> tuple[Sequence[Batch], ImportFailure | None]:
    batches: list[Batch] = []
    try:
        for batch in source.read(TOKEN, cursor, lambda: False):
            batches.append(batch)
    except ImportFailure as failure:
        return batches, failure
    return batches, None


def test_a_page_token_that_no_address_can_carry_is_an_answer_that_cannot_be_read() -> None:
    first = told(f'{{"connections":[{ADA}],"nextPageToken":"\\ud800"}}')
    api = ScriptedApi({SAVED: [first, told("{}")], LABELS: told("{}")})

    _, failure = read(GooglePeople(api))

    assert type(failure) is AnswerUnreadable


@pytest.mark.parametrize("name", ["n" * 6_000, "王" * 6_000], ids=["ASCII", "CJK"])
def test_names_of_folders_are_cut_so_that_the_place_in_the_mailbox_can_be_stored(name: str) -> None:
    folders = [{"id": f"folder-{number}", "displayName": name} for number in range(200)]
    inside = {f"{FOLDERS}/{it['id']}/childFolders": told('{"value":[]}') for it in folders}
    api = ScriptedApi({OWN: told('{"value":[]}'), FOLDERS: told(json.dumps({"value": folders})), **inside})

    batches, _ = read(MicrosoftGraph(api))

    longest = max(len(json.dumps(batch.cursor, ensure_ascii=False).encode()) for batch in batches)
    assert longest < ROW
    assert {reason for entry in entries(batches) for reason in entry.reasons} == {Reason.BOOK_REFUSED}


@pytest.mark.parametrize("folder", ["f" * 100_000, "王" * 400, "a\r\nX: y", "a b"])
def test_a_folder_with_an_id_that_none_has_is_a_short_line_of_the_ledger(folder: str) -> None:
    listing = told(json.dumps({"value": [{"id": folder, "displayName": "Friends"}]}))
    api = ScriptedApi({OWN: told('{"value":[{"id":"1","displayName":"Ada"}]}'), FOLDERS: listing})

    batches, failure = read(MicrosoftGraph(api))

    assert failure is None
    assert entries(batches) == [Entry("contactFolders", Fate.REJECTED, (Reason.BOOK_REFUSED,))]
    assert len(contacts(batches)) == 1


@pytest.mark.parametrize("port", ["0", "00", "8443", "0x1bb"])
def test_a_next_page_on_another_port_of_graph_is_refused(port: str) -> None:
    link = f"https://graph.microsoft.com:{port}/v1.0/me/contacts?$skip=1"
    api = ScriptedApi({OWN: told(json.dumps({"value": [], "@odata.nextLink": link}))})

    assert type(read(MicrosoftGraph(api))[1]) is NextPageRefused
    assert len(api.asked) == 1


def hostile_bodies() -> dict[str, bytes]:
    note = b'{"connections":[{"resourceName":"people/c1","biographies":[{"value":"%s"}]}],"x":NaN}'
    return {
        "a broken page with one character of four bytes": note % (b"x" * LARGE + "\U0001f600".encode()),
        "a record full of control characters": note.replace(b"NaN", b"1") % (b"\x01" * LARGE),
        "a record of no UTF-8": note.replace(b"NaN", b"1") % (b"\xff" * LARGE + "\U0001f600".encode()),
        "an error as large as a page": b'{"error":{"message":"%s"}}' % (b"x" * LARGE + "\U0001f600".encode()),
        "an error of many keys": b'{"error":{%s}}' % b",".join(b'"%x":""' % number for number in range(900_000)),
    }


@pytest.mark.parametrize("name", hostile_bodies())
def test_what_has_to_be_read_with_patience_takes_no_more_memory_than_there_is(name: str) -> None:
    body = hostile_bodies()[name]
    tracemalloc.start()
    try:
        error_in(body)
        try:
            page = page_of(Connections, body)
        except ImportFailure:
            page = Connections()
        for record in page.records or ():
            record_of(Person, record)
        assert tracemalloc.get_traced_memory()[1] < ROOM
    finally:
        tracemalloc.stop()


def test_a_broken_record_that_is_too_large_to_be_mended_costs_no_other() -> None:
    broken = '{"resourceName":"people/c2","names":7,"biographies":[{"value":"%s"}]}' % ("x" * 16 * 1024 * 1024)
    api = ScriptedApi({SAVED: told(f'{{"connections":[{ADA},{broken}]}}'), LABELS: told("{}")})

    batches, failure = read(GooglePeople(api))

    assert failure is None
    assert [contact.full_name for contact in contacts(batches)] == ["Ada Example"]
    assert [entry.reasons for entry in entries(batches)] == [(Reason.CARD_MALFORMED,)]


# --- Text that is not UTF-8 -------------------------------------------------------------------------------------------

GOOD = '{"connections":[{"resourceName":"people/c1","names":[{"displayName":"J\u00fcrgen"}]}]}'
IN_GRAPH = '{"value":[{"id":"1","displayName":"J\u00fcrgen","parentFolderId":"home"}]}'
NO_FOLDERS = told('{"value":[]}')


def encoded(text: str, charset: str) -> Canned:
    return Canned(200, text.encode(charset), JSON)


def accounts(charset: str) -> dict[str, Source]:
    return {
        "people": GooglePeople(ScriptedApi({SAVED: encoded(GOOD, charset), LABELS: told("{}")})),
        "graph": MicrosoftGraph(ScriptedApi({OWN: encoded(IN_GRAPH, charset), FOLDERS: NO_FOLDERS})),
    }


@pytest.mark.parametrize("api", ["people", "graph"])
def test_a_page_in_another_character_set_is_asked_for_again(api: str) -> None:
    before, failure = read(accounts("iso-8859-1")[api])
    after, none = read(accounts("utf-8")[api], before[-1].cursor)

    assert type(failure) is AnswerUnreadable
    assert contacts(before) == []
    assert none is None
    assert contacts(after)[0].full_name == "J\u00fcrgen"
    assert entries(after) == []


@pytest.mark.parametrize("api", ["people", "graph"])
def test_a_page_that_is_no_utf8_for_the_third_time_is_read_and_what_was_replaced_is_told(api: str) -> None:
    before, first = read(accounts("iso-8859-1")[api])
    again, second = read(accounts("iso-8859-1")[api], before[-1].cursor)
    after, none = read(accounts("iso-8859-1")[api], again[-1].cursor)

    assert {type(first), type(second)} == {AnswerUnreadable}
    assert none is None
    assert contacts(after)[0].full_name == "J\ufffdrgen"
    assert [entry.reasons for entry in entries(after)] == [(Reason.TEXT_REPLACED,)]


def test_labels_in_another_character_set_are_asked_for_again() -> None:
    groups = (
        '{"contactGroups":[{"resourceName":"contactGroups/a","groupType":"USER_CONTACT_GROUP","name":"Ch\u00f6re"}]}'
    )
    member = ADA[:-1] + ',"memberships":[{"contactGroupMembership":{"contactGroupResourceName":"contactGroups/a"}}]}'
    page = told(f'{{"connections":[{member}]}}')
    before, failure = read(GooglePeople(ScriptedApi({SAVED: page, LABELS: encoded(groups, "iso-8859-1")})))
    after, none = read(GooglePeople(ScriptedApi({SAVED: page, LABELS: encoded(groups, "utf-8")})), before[-1].cursor)

    assert type(failure) is AnswerUnreadable
    assert none is None
    assert contacts(after)[0].groups == ("Ch\u00f6re",)


def test_folders_in_another_character_set_are_asked_for_again() -> None:
    def mailbox(charset: str) -> Source:
        folders = encoded('{"value":[{"id":"a","displayName":"Ch\u00f6re"}]}', charset)
        answers = {
            OWN: NO_FOLDERS,
            FOLDERS: folders,
            f"{FOLDERS}/a/childFolders": NO_FOLDERS,
            f"{FOLDERS}/a/contacts": told('{"value":[{"id":"1","displayName":"Ada"}]}'),
        }
        return MicrosoftGraph(ScriptedApi(answers))

    before, failure = read(mailbox("iso-8859-1"))
    after, none = read(mailbox("utf-8"), before[-1].cursor)

    assert type(failure) is AnswerUnreadable
    assert none is None
    assert contacts(after)[0].groups == ("Ch\u00f6re",)


# --- Addresses that would write a header of their own -----------------------------------------------------------------


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\u2028", "\x00"])
def test_an_address_or_a_number_ends_at_a_line_break(break_: str) -> None:
    emails = [f"ada@example.com{break_}Bcc: bo@example.com", f"a{break_}b@example.com", "bo@example.com"]
    phones = [f"+1 555 010 0100{break_}+1 555 010 0200", f"+1 555{break_}0100"]
    google = {
        "resourceName": "people/c1",
        "emailAddresses": [{"value": it} for it in emails],
        "phoneNumbers": [{"value": it} for it in phones],
    }
    graph = {"id": "1", "emailAddresses": [{"address": it} for it in emails], "homePhones": phones}
    sources: list[Source] = [
        GooglePeople(ScriptedApi({SAVED: told(json.dumps({"connections": [google]})), LABELS: told("{}")})),
        MicrosoftGraph(ScriptedApi({OWN: told(json.dumps({"value": [graph]})), FOLDERS: NO_FOLDERS})),
    ]
    for source in sources:
        batches, failure = read(source)
        (contact,) = contacts(batches)

        assert failure is None
        assert [email.address for email in contact.emails] == ["ada@example.com", "bo@example.com"]
        assert [phone.number for phone in contact.phones] == ["+1 555 010 0100"]
        assert [entry.reasons for entry in entries(batches)] == [(Reason.LINES_LEFT_OUT,)]
