"""The Microsoft source against the stand-in for Microsoft Graph."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from slice_reading import as_answered, contacts, egress_to, entries, every_batch, read_slice

from local.sandbox.microsoft_graph.book import MicrosoftBook, microsoft_book
from local.sandbox.microsoft_graph.launch import running_graph
from local.sandbox.stand_in.launch import StandIn
from rubrica.domain.credential import Token
from rubrica.domain.ledger import Fate, Reason
from rubrica.errors import (
    AccessForbidden,
    AnswerTruncated,
    AnswerUnreadable,
    ImportFailure,
    NoMailbox,
    PagesRepeat,
    ProviderThrottled,
    ProviderUnavailable,
    TokenRefused,
)
from rubrica.ports import Batch
from rubrica.sources.microsoft import links
from rubrica.sources.microsoft.sign_in import MICROSOFT
from rubrica.sources.microsoft.source import MicrosoftGraph

PER_FOLDER = 60
TOKEN = Token("good", MICROSOFT.scopes)
PATH = "/v1.0/me/contacts"

read = partial(read_slice, token=TOKEN)


@pytest.fixture(scope="session")
def book() -> MicrosoftBook:
    return microsoft_book(PER_FOLDER)


@pytest.fixture(scope="session")
def _graph(tmp_path_factory: pytest.TempPathFactory, book: MicrosoftBook) -> Iterator[StandIn]:
    tokens = {"good": MICROSOFT.scopes, "none": ("openid",)}
    with running_graph(tmp_path_factory.mktemp("graph"), book, tokens=tokens) as stand_in:
        yield stand_in


@pytest.fixture
def graph(_graph: StandIn, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """The stand-in as at its start. Pages are small, so that there are 20 for each folder."""
    _graph.control(reset=True)
    monkeypatch.setattr(links, "_TOP", 3)
    return _graph


@pytest.fixture
def source(graph: StandIn) -> Iterator[MicrosoftGraph]:
    with egress_to(graph) as egress:
        yield MicrosoftGraph(egress, graph.url)


def faults(book: MicrosoftBook, batches: Sequence[Batch]) -> list[str]:
    """What is wrong with an import, as the sandbox's own check sees it."""
    return list(book.faults(*as_answered(batches)))


def test_every_contact_of_every_folder_arrives(source: MicrosoftGraph, book: MicrosoftBook) -> None:
    batches, failure = read(source)

    assert failure is None
    assert faults(book, batches) == []
    assert {"Family", "Cousins", "Far away"} <= {name for contact in contacts(batches) for name in contact.groups}
    assert batches[-1].announced == 4 * PER_FOLDER


def test_never_more_than_four_requests_are_in_flight(source: MicrosoftGraph, graph: StandIn) -> None:
    graph.control(latency=0.01)

    assert read(source)[1] is None
    assert graph.report()["max_in_flight"] <= 4


def test_folders_that_hang_together_in_a_circle_are_read_once(
    source: MicrosoftGraph, graph: StandIn, book: MicrosoftBook
) -> None:
    graph.control(folder_cycle=True, list_default_folder=True)

    batches, failure = read(source)

    assert failure is None
    assert faults(book, batches) == []
    assert not [entry for entry in entries(batches) if entry.fate is Fate.MERGED]


def test_contact_lists_that_are_counted_and_not_listed_are_no_error(
    source: MicrosoftGraph, graph: StandIn, book: MicrosoftBook
) -> None:
    graph.control(contact_lists=5)

    assert faults(book, read(source)[0]) == []


def test_a_token_that_died_at_page_7_of_20_is_refused_and_a_new_one_goes_on_from_there(
    source: MicrosoftGraph, graph: StandIn, book: MicrosoftBook
) -> None:
    graph.control(rules=[{"path": PATH, "page": 7, "times": 2, "status": 401}])

    before, failure = read(source)
    after, _ = read(source, before[-1].cursor)

    assert isinstance(failure, TokenRefused)
    assert len(before) == 6
    assert faults(book, [*before, *after]) == []


@pytest.mark.parametrize(
    ("rule", "failure", "seconds"),
    [
        ({"status": 429, "headers": {"Retry-After": "3"}}, ProviderThrottled, 3),
        ({"status": 503, "headers": {"Retry-After": "7"}}, ProviderUnavailable, 7),
        ({"status": 504}, ProviderUnavailable, None),
        ({"truncate": 50}, AnswerTruncated, None),
        ({"html": True}, AnswerUnreadable, None),
        ({"charset": "utf-16"}, AnswerUnreadable, None),
        ({"body": "{}"}, AnswerUnreadable, None),
    ],
)
@pytest.mark.parametrize("path", [f"{PATH}$", "childFolders", "contactFolders/[^/]+/contacts"])
def test_a_fault_ends_the_slice_and_the_next_one_completes_it(
    source: MicrosoftGraph,
    graph: StandIn,
    book: MicrosoftBook,
    path: str,
    rule: dict[str, Any],
    failure: type[ImportFailure],
    seconds: int | None,
) -> None:
    page = 1 if path == "childFolders" else 3
    graph.control(rules=[{"path": path, "page": page, "times": 1, **rule}])

    before, told = read(source)
    after, _ = read(source, before[-1].cursor)

    assert type(told) is failure
    assert getattr(told, "retry_after", None) == seconds
    assert faults(book, [*before, *after]) == []


