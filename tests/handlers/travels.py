"""A browser that goes through the functions themselves, from link to landing page."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from entrances import Answered, Entrances, event

from rubrica.dialects.pages import requests
from tests.fakes import CODE, SERVERS, NumberedChance
from tests.unit.services.worlds import World

COOKIE = "0002-token-of-chance-xyz0003-token-of-chance-xyz"
STATE = "_csAuth=1&import_id=1126.0004-token-of-chance-xyz"
"""What the numbered chance of a world gives to the first opening of its first link; the events have them, too."""

HERE = f"https://{event('oauth_callback/given')['requestContext']['domainName']}"
"""The address under which the events came."""


def redirected(answered: Answered) -> str:
    """Where a redirect leads. It is never stored, tells nobody where it came from, and keeps the opener's window."""
    assert answered.status == 302
    assert answered.headers["cache-control"] == "no-store"
    assert answered.headers["referrer-policy"] == "no-referrer"
    assert "cross-origin-opener-policy" not in answered.headers
    assert answered.text == ""
    location = answered.headers["location"]
    assert not {"\r", "\n", " "} & set(location)
    return location


def started(entrances: Entrances, **changes: Any) -> dict[str, Any]:
    """A new installation with one import that awaits its consent: the body of the answer to its start."""
    entrances.world = World(chance=NumberedChance([1126]))
    asked = event("start_import/consent_import")
    fields = {**json.loads(asked["body"]), **changes}
    answered = entrances.start_import({**asked, "body": json.dumps(fields)})
    assert answered.status == 202, answered.text
    return dict(answered.body)


def opened(entrances: Entrances, **changes: Any) -> None:
    """The same, and a browser has opened its link."""
    started(entrances, **changes)
    assert redirected(entrances.pages(event("pages/first_opening")))


@dataclass
class Trip:
    """One request of a browser's to the callback, changed from what a provider sends."""

    path: str = "/oauth/google/callback"
    method: str = "GET"
    cookie: str = COOKIE
    query: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def given(cls, **changes: Any) -> "Trip":
        """A consent that was given."""
        made = {"state": STATE, "code": CODE, "iss": SERVERS["google"].issuer}
        return cls(query=list(made.items()), **changes)

    def with_query(self, **changes: str) -> "Trip":
        """The same with other parameters; "" takes one away."""
        kept = {**dict(self.query), **changes}
        return Trip(self.path, self.method, self.cookie, [pair for pair in kept.items() if pair[1]])

    def event(self, raw: str | None = None) -> dict[str, Any]:
        """The event; `raw` is the query or form as it is, instead of the parameters."""
        encoded = urlencode(self.query, errors="surrogatepass") if raw is None else raw
        made = event("oauth_callback/given")
        made["rawPath"] = made["requestContext"]["http"]["path"] = self.path
        made["requestContext"]["http"]["method"] = self.method
        made["rawQueryString"] = encoded if self.method == "GET" else ""
        made["queryStringParameters"] = dict(parse_qsl(made["rawQueryString"]))
        made["cookies"] = [f"{requests.cookie_name(secure=True)}={self.cookie}"] if self.cookie else []
        if self.method == "POST":
            made["body"], made["isBase64Encoded"] = b64encode(encoded.encode("latin-1", "replace")).decode(), True
        return made


def followed(trip: Trip, location: str) -> Trip:
    """The browser's next request, after a redirect to this host: by GET, with its cookie."""
    parts = urlsplit(location)
    assert f"{parts.scheme}://{parts.netloc}" == HERE
    return Trip(parts.path, "GET", trip.cookie, parse_qsl(parts.query))
