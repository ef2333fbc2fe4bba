"""What a user gives for a password source."""

import json
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credential:
    """A server, user name and password. Never logged, never shown: `repr` hides everything."""

    server: str = field(repr=False)
    username: str = field(repr=False)
    password: str = field(repr=False)

    def pack(self) -> bytes:
        """The credential as bytes, to be sealed at once."""
        return json.dumps([self.server, self.username, self.password], ensure_ascii=False).encode()

    @classmethod
    def unpack(cls, secret: bytes) -> "Credential":
        """The credential that was packed."""
        return cls(*json.loads(secret))
