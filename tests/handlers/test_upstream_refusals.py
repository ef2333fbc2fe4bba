"""What a caller of either surface is told when another service refuses to begin an import."""

import json
from dataclasses import dataclass

import pytest
from cloudsponge_dialect import Dialect
from entrances import Entrances, asking

from rubrica.adapters.memory import MemoryUpstreams
from rubrica.domain.imports import TenantId
from rubrica.domain.views import StartImport
from rubrica.errors import SignInRefused, UpstreamKeyRefused, UpstreamRefused
from rubrica.ports import Begun
from tests.unit.services.worlds import World

SAID = f"{SignInRefused.title} {SignInRefused.advice}"


@dataclass
class Refusing(MemoryUpstreams):
    """Reads plaxo, and refuses every beginning."""

    refusal: UpstreamRefused

    def __post_init__(self) -> None:
        super().__init__({"plaxo": Begun(1)})

    def begin(self, tenant: TenantId, command: StartImport) -> Begun:
        raise self.refusal


def refused(refusal: UpstreamRefused) -> Entrances:
    return Entrances(World(upstreams=Refusing(refusal)))


BUSY = UpstreamRefused(retry_after=17)
WRONG = UpstreamRefused(263, meaning=SignInRefused)
OUR_KEYS = UpstreamRefused(meaning=UpstreamKeyRefused)


@pytest.mark.parametrize(
    ("refusal", "status", "code", "message"),
    [
        (BUSY, 503, 503, f"{UpstreamRefused.title} {UpstreamRefused.advice}"),
        (WRONG, 400, 263, SAID),
        (OUR_KEYS, 502, 502, f"{UpstreamKeyRefused.title} {UpstreamKeyRefused.advice}"),
    ],
)
def test_the_dialect_tells_what_the_code_means(refusal: UpstreamRefused, status: int, code: int, message: str) -> None:
    given = Dialect(refused(refusal)).begin({"service": "plaxo"}, "user_consent")

    assert given.status == status
    assert given.json == {"status": "error", "error": {"message": message, "code": code}}
    assert given.headers.get("retry-after") == ("17" if refusal is BUSY else None)


@pytest.mark.parametrize(
    ("refusal", "detail", "particulars"),
    [
        (BUSY, UpstreamRefused.advice, {"upstream_code": 0, "retry_after": 17}),
        (WRONG, SAID, {"upstream_code": 263}),
        (OUR_KEYS, f"{UpstreamKeyRefused.title} {UpstreamKeyRefused.advice}", {"upstream_code": 0}),
    ],
)
def test_the_own_surface_tells_it_too(refusal: UpstreamRefused, detail: str, particulars: dict[str, int]) -> None:
    asked = asking("start_import/consent_import", body=json.dumps({"source": "cloudsponge", "service": "plaxo"}))
    given = refused(refusal).start_import(asked)

    assert (given.status, given.body["title"], given.body["detail"]) == (502, UpstreamRefused.title, detail)
    assert {name: given.body[name] for name in ("upstream_code", "retry_after") if name in given.body} == particulars
    assert given.headers.get("retry-after") == ("17" if refusal is BUSY else None)
