"""Where the password goes among servers on the internet, played by a fake egress."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from rubrica.domain.credential import Credential, Token
from rubrica.errors import AnswerMalformed, CredentialLost, ProviderUnavailable, RedirectRefused, SignInRefused
from rubrica.formats.vcard import read_card
from rubrica.ports import Batch, Request
from rubrica.sources.carddav.source import CardDav
from rubrica.sources.registry import SOURCES

NAMES = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"'
CARD = "BEGIN:VCARD\nVERSION:3.0\nUID:1\nFN:Ada Example\nEND:VCARD\n"


@dataclass(frozen=True)
class Canned:
    """An answer from memory."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def chunks(self) -> Iterator[bytes]:
        yield self.body


@dataclass
class FakeEgress:
    """Answers by URL; remembers what was asked."""

    answers: Mapping[str, Canned]
    asked: list[Request] = field(default_factory=list)

    @contextmanager
    def exchange(self, request: Request) -> Iterator[Canned]:
        self.asked.append(request)
        answer = self.answers.get(f"{request.method} {request.url}", self.answers.get(request.url))
        yield answer or Canned(404)


@dataclass
class FakeNames:
    """DNS with at most one service."""

    target: tuple[str, int] | None = None
    text: tuple[str, ...] = ()

    def service(self, name: str) -> tuple[str, int] | None:
        return self.target

    def texts(self, name: str) -> tuple[str, ...]:
        return self.text


def rows(*pairs: tuple[str, str]) -> Canned:
    inside = "".join(
        f"<response><href>{href}</href><propstat><prop>{prop}</prop></propstat></response>" for href, prop in pairs
    )
    return Canned(207, {}, f"<multistatus {NAMES}>{inside}</multistatus>".encode())


def moved(location: str) -> Canned:
    return Canned(301, {"Location": location})


def principal(href: str) -> str:
    return f"<current-user-principal><href>{href}</href></current-user-principal>"


def homes(href: str) -> str:
    return f"<C:addressbook-home-set><href>{href}</href></C:addressbook-home-set>"


IS_BOOK = "<resourcetype><collection/><C:addressbook/></resourcetype>"


def book_at(origin: str, path: str = "/book/") -> dict[str, Canned]:
    """A book with one card."""
    url = origin + path
    return {
        f"PROPFIND {url}": rows((path, IS_BOOK), (path + "1.vcf", "")),
        f"REPORT {url}": rows((path + "1.vcf", f"<C:address-data>{CARD}</C:address-data>")),
    }


def read(
    answers: Mapping[str, Canned], server: str = "", username: str = "ada@example.org", **options: Any
) -> tuple[list[str], list[Request]]:
    egress = FakeEgress(answers)
    names = options.pop("names", FakeNames())
    source = CardDav(egress, names, read_card, SOURCES[options.pop("preset", "carddav")])
    batches = list(source.read(Credential(server, username, "secret"), None, lambda: False))
    return [contact.full_name for batch in batches for contact in batch.contacts], egress.asked


def test_a_shard_of_the_same_owner_with_an_explicit_port_gets_the_password() -> None:
    shard = "https://p42-contacts.icloud.com"
    answers = {
        "https://contacts.icloud.com/": rows(("/", principal("/123/principal/"))),
        "https://contacts.icloud.com/123/principal/": rows(("/123/principal/", homes(shard + ":443/123/carddavhome/"))),
        f"{shard}/123/carddavhome/": rows(("/123/carddavhome/", ""), ("/123/carddavhome/card/", IS_BOOK)),
        **book_at(shard, "/123/carddavhome/card/"),
    }

    names, asked = read(answers, preset="icloud")

    assert names == ["Ada Example"]
    assert all(request.headers["Authorization"].startswith("Basic ") for request in asked)


@pytest.mark.parametrize("location", ["http://dav.example.org/book/", "http://dav.example.org:80/book/"])
def test_http_for_the_very_same_host_is_read_as_https(location: str) -> None:
    names, asked = read(
        {"https://dav.example.org/": moved(location), **book_at("https://dav.example.org")}, "https://dav.example.org/"
    )

    assert names == ["Ada Example"]
    assert all(request.url.startswith("https://") for request in asked)


