"""What a user gives for a password source."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credential:
    """A server, user name and password. Never logged, never shown: `repr` hides everything."""

    server: str = field(repr=False)
    username: str = field(repr=False)
    password: str = field(repr=False)
