"""Finding a user's address books: RFC 6764 from a name, RFC 5397 to the principal, RFC 6352 to home and books."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeVar

from rubrica.domain.credential import Credential
from rubrica.errors import (
    AccessForbidden,
    AddressBookTooLarge,
    AnswerMalformed,
    ImportFailure,
    NotAnAddressBook,
    ProviderUnavailable,
    ProviderWithoutAddressBook,
    RedirectRefused,
    ServerNotFound,
    SignInRefused,
)
from rubrica.ports import Egress, NameService
from rubrica.sources.carddav import bodies
from rubrica.sources.carddav.conversation import Call, Conversation
from rubrica.sources.carddav.limits import Limits
from rubrica.sources.carddav.multistatus import CARDDAV, DAV, Row
from rubrica.sources.carddav.places import Place, given, resolve
from rubrica.sources.registry import SourceInfo, has_no_address_book, is_provider, start_for_mailbox

_PRINCIPAL: Final = DAV + "current-user-principal"
_NOBODY: Final = DAV + "unauthenticated"
_HOMES: Final = CARDDAV + "addressbook-home-set"
_KIND: Final = DAV + "resourcetype"
_PERSON: Final = DAV + "principal"
_BOOK: Final = CARDDAV + "addressbook"
_VERSIONS: Final = CARDDAV + "supported-address-data"
_WELL_KNOWN: Final = "/.well-known/carddav"

Thing = TypeVar("Thing")

_TELLING: Final = (RedirectRefused, AccessForbidden, ProviderUnavailable, AnswerMalformed, NotAnAddressBook)
"""Failures after which another start is tried, the one that tells the user most first."""


class Book(NamedTuple):
    """An address book. `version` is the vCard version to ask for, "" for the server's own choice."""

    place: Place
    version: str = ""


class Found(NamedTuple):
    """What discovery found: the place that the user's word vouches for, the books, and the principal whose they are
    if it lay on the way."""

    trusted: Place
    books: tuple[Book, ...]
    principal: Row | None = None


