"""Hypothesis strategies for what the formats and dialects have to cope with: any text at all in every field."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone
from rubrica.domain.imports import Import, ImportId, Progress, State, TenantId
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import ImportFailure, ProviderTrouble, RubricaError

ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=12)
"""Lone surrogates and control characters included: a reader that lets one through must not break a writer."""

NASTY = st.sampled_from(
    [
        "a\r\nEND:VCARD",
        "a\u2028b",
        "\x85",
        'say "x"',
        "a,b;c\\n",
        "=1+1",
        "^n",
        "\x00",
        "\ud800",
        "]]>",
        "Zoë 王小明",
        " ",
        "-",
    ]
)
TEXT = st.one_of(ANYTHING, NASTY)
SAID = TEXT.filter(bool)
TYPES = st.one_of(st.sampled_from(["", "home", "work", "mobile", "work fax", "pager", "other", "Boat"]), TEXT)


def _emails(values: list[Email]) -> tuple[Email, ...]:
    return tuple(value._replace(primary=index == 0) for index, value in enumerate(values))


def _phones(values: list[Phone]) -> tuple[Phone, ...]:
    return tuple(value._replace(primary=index == 0) for index, value in enumerate(values))


EMAILS = st.lists(st.builds(Email, SAID, TYPES), max_size=4).map(_emails)
PHONES = st.lists(st.builds(Phone, SAID, TYPES), max_size=4).map(_phones)
ADDRESSES = st.lists(st.builds(Address, TYPES, *[TEXT] * 6), max_size=3).map(tuple)
ORGANIZATIONS = st.lists(st.builds(Organization, TEXT, TEXT, TEXT), max_size=3).map(tuple)
BIRTHDAYS = st.none() | st.builds(Birthday, st.none() | st.integers(1, 9999), st.integers(1, 12), st.integers(1, 28))


def contacts() -> st.SearchStrategy[Contact]:
    return st.builds(
        Contact,
        st.from_regex(r"[0-9a-f]{16}", fullmatch=True),
        *[TEXT] * 9,
        EMAILS,
        PHONES,
        ADDRESSES,
        ORGANIZATIONS,
        BIRTHDAYS,
        st.lists(SAID, max_size=3).map(tuple),
        TEXT,
        st.lists(SAID, max_size=3).map(tuple),
    )


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
COUNTS = st.integers(0, 200_000)
PROGRESS = st.builds(
    Progress,
    COUNTS,
    COUNTS,
    COUNTS,
    COUNTS,
    COUNTS,
    st.none() | COUNTS,
    st.dictionaries(st.sampled_from(Reason), st.integers(1, 1000)),
)


def _codes(error: type[RubricaError]) -> list[str]:
    children = error.__subclasses__()
    return [code for child in children for code in _codes(child)] if children else [error.code]


IMPORTS = st.builds(
    Import,
    id=st.integers(1, 2**31 - 1).map(ImportId),
    tenant=st.just(TenantId("t1")),
    source=st.sampled_from(["carddav", "icloud"]),
    state=st.sampled_from([state for state in State if state is not State.PURGED]),
    created_at=MOMENTS,
    deadline=MOMENTS,
    expires_at=MOMENTS,
    reference=st.text(max_size=12),
    progress=PROGRESS,
    trouble=st.sampled_from(["", *_codes(ProviderTrouble)]),
    resume_at=st.none() | MOMENTS,
    failure=st.sampled_from(["", *_codes(ImportFailure)]),
    closed_at=st.none() | MOMENTS,
)

ENTRIES = st.builds(
    Entry,
    SAID,
    st.sampled_from(Fate),
    st.lists(st.sampled_from(Reason), max_size=3).map(tuple),
    st.sampled_from(["", "0123456789abcdef"]),
)
