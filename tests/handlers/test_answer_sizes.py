"""How large an answer may become: what leaves a function has to fit into what Lambda takes from it."""

import json
import random
from collections.abc import Iterable
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from cloudsponge_dialect import BASIC, KEY, PASSWORD
from entrances import Entrances

from rubrica.entrypoints.answering import answer
from rubrica.entrypoints.cloudsponge import _LARGEST_TEXT, Call, Entrance
from rubrica.entrypoints.compression import LARGEST_BODY, packed
from rubrica.errors import AnswerTooLong
from rubrica.ports import KeyKind
from rubrica.services.tenants import Authenticate, domain_digest
from tests.fakes import REGISTERED

MOST = 6_291_556
"""Bytes of an answer as a function returns it, in JSON; with one more, Lambda returns an error in its place."""

SPARE = 20_000
"""Bytes that the gateway's own headers, and a runtime that spells things at greater length, may add."""


def returned(entrances: Entrances, body: bytes, **headers: str) -> bytes:
    """What a function returns that answers with this body."""
    entrances.tenants.add(REGISTERED, {KeyKind.DOMAIN: domain_digest(KEY, PASSWORD)})
    entrance = Entrance(Authenticate(entrances.tenants), entrances.telemetry)
    api = APIGatewayHttpResolver()

    def work(_: Call) -> Iterable[bytes]:
        yield body

    @api.not_found
    def _answer(_: Exception) -> Response[str]:
        return entrance.answer(api, work)

    asked: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "ANY /route",
        "rawPath": "/contacts/1126",
        "rawQueryString": "",
        "headers": {"authorization": BASIC, **headers},
        "requestContext": {"stage": "$default", "http": {"method": "GET", "path": "/contacts/1126"}},
        "isBase64Encoded": False,
    }
    return json.dumps(answer(api, entrances.telemetry, asked, entrances.context)).encode()


# In JSON a control character takes six bytes, more than anything else.
@pytest.mark.parametrize("size", [_LARGEST_TEXT, _LARGEST_TEXT + 1, LARGEST_BODY])
def test_what_no_caller_compresses_fits_however_it_is_escaped(entrances: Entrances, size: int) -> None:
    found = returned(entrances, b"\x01" * min(size, LARGEST_BODY))

    assert json.loads(found)["statusCode"] == 200
    assert len(found) + SPARE <= MOST


def test_what_is_compressed_and_as_large_as_may_be_fits(entrances: Entrances) -> None:
    # Chance cannot be compressed: it comes out a little larger than it went in.
    found = returned(entrances, random.Random(1).randbytes(LARGEST_BODY - 2_000), **{"accept-encoding": "gzip"})

    assert json.loads(found)["headers"]["Content-Encoding"] == "gzip"
    assert LARGEST_BODY < len(found) <= MOST - SPARE


@pytest.mark.parametrize("chunks", [[b"x" * (LARGEST_BODY + 1)], [b"x" * LARGEST_BODY, b"y"]])
def test_a_body_that_would_not_fit_is_refused(chunks: list[bytes]) -> None:
    with pytest.raises(AnswerTooLong):
        packed(chunks, gzip=False)


def test_a_compressed_body_counts_as_it_leaves() -> None:
    assert len(packed([b"x" * 1_000_000] * 20, gzip=True)) < 1_000_000

    with pytest.raises(AnswerTooLong):
        packed([random.Random(1).randbytes(LARGEST_BODY + 1)], gzip=True)
