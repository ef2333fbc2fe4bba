"""Answers one request of API Gateway's, and logs that it did."""

import time
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from rubrica.entrypoints.home import Event
from rubrica.entrypoints.telemetry import PowertoolsTelemetry


def answer(api: APIGatewayHttpResolver, telemetry: PowertoolsTelemetry, event: Event, context: Any) -> Event:  # noqa: ANN401
    """The answer to one request, and one line of log about it: route, status and time, nothing of its contents."""
    began = time.monotonic()
    answered: dict[str, Any] = api.resolve(dict(event), context)
    telemetry.event(
        "request",
        route=str(event.get("routeKey", "")),
        status=int(answered["statusCode"]),
        milliseconds=int((time.monotonic() - began) * 1000),
    )
    return answered
