"""Answers one request of API Gateway's, and logs that it did; and what all surfaces do alike on the way."""

import time
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from rubrica.entrypoints.home import Event
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.errors import PlatformTrouble


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


def body_of(api: APIGatewayHttpResolver) -> bytes:
    """The body of the current request, as it was sent; b"" when there is none."""
    body = api.current_event.body or ""
    return b64decode(body) if api.current_event.is_base64_encoded else body.encode("utf-8", "surrogatepass")


def report_fault(telemetry: PowertoolsTelemetry, error: Exception) -> None:
    """Log an error that is no answer to the caller: trouble of our platform's, or what nobody foresaw."""
    telemetry.trouble("platform_trouble" if isinstance(error, PlatformTrouble) else "unforeseen", error)
