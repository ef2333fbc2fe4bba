"""An import with a consent: what ends it, and how a reader sees it in between."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica import errors
from rubrica.domain.consent import Consent, Opening, Way
from rubrica.domain.credential import Code, Credential, File, Kept, Relay, Spent, Token, unpack
from rubrica.domain.imports import TERMINAL, Failed, State, as_of, ended
from rubrica.domain.sweeping import Leave, Purge, sweep_step
from tests.fakes import NOW, RETENTION, any_import

UNOPENED = Consent("link", "https://accounts.example.com/", "https://rubrica.example.com/oauth/google/callback")
OPENED = replace(UNOPENED, openings={"digest": Opening("digest", NOW)})
DEADLINE = NOW + timedelta(minutes=20)
WAITING = any_import(
    source="google",
    state=State.AWAITING_CONSENT,
    deadline=DEADLINE,
    expires_at=DEADLINE + RETENTION,
    consent=UNOPENED,
)
TRIED = replace(WAITING, consent=OPENED)
TEXT = st.text(st.characters(exclude_categories=[]), max_size=12)
PLAIN = st.text(st.sampled_from("abc:/.-_19 "), max_size=12)


# --- How it ends ---


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (None, State.COMPLETE),
        (errors.ConsentAbandoned, State.ABANDONED),
        (errors.FileNotSent, State.ABANDONED),
        (errors.SignInNotSent, State.ABANDONED),
        (errors.ConsentExpired, State.ABANDONED),
        (errors.ConsentDenied, State.FAILED),
        (errors.ConsentUnticked, State.FAILED),
        (errors.SignInRefused, State.FAILED),
        (errors.StorageUnavailable, State.FAILED),
    ],
)
def test_an_import_ends_complete_abandoned_or_failed(failure: type[errors.RubricaError] | None, state: State) -> None:
    over = ended(WAITING, failure, NOW, RETENTION)

    assert (over.state, over.closed_at) == (state, NOW)
    assert over.failure == (failure.code if failure else "")
    assert over.terminal


@given(st.integers(0, 200_000), st.integers(1, 200_000))
def test_an_end_never_lengthens_an_imports_life(age: int, retention: int) -> None:
    now = NOW + timedelta(seconds=age)
    over = ended(WAITING, None, now, timedelta(seconds=retention))

    assert over.expires_at == min(now + timedelta(seconds=retention), WAITING.expires_at)


# --- As a reader sees it ---


def test_until_its_deadline_a_consent_is_awaited() -> None:
    for imp in (WAITING, TRIED):
        assert as_of(imp, DEADLINE - timedelta(seconds=1)) is imp


def test_from_its_deadline_on_it_is_abandoned_or_has_expired() -> None:
    for seconds in (0, 1, 3_600):
        never, tried = (as_of(imp, DEADLINE + timedelta(seconds=seconds)) for imp in (WAITING, TRIED))
        assert (never.state, never.failure) == (State.ABANDONED, "consent_abandoned")
        assert (tried.state, tried.failure) == (State.ABANDONED, "consent_expired")
        assert (never.closed_at, never.expires_at) == (DEADLINE, WAITING.expires_at)


@given(st.sampled_from([state for state in State if state is not State.AWAITING_CONSENT]), st.integers(0, 200_000))
def test_in_every_other_state_it_is_seen_as_it_is(state: State, age: int) -> None:
    imp = replace(TRIED, state=state)

    assert as_of(imp, NOW + timedelta(seconds=age)) is imp


# --- As the sweeper sees it ---


@pytest.mark.parametrize(
    ("consent", "failure"),
    [(None, errors.ConsentAbandoned), (UNOPENED, errors.ConsentAbandoned), (OPENED, errors.ConsentExpired)],
)
def test_a_consent_that_never_came_ends_by_whether_it_was_opened(
    consent: Consent | None, failure: type[errors.ImportFailure]
) -> None:
    decision = sweep_step(replace(WAITING, consent=consent), DEADLINE)

    assert isinstance(decision, Failed)
    assert type(decision.error) is failure


@pytest.mark.parametrize(
    ("refused", "failure", "state"),
    [
        ("", errors.FileNotSent, State.ABANDONED),
        ("file_not_contacts", errors.FileNotContacts, State.FAILED),
        ("file_unreadable", errors.FileUnreadable, State.FAILED),
        ("address_book_too_large", errors.AddressBookTooLarge, State.FAILED),
        ("sign_in_refused", errors.FileNotSent, State.ABANDONED),
        ("a code of another version", errors.FileNotSent, State.ABANDONED),
    ],
)
def test_a_file_that_never_came_ends_by_what_was_wrong_with_the_last_one(
    refused: str, failure: type[errors.ImportFailure], state: State
) -> None:
    imp = replace(WAITING, consent=replace(UNOPENED, way=Way.FILE, refused=refused))

    decision = sweep_step(imp, DEADLINE)

    assert isinstance(decision, Failed)
    assert type(decision.error) is failure
    seen = as_of(imp, DEADLINE)
    assert (seen.state, seen.failure) == (state, failure.code)
    assert as_of(imp, DEADLINE - timedelta(seconds=1)) is imp


@given(st.integers(0, 400_000), st.sampled_from([UNOPENED, OPENED]), st.integers(1, 9))
def test_a_consent_is_left_failed_or_purged_and_never_started(age: int, consent: Consent, run: int) -> None:
    now = NOW + timedelta(seconds=age)

    match sweep_step(replace(WAITING, consent=consent, run=run), now):
        case Leave():
            assert now < DEADLINE
        case Failed(error):
            assert DEADLINE <= now < WAITING.expires_at
            assert ended(WAITING, type(error), now, RETENTION).state is State.ABANDONED
        case Purge():
            assert now >= WAITING.expires_at
        case other:
            raise AssertionError(other)


@given(st.sampled_from(sorted(TERMINAL)), st.integers(0, 80_000))
def test_what_has_ended_is_left_until_it_expires(state: State, age: int) -> None:
    decision = sweep_step(replace(TRIED, state=state), NOW + timedelta(seconds=age))

    assert isinstance(decision, Purge if state is State.PURGED else Leave)


# --- What is kept sealed beside it ---


@given(
    TEXT,
    TEXT,
    PLAIN,
    st.lists(PLAIN, max_size=3),
    st.lists(PLAIN.filter(lambda it: it and " " not in it)),
    st.integers(1, 2**31 - 1),
)
def test_what_is_packed_comes_out_as_it_went_in(
    one: str, other: str, uri: str, include: list[str], scopes: list[str], number: int
) -> None:
    kept: list[Kept] = [
        Credential(one, other, uri),
        Code(one, other, uri, tuple(include)),
        Spent(),
        Token(one, tuple(scopes), tuple(include)),
        Relay(number, one, other),
        File(number, 12, one),
    ]

    for it in kept:
        assert unpack(it.pack()) == it


@pytest.mark.parametrize(
    "secret",
    [
        b"",
        b"{",
        b"5",
        b"null",
        b"true",
        b"{}",
        b"[]",
        b'"spent"',
        b'["spent", "x"]',
        b'["other", "x"]',
        b"[1]",
        b'["password", "a", "b"]',
        b'["password", "a", "b", "c", "d"]',
        b'["password", 1, 2, 3]',
        b'["code", "a", "b"]',
        b'["token", "a"]',
        b'["token", "a", null]',
        b'["relay", "7", "a"]',
        b'["relay", 7, "a", "b"]',
        b'["relay", "x", "a", "b"]',
        b'["file", "7", "1"]',
        b'["file", "7", "many", "key"]',
        b"\xff\xfe",
    ],
)
def test_what_was_never_packed_is_refused(secret: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - it may be the decoder's own
        unpack(secret)


def test_no_code_or_token_is_in_what_repr_shows() -> None:
    shown = repr([Code("canary", "canary", "https://rubrica.example.com/"), Token("canary"), Spent(), WAITING])

    assert "canary" not in shown
    assert "accounts.example.com" not in shown