class Discovery:
    """Looks for the books of one user; see `find`."""

    def __init__(self, egress: Egress, names: NameService, limits: Limits, stopped: Callable[[], bool]) -> None:
        self._egress = egress
        self._names = names
        self._limits = limits
        self._stopped = stopped

    def find(self, source: SourceInfo, start: str, credential: Credential) -> Found:
        """All books of all homes, in the server's order, from `start`, the user's server or their mailbox.

        The first start that leads anywhere wins. Raises SignInRefused, ServerRefused, ServerNotFound,
        RedirectLoop, RedirectRefused, AccessForbidden, NotAnAddressBook, ProviderWithoutAddressBook,
        AddressBookTooLarge for more homes or books than the limit, and what the egress raises.
        """
        failures: list[ImportFailure] = []
        for place in dict.fromkeys(self._starts(source, start or credential.server, credential.username)):
            conversation = Conversation(self._egress, credential, place, self._stopped)
            try:
                return self._explore(conversation, place)
            except _TELLING as failure:
                if isinstance(failure, ProviderUnavailable) and failure.retry_after is not None:
                    raise
                failures.append(failure)
        raise min(failures, key=lambda failure: _TELLING.index(type(failure)))

    # --- Where to begin ---

    def _starts(self, source: SourceInfo, server: str, username: str) -> Iterator[Place]:
        if not server:
            return self._starts_of_mailbox(username)
        place = given(server)
        if source.path:
            return iter((place, place.at(place.path.rstrip("/") + source.path), place.at(_WELL_KNOWN)))
        if "/" not in server.strip().rstrip("/"):
            return self._starts_of_domain(place)
        return iter((place, place.at(_WELL_KNOWN), place.at("/")))

    def _starts_of_mailbox(self, username: str) -> Iterator[Place]:
        known = start_for_mailbox(username)
        if known:
            return iter((given(known), given(known).at(_WELL_KNOWN)))
        if has_no_address_book(username):
            raise ProviderWithoutAddressBook
        domain = username.rpartition("@")[2].strip()
        if "@" not in username or not domain:
            raise ServerNotFound
        return self._starts_of_domain(given(domain))

    def _starts_of_domain(self, domain: Place) -> Iterator[Place]:
        service = self._service(domain)
        if service is not None:
            yield service
            yield service.at("/")
        yield domain.at(_WELL_KNOWN)
        yield domain.at("/")

    def _service(self, domain: Place) -> Place | None:
        """Where the domain's DNS says its address books are (RFC 6764 section 3 and 4).

        DNS proves nothing, so a name under another owner gets no password, unless a provider of ours owns it.
        """
        if domain.port != 443 or domain.is_loopback or "." not in domain.host or domain.host[-1].isdigit():
            return None
        name = "_carddavs._tcp." + domain.host
        service = self._names.service(name)
        if service is None:
            return None
        place = given(f"https://{service[0]}:{service[1]}")
        if not place.owned_as(domain) and not is_provider(place.host):
            raise RedirectRefused
        paths = [text[5:] for text in self._names.texts(name) if text.startswith("path=/")]
        return resolve(place, paths[0]) if paths else place.at(_WELL_KNOWN)

    # --- From there to the books ---

    def _explore(self, conversation: Conversation, start: Place) -> Found:
        row, place = self._look(conversation, start)
        if row.has(_KIND, _BOOK):
            return Found(start, (_book(place, row),))
        if row.has(_PRINCIPAL, _NOBODY):
            raise SignInRefused
        owner = row if row.has(_KIND, _PERSON) else None
        homes = [resolve(place, href) for href in row.hrefs(_HOMES)]
        for href in [] if homes else self._few(row.hrefs(_PRINCIPAL)):
            principal, found_at = self._look(conversation, resolve(place, href))
            owner = owner or principal
            homes += [resolve(found_at, home) for home in principal.hrefs(_HOMES)]
        books: list[Book] = []
        for home in self._few(list(dict.fromkeys(homes))):
            books = self._few([*books, *self._books_in(conversation, home)])
        if not books:
            books = self._last_look(conversation, place, homes)
        return Found(start, tuple({(book.place.host, book.place.key): book for book in books}.values()), owner)

    def _last_look(self, conversation: Conversation, place: Place, homes: list[Place]) -> list[Book]:
        """Perhaps the place is a home itself. No books anywhere is an empty account only if there was a home."""
        try:
            books = self._few(list(self._books_in(conversation, place)))
        except _TELLING:
            books = []
        if not books and not homes:
            raise NotAnAddressBook
        return books

    def _few(self, things: list[Thing]) -> list[Thing]:
        """These things, each of which costs a request; AddressBookTooLarge for too many."""
        if len(things) > self._limits.books:
            raise AddressBookTooLarge
        return things

    def _look(self, conversation: Conversation, place: Place) -> tuple[Row, Place]:
        with conversation.call(self._propfind("0"), place) as reply:
            rows = list(reply.rows())
            own = [row for row in rows if resolve(reply.place, row.href).key == reply.place.key]
        if not rows:
            raise NotAnAddressBook
        return (own or rows)[0], reply.place

    def _books_in(self, conversation: Conversation, home: Place) -> Iterator[Book]:
        with conversation.call(self._propfind("1"), home) as reply:
            found = [(resolve(reply.place, row.href), row) for row in reply.rows() if row.has(_KIND, _BOOK)]
        for place, row in found:
            if not conversation.trusts(place):
                raise RedirectRefused
            yield _book(place, row)

    def _propfind(self, depth: str) -> Call:
        return Call("PROPFIND", bodies.LOOK, depth, self._limits.discovery_silence, self._limits.discovery_bytes)


def _book(place: Place, row: Row) -> Book:
    offered = [child.attributes for child in row.children.get(_VERSIONS, ())]
    return Book(place, "4.0" if any(_is_v4(attributes) for attributes in offered) else "")


def _is_v4(attributes: tuple[str, ...]) -> bool:
    named = dict(zip(attributes[::2], attributes[1::2], strict=True))
    return named.get("version") == "4.0" and named.get("content-type", "text/vcard") == "text/vcard"
