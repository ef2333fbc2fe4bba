"""What a slice of People and of Graph costs, from the provider's JSON to the encrypted page, on one core.

The answers are those of the sandbox's stand-ins, asked within this process.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from bench.slice import CARDS, Said, Speed, timed
from local.sandbox.google_people.api import PeopleApi
from local.sandbox.google_people.book import google_book
from local.sandbox.microsoft_graph.api import GraphApi
from local.sandbox.microsoft_graph.book import microsoft_book
from local.sandbox.stand_in import wire
from rubrica.domain.credential import Token
from rubrica.ports import Egress, Request, Source
from rubrica.sources.google.sign_in import GOOGLE
from rubrica.sources.google.source import GooglePeople
from rubrica.sources.microsoft.sign_in import MICROSOFT
from rubrica.sources.microsoft.source import MicrosoftGraph

_BASE: Final = "https://api.example.com"
_FOLDERS: Final = 4


class InProcess:
    """A stand-in's API without its server; implements ports.Egress."""

    def __init__(self, api: wire.Api, token: Token) -> None:
        self._api = api
        self._scopes = frozenset(token.scopes)
        self.spent = 0.0

    @contextmanager
    def exchange(self, request: Request) -> Iterator[Said]:
        """See ports.Egress."""
        began = time.thread_time()
        parts = urlsplit(request.url)
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        asked = wire.Request(unquote(parts.path), query, {}, _BASE)
        answer = self._api.answer(asked, self._scopes, wire.STRAIGHT)
        said = Said(answer.body, answer.status, {"Content-Type": answer.content_type})
        self.spent += time.thread_time() - began
        yield said


def people(rounds: int = 3) -> Speed:
    """The fastest of several slices over an account with 10,000 contacts and their labels."""

    def api(folder: Path) -> wire.Api:
        return PeopleApi(google_book(CARDS, 0).write(folder))

    return _fastest(api, Token("token", GOOGLE.scopes), lambda egress: GooglePeople(egress, _BASE), rounds)


def graph(rounds: int = 3) -> Speed:
    """The fastest of several slices over a mailbox with 10,000 contacts in four folders."""

    def api(folder: Path) -> wire.Api:
        return GraphApi(microsoft_book(CARDS // _FOLDERS).write(folder))

    return _fastest(api, Token("token", MICROSOFT.scopes), lambda egress: MicrosoftGraph(egress, _BASE), rounds)


def _fastest(api: Callable[[Path], wire.Api], token: Token, source: Callable[[Egress], Source], rounds: int) -> Speed:
    with tempfile.TemporaryDirectory() as folder:
        recording = InProcess(api(Path(folder)), token)
    return max((timed(source(recording), token, recording) for _ in range(rounds)), key=lambda speed: speed.rate)