def test_a_page_in_another_character_set_ends_the_slice_and_the_next_one_completes_it(
    source: MicrosoftGraph, graph: StandIn, book: MicrosoftBook
) -> None:
    graph.control(rules=[{"path": PATH, "page": 3, "times": 1, "charset": "iso-8859-1"}])

    before, failure = read(source)
    after, none = read(source, before[-1].cursor)

    assert isinstance(failure, AnswerUnreadable)
    assert none is None
    assert faults(book, [*before, *after]) == []
    assert not [entry for entry in entries(after) if Reason.TEXT_REPLACED in entry.reasons]


def test_an_expired_link_begins_its_folder_anew_once(
    source: MicrosoftGraph, graph: StandIn, book: MicrosoftBook
) -> None:
    graph.control(rules=[{"path": PATH, "page": 4, "times": 1, "expire_page_token": True}])

    batches, failure = read(source)

    assert failure is None
    assert [batch.again for batch in batches] == [False] * 3 + [True] * 21 + [False] * 61
    assert faults(book, batches[4:]) == []


def test_a_link_that_always_expires_ends_the_import(source: MicrosoftGraph, graph: StandIn) -> None:
    graph.control(rules=[{"path": PATH, "page": 4, "expire_page_token": True}])

    assert isinstance(read(source)[1], AnswerUnreadable)


def test_a_repeated_link_stops_the_reading(source: MicrosoftGraph, graph: StandIn) -> None:
    graph.control(rules=[{"path": PATH, "page": 5, "repeat_token": True}])

    assert isinstance(read(source)[1], PagesRepeat)
    assert len(graph.requests()) <= 7


def test_an_empty_page_with_a_link_is_not_the_end(source: MicrosoftGraph, graph: StandIn, book: MicrosoftBook) -> None:
    graph.control(rules=[{"path": PATH, "page": 5, "times": 1, "empty_page": True}])

    assert faults(book, read(source)[0]) == []


def test_an_account_without_a_mailbox_is_said_so(source: MicrosoftGraph, graph: StandIn) -> None:
    graph.control(mailbox_enabled=False)

    assert isinstance(read(source)[1], NoMailbox)


def test_a_token_without_the_permission_is_forbidden(source: MicrosoftGraph) -> None:
    assert isinstance(read(source, token=Token("none"))[1], AccessForbidden)


@pytest.mark.parametrize("status", [403, 404])
def test_a_folder_that_stays_closed_costs_no_other(source: MicrosoftGraph, graph: StandIn, status: int) -> None:
    graph.control(rules=[{"path": "contactFolders/[^/]+/contacts", "times": 1, "status": status}])

    batches, failure = read(source)

    assert failure is None
    assert [entry.reasons for entry in entries(batches) if entry.fate is Fate.REJECTED].count(
        (Reason.BOOK_REFUSED,)
    ) == 1
    assert {"Cousins", "Far away"} <= {name for contact in contacts(batches) for name in contact.groups}
    assert batches[-1].announced == 3 * PER_FOLDER + 1


def test_an_empty_address_book_is_looked_at_twice(tmp_path: Path) -> None:
    empty = microsoft_book(0)
    with running_graph(tmp_path, empty, tokens={"good": MICROSOFT.scopes}) as graph:
        with egress_to(graph) as egress:
            batches, failure = read(MicrosoftGraph(egress, graph.url))

        assert failure is None
        assert contacts(batches) == []
        assert batches[-1].announced == 0
        assert [it["path"] for it in graph.requests()].count(PATH) == 2


def test_contacts_that_are_there_on_the_second_look_only_are_asked_for_again(
    source: MicrosoftGraph, graph: StandIn
) -> None:
    graph.control(rules=[{"path": "contacts$", "times": 1, "body": '{"value":[]}'}])

    assert isinstance(read(source)[1], ProviderUnavailable)


@pytest.mark.parametrize("path", ["me/contacts$", "contactFolders$", "childFolders$", "contactFolders/[^/]+/contacts$"])
def test_a_list_that_is_empty_once_costs_no_contact(
    source: MicrosoftGraph, graph: StandIn, book: MicrosoftBook, path: str
) -> None:
    graph.control(rules=[{"path": it, "times": 1, "body": '{"value":[]}'} for it in {path, "contactFolders$"}])

    before, failure = read(source)
    after = read(source, before[-1].cursor if before else None)[0] if failure else []

    assert faults(book, [*before, *after]) == []


def test_every_cursor_goes_on_where_its_batch_ended(source: MicrosoftGraph, book: MicrosoftBook) -> None:
    assert faults(book, every_batch(source, TOKEN)) == []
