"""Answers one request of API Gateway's, and logs that it did."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from rubrica.entrypoints.home import Event
from rubrica.entrypoints.telemetry import PowertoolsTelemetry


class Surface(Protocol):
    """What answers requests: a resolver of the Powertools', or several."""

    def resolve(self, event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - the runtime's types
        """The answer to one request."""


@dataclass(frozen=True, slots=True)
class Surfaces:
    """Several surfaces of one function: `native`, and others by how their paths begin."""

    native: Surface
    others: Mapping[str, Surface]

    def resolve(self, event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - the runtime's types
        """The answer of the one that the path leads to."""
        path = str(event.get("rawPath", ""))
        found = next((surface for start, surface in self.others.items() if path.startswith(start)), self.native)
        return found.resolve(event, context)


def answer(surface: Surface, telemetry: PowertoolsTelemetry, event: Event, context: Any) -> Event:  # noqa: ANN401
    """The answer to one request, and one line of log about it: route, status and time, nothing of its contents."""
    began = time.monotonic()
    answered = surface.resolve(dict(event), context)
    telemetry.event(
        "request",
        route=str(event.get("routeKey", "")),
        status=int(answered["statusCode"]),
        milliseconds=int((time.monotonic() - began) * 1000),
    )
    return answered