@pytest.mark.parametrize(
    "location",
    [
        "http://www.example.org/",
        "http://dav.example.org:8080/",
        "https://dav.example.com/",
        "https://dav.example.org.evil.example/",
        "//evil.example/",
        "https://127.0.0.1/",
        "http://127.0.0.1/",
        "http://localhost/",
    ],
)
def test_a_redirect_out_of_the_owners_https_is_refused(location: str) -> None:
    egress = FakeEgress({"https://dav.example.org/": moved(location)})
    source = CardDav(egress, FakeNames(), read_card)

    with pytest.raises(RedirectRefused):
        list(source.read(Credential("https://dav.example.org/", "ada", "secret"), None, lambda: False))
    assert {request.url.split("/")[2] for request in egress.asked} == {"dav.example.org"}


@pytest.mark.parametrize("location", ["https://u:p@dav.example.org/", "https://[::1"])
def test_a_redirect_to_no_web_address_is_malformed(location: str) -> None:
    with pytest.raises(AnswerMalformed):
        read({"https://dav.example.org/": moved(location)}, "https://dav.example.org/")


@pytest.mark.parametrize("scheme", ["ftp", "file", "Gopher", "javascript"])
def test_a_redirect_to_another_scheme_is_refused(scheme: str) -> None:
    with pytest.raises(RedirectRefused):
        read({"https://dav.example.org/": moved(f"{scheme}://dav.example.org/")}, "https://dav.example.org/")


def test_a_redirect_within_the_registered_domain_is_followed() -> None:
    answers = {"https://example.org/": moved("https://dav.example.org/book/"), **book_at("https://dav.example.org")}

    assert read(answers, "https://example.org/")[0] == ["Ada Example"]


def test_a_service_record_of_a_domain_is_followed_with_its_path() -> None:
    names = FakeNames(("dav.example.org", 8843), ("path=/book/",))

    assert read(book_at("https://dav.example.org:8843"), names=names)[0] == ["Ada Example"]


def test_a_service_record_may_lead_to_a_provider_in_the_table() -> None:
    answers = {
        "https://carddav.fastmail.com/.well-known/carddav": moved("/book/"),
        **book_at("https://carddav.fastmail.com"),
    }

    assert read(answers, names=FakeNames(("carddav.fastmail.com", 443)))[0] == ["Ada Example"]


def test_a_mailbox_of_a_known_provider_needs_no_dns() -> None:
    answers = {"https://dav.mailbox.org/": moved("/book/"), **book_at("https://dav.mailbox.org")}

    assert read(answers, username="ada@mailbox.org")[0] == ["Ada Example"]


def test_a_domain_without_a_service_record_is_asked_by_its_well_known_address() -> None:
    answers = {"https://example.org/.well-known/carddav": moved("/book/"), **book_at("https://example.org")}

    assert read(answers)[0] == ["Ada Example"]


def read_mailbox(egress: FakeEgress) -> list[Batch]:
    credential = Credential("", "ada@example.org", "secret")
    return list(CardDav(egress, FakeNames(), read_card).read(credential, None, lambda: False))


def test_a_refused_sign_in_ends_the_search_at_once() -> None:
    egress = FakeEgress({"https://example.org/.well-known/carddav": Canned(401)})

    with pytest.raises(SignInRefused):
        read_mailbox(egress)
    assert len(egress.asked) == 1


def test_a_server_that_takes_the_user_for_nobody_refused_the_sign_in() -> None:
    nobody = "<current-user-principal><unauthenticated/></current-user-principal>"

    with pytest.raises(SignInRefused):
        read({"https://dav.example.org/": rows(("/", nobody))}, "https://dav.example.org/")


def test_a_server_that_asks_to_wait_is_not_asked_elsewhere() -> None:
    egress = FakeEgress({"https://example.org/.well-known/carddav": Canned(503, {"Retry-After": "9"})})

    with pytest.raises(ProviderUnavailable) as caught:
        read_mailbox(egress)
    assert caught.value.retry_after == 9
    assert len(egress.asked) == 1


def test_a_token_opens_no_carddav_address_book() -> None:
    with pytest.raises(CredentialLost):
        next(CardDav(FakeEgress({}), FakeNames(), read_card).read(Token("token"), None, lambda: False))


def test_listing_is_given_time_and_discovery_is_not() -> None:
    _, asked = read(book_at("https://dav.example.org"), "https://dav.example.org/book/")
    silences: Callable[[str], list[float]] = lambda depth: [r.silence for r in asked if r.headers.get("Depth") == depth]  # noqa: E731

    assert silences("0") == [10.0]
    assert silences("1")[0] == 120.0
