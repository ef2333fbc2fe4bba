"""The sandbox as a whole: every provider that the stack on one machine imports from."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.sandbox.book import Book, sample_book
from local.sandbox.consent.authorization_server import AuthorizationServer, running_authorization_server
from local.sandbox.google_people import GoogleBook, google_book, running_people
from local.sandbox.microsoft_graph import MicrosoftBook, microsoft_book, running_graph
from local.sandbox.radicale import Radicale, running_radicale
from local.sandbox.stand_in.launch import StandIn


@dataclass(frozen=True, slots=True)
class Books:
    """What the providers hold."""

    carddav: Book
    google: GoogleBook
    microsoft: MicrosoftBook


def sample_books() -> Books:
    """The address books of `make run` and `make demo`."""
    return Books(sample_book(), google_book(), microsoft_book())


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The running providers."""

    books: Books
    radicale: Radicale
    sign_in: AuthorizationServer
    people: StandIn
    graph: StandIn

    def parameters(self) -> Mapping[str, str]:
        """Parameters of the template that lead to them."""
        return {
            "SandboxUrl": self.radicale.url,
            "SandboxSignInUrl": self.sign_in.url,
            "SandboxPeopleUrl": self.people.url,
            "SandboxGraphUrl": self.graph.url,
        }

    def apps(self) -> Mapping[str, Mapping[str, str]]:
        """The apps that are registered at the authorization servers, as the providers' secret holds them."""
        return {role: client._asdict() for role, client in self.sign_in.clients.items()}


@contextmanager
def running_sandbox(state: Path, books: Books, home: str, *, radicale_port: int | None = None) -> Iterator[Sandbox]:
    """Every provider, for the installation at `home`; files go into `state`. Raises NotStarted."""
    callbacks = {role: [f"{home}/oauth/{role}/callback", f"{home}/auth"] for role in ("google", "microsoft")}
    with ExitStack() as cleanup:
        sign_in = cleanup.enter_context(running_authorization_server(state, callbacks))
        yield Sandbox(
            books,
            cleanup.enter_context(running_radicale(state, books.carddav.cards, port=radicale_port)),
            sign_in,
            cleanup.enter_context(running_people(state, books.google, introspection=sign_in.introspection("google"))),
            cleanup.enter_context(
                running_graph(state, books.microsoft, introspection=sign_in.introspection("microsoft"))
            ),
        )
