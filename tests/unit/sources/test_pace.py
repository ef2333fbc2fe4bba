"""How batches grow and shrink, and when it is the server."""

import pytest

from rubrica.errors import (
    AccessForbidden,
    AnswerTruncated,
    ImportFailure,
    NotAnAddressBook,
    ProviderUnavailable,
    ServerSilent,
)
from rubrica.sources.carddav.limits import Limits
from rubrica.sources.carddav.pace import Pace


def _pace(largest: int = 500) -> Pace:
    return Pace(Limits(), largest)


def test_batches_double_while_more_at_once_is_cheaper() -> None:
    pace, seconds, sizes = _pace(), 0.1, []
    for _ in range(5):
        sizes.append(pace.batch())
        pace.succeeded(sizes[-1], seconds, 1000)

    assert sizes == [100, 200, 400, 500, 500]


def test_batches_stay_where_more_at_once_is_not_cheaper() -> None:
    pace = _pace()
    pace.succeeded(100, 0.1, 1000)
    pace.succeeded(200, 0.3, 1000)
    pace.succeeded(200, 0.01, 1000)

    assert pace.batch() == 200


def test_slow_answers_do_not_make_batches_grow() -> None:
    pace = _pace()
    pace.succeeded(100, 3.0, 1000)

    assert pace.batch() == 100


def test_trouble_halves_batches_for_good() -> None:
    pace = _pace()
    pace.failed(ProviderUnavailable())
    pace.succeeded(50, 0.01, 1000)

    assert pace.batch() == 50


def test_what_came_in_one_answer_after_trouble_is_asked_for_again() -> None:
    pace = _pace()
    for _ in range(9):
        pace.failed(ProviderUnavailable())
    pace.succeeded(12, 0.1, 1000)

    assert pace.batch() == 12


def test_large_cards_make_small_batches() -> None:
    pace = _pace()
    pace.succeeded(100, 1.0, 100 * 1024 * 1024)

    assert pace.batch() == 4


def test_a_provider_may_like_less() -> None:
    assert _pace(25).batch() == 25


@pytest.mark.parametrize(
    ("failure", "count"), [(ProviderUnavailable(), 16), (ServerSilent(), 3), (AnswerTruncated(), 8)]
)
def test_failures_in_a_row_are_the_servers(failure: ImportFailure, count: int) -> None:
    pace = _pace()
    for _ in range(count - 1):
        pace.failed(failure)

    assert not pace.failing
    assert pace.failed(failure)


def test_an_answer_in_between_starts_the_row_anew() -> None:
    pace = _pace()
    for _ in range(7):
        pace.failed(AnswerTruncated())
    pace.answered()
    for _ in range(7):
        pace.failed(AnswerTruncated())

    assert not pace.failing
    assert pace.failed(AnswerTruncated())


def test_finding_one_bad_card_among_the_most_takes_fewer_failures_than_a_server_in_trouble() -> None:
    pace = _pace()
    for _ in range(10 + 2 + 1 + 2):
        pace.failed(ProviderUnavailable())

    assert not pace.failing
    assert pace.failed(ProviderUnavailable())


def test_refusals_raise_a_doubt_only_while_nothing_came() -> None:
    pace = _pace()
    for _ in range(15):
        pace.refused(AccessForbidden())
    assert not pace.doubtful
    pace.refused(AccessForbidden())
    assert pace.doubtful
    pace.succeeded(1, 0.1, 100)

    assert not pace.doubtful


def test_the_last_failure_that_says_something_is_the_reason() -> None:
    pace = _pace()
    pace.refused(NotAnAddressBook())
    assert isinstance(pace.failure, NotAnAddressBook)
    pace.failed(AccessForbidden())
    pace.refused(NotAnAddressBook())

    assert isinstance(pace.failure, AccessForbidden)
