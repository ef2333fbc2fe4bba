"""What a webhook's receiver is sent, and how it knows that it comes from us (Standard Webhooks 1.0)."""

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from rubrica.domain.imports import Import

SHORTEST_SECRET: Final = 24
LONGEST_SECRET: Final = 64

MOST_ATTEMPTS: Final = 13
"""How often a receiver is asked before it is given up; the workflow's Retry has one less."""

_MARK: Final = "whsec_"
"""Marks a secret for what it is, so that scanners for leaked secrets find it."""


def shown(secret: bytes) -> str:
    """The secret as receivers' libraries want it."""
    return _MARK + b64encode(secret).decode("ascii")


def secret_of(text: str) -> bytes:
    """The secret in the form that `shown` gives it. Raises ValueError, with nothing of it in the text."""
    try:
        secret = b64decode(text.removeprefix(_MARK), validate=True)
    except ValueError:
        raise ValueError("A webhook's secret is base64.") from None
    if not text.startswith(_MARK) or not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET:
        raise ValueError("A webhook's secret is whsec_ and 24 to 64 bytes in base64.")
    return secret


def message(imp: Import) -> bytes:
    """The body that tells of the end of an import, for one that has ended: no contact, only how many there are."""
    told = {
        "type": f"import.{imp.state.value}",
        "timestamp": imp.closed_at.strftime("%Y-%m-%dT%H:%M:%SZ") if imp.closed_at else None,
        "data": {
            "import_id": imp.id,
            "source": imp.source,
            "state": imp.state.value,
            "failure": imp.failure or None,
            "user_id": imp.reference or None,
            "contacts": imp.progress.contacts,
            "rejected": imp.progress.rejected,
        },
    }
    return json.dumps(told, separators=(",", ":")).encode("ascii")


def headers(imp: Import, body: bytes, secret: bytes, now: datetime) -> Mapping[str, str]:
    """What goes with the body. Every attempt has the same id, by which a receiver knows what it has had before."""
    number, seconds = f"import_{imp.id}", int(now.timestamp())
    return {
        "Content-Type": "application/json",
        "webhook-id": number,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature(secret, number, seconds, body),
    }


def signature(secret: bytes, message_id: str, seconds: int, body: bytes) -> str:
    """The scheme v1: HMAC-SHA256 over id, time and body."""
    digest = hmac.new(secret, f"{message_id}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return "v1," + b64encode(digest).decode("ascii")
