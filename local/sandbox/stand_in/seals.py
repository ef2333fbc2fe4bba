"""Opaque tokens that carry what they mean, and cannot be made or changed by anybody else."""

import base64
import hmac
import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

_TAG: Final = 12


class Seal:
    """Closes small values into text that is safe in a URL, and opens what it closed itself."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def close(self, meaning: Mapping[str, Any]) -> str:
        """The same meaning gives the same text."""
        data = json.dumps(meaning, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._tag(data) + data).rstrip(b"=").decode()

    def open(self, text: str) -> dict[str, Any] | None:
        """What was closed into the text; None for any other text."""
        try:
            raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        except ValueError:
            return None
        tag, data = raw[:_TAG], raw[_TAG:]
        if not hmac.compare_digest(tag, self._tag(data)):
            return None
        meaning: dict[str, Any] = json.loads(data)
        return meaning

    def _tag(self, data: bytes) -> bytes:
        return blake2b(data, digest_size=_TAG, key=self._key).digest()


def fingerprint(*parts: object) -> str:
    """A short text that differs where the parts differ."""
    return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()
