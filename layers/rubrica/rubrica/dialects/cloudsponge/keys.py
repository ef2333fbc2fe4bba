"""The two ways in which a call carries the keys of its tenant."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rubrica.dialects.cloudsponge.parameters import LONGEST_KEY, Parameters
from rubrica.dialects.octets import text_of

# RFC 9110 section 11.1: the scheme's name has no case. RFC 7617 section 2: what follows is base64.
_BASIC: Final = re.compile(r"[Bb][Aa][Ss][Ii][Cc] +([A-Za-z0-9+/]{1,4096}={0,2})")


@dataclass(frozen=True, slots=True)
class DomainPair:
    """One key with its password; `in_query` says that one of them stood in the address. Shows neither."""

    domain_key: str = field(repr=False)
    domain_password: str = field(repr=False)
    in_query: bool = False


def pairs(parameters: Parameters, authorization: str) -> Sequence[DomainPair]:
    """Every whole pair that the call carries, that of HTTP Basic first; either suffices. A malformed one is none."""
    found = [*_basic(authorization)]
    key, password = parameters.get("domain_key"), parameters.get("domain_password")
    if key and password:
        in_query = parameters.in_query("domain_key") or parameters.in_query("domain_password")
        found.append(DomainPair(key, password, in_query))
    return found


def _basic(authorization: str) -> Sequence[DomainPair]:
    """RFC 7617 section 2: the first colon ends the user's name."""
    encoded = _BASIC.fullmatch(authorization.strip(" \t"))
    if encoded is None or len(encoded[1]) % 4:
        return ()
    key, _, password = text_of(base64.b64decode(encoded[1])).partition(":")
    fits = 0 < len(key) <= LONGEST_KEY and 0 < len(password) <= LONGEST_KEY
    return (DomainPair(key, password),) if fits else ()
