"""What the codes in `service` stand for here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from rubrica.domain.relaying import code_there
from rubrica.domain.views import SourceView
from rubrica.errors import SourceUnknown, SourceUnsupported

UPSTREAM: Final = "cloudsponge"
"""The source of an import that runs at another service."""

LONGEST_CODE: Final = 64


@dataclass(frozen=True, slots=True)
class Offered:
    """What the tenant can be served with: our sources by their names, and the codes that its own account at another
    service reads."""

    sources: Mapping[str, SourceView]
    upstream: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """What reads a code: a source with its method and what it can include; of UPSTREAM also the code as it is called
    there."""

    source: str
    method: str
    include: Sequence[str] = ()
    code: str = ""


_OURS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "gmail": "google",
        "windowslive": "microsoft",
        "outlookcom": "microsoft",
        "office365": "microsoft",
        "icloud": "icloud",
        "yahoo": "yahoo",
        "aol": "aol",
        "gmx": "gmx",
        "web_de": "webde",
        "yandex_ru": "yandex",
        "mail_ru": "mailru",
        "csv": "upload",
        "outlook": "upload",
        "addressbook": "upload",
    }
)
"""Which of our sources reads what a code names."""

_WITH_LOGIN: Final = (
    "plaxo uol bol terra rediff mail126 mail163 mail_yeah_net sapo qip_ru qq_mail naver o2_pl poczta_o2 mail mailcom"
)
_WITH_CONSENT: Final = "linkedin facebook"
_UNREADABLE: Final[Mapping[str, str]] = MappingProxyType(
    {**dict.fromkeys(_WITH_LOGIN.split(), "password"), **dict.fromkeys(_WITH_CONSENT.split(), "consent")}
)
"""Codes of services that no source of ours reads, and how their users would sign in."""


def service_of(text: str, offered: Offered) -> Service:
    """What reads the service that a caller names; letters have no case, and nothing else is forgiven.

    What the tenant's account at another service reads is read there, for that is why it was set up. Besides
    CloudSponge's codes, the names of our own sources are codes. Raises SourceUnsupported for a service that is known
    and cannot be read, SourceUnknown for anything else.
    """
    code = text.lower() if text.isascii() and len(text) <= LONGEST_CODE else ""
    upstream = code_there(code, offered.upstream)
    if upstream:
        return Service(UPSTREAM, "relay", code=upstream)
    source = offered.sources.get(_OURS.get(code, code))
    if source and source.method != "relay":
        return Service(source.name, source.method, source.include)
    if code in _OURS or code in _UNREADABLE:
        raise SourceUnsupported(_UNREADABLE.get(code, "consent"))
    raise SourceUnknown


def is_known(text: str, offered: Offered) -> bool:
    """Whether the code names anything at all, readable or not. Raises nothing."""
    try:
        service_of(text, offered)
    except SourceUnknown:
        return False
    except SourceUnsupported:
        return True
    return True
