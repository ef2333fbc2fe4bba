"""A provider that answers a revocation byte by byte does not keep an import's end waiting."""

from collections.abc import Iterator
from contextlib import contextmanager

from scripted_api import Canned

from rubrica.adapters.memory import MemoryApps
from rubrica.domain.credential import Token
from rubrica.errors import ServerSilent
from rubrica.ports import Request
from rubrica.sources.google.sign_in import GOOGLE
from rubrica.sources.oauth2 import OAuth2
from tests.fakes import any_import


class Dripping:
    """Implements ports.Egress: every answer goes on until the caller has had enough of it; counts the seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    @contextmanager
    def exchange(self, request: Request) -> Iterator[Canned]:
        while not request.stopped() and self.now < 1_000:
            self.now += 1
        yield Canned(failure=ServerSilent())

    def pause(self, seconds: float) -> None:
        self.now += seconds


def test_revoking_takes_a_few_seconds_at_most_even_where_an_answer_never_ends() -> None:
    egress = Dripping()
    tokens = OAuth2(egress, MemoryApps({}), {"google": GOOGLE}, egress.pause, lambda: egress.now)

    assert tokens.revoke(any_import(source="google"), Token("the-token")) is False

    assert egress.now < 20
