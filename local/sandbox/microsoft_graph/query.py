"""The system query options of a call (OData 4.01), and the page size that is asked for."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from local.sandbox.microsoft_graph.errors import Refused
from local.sandbox.stand_in.wire import Request

DEFAULT_SIZE: Final = 10
LARGEST: Final = 999

_KNOWN: Final = frozenset(("$select", "$top", "$skip", "$skiptoken", "$count"))
_PREFERENCE: Final = re.compile(r"\bodata\.maxpagesize\s*=\s*\"?(\d{1,6})\"?", re.IGNORECASE)


def list_only(request: Request) -> None:
    """Raises Refused for an option that is given twice, or that this server does not have."""
    for name, times in Counter(name for name, _ in request.query).items():
        if name.startswith("$") and times > 1:
            message = f"Query option '{name}' was specified more than once, but it must be specified at most once."
            raise Refused(400, "BadRequest", message)
        if name.startswith("$") and name not in _KNOWN:
            raise Refused(501, "NotImplemented", f"The stand-in does not have '{name}'.")
    for name in ("$top", "$skip"):
        if request.values(name) and not re.fullmatch(r"[0-9]{1,7}", request.value(name)):
            raise Refused(400, "BadRequest", f"Invalid value for the query option '{name}'.")
    if request.value("$count", "true") not in ("true", "false"):
        raise Refused(400, "BadRequest", "Invalid value for the query option '$count'.")


def delta_only(request: Request) -> None:
    """A delta query takes `$select` in its first call, and then what its links say. Raises Refused."""
    names = [name for name, _ in request.query]
    if "$skiptoken" in names or "$deltatoken" in names:
        allowed = names in (["$skiptoken"], ["$deltatoken"])
    else:
        allowed = names in ([], ["$select"])
    if not allowed:
        message = "Only $select is supported with change tracking over the 'Contacts' resource, in the first call."
        raise Refused(400, "ErrorInvalidUrlQuery", message)


def page_size(request: Request, told: Mapping[str, Any], *, most: int = LARGEST) -> tuple[int, bool]:
    """How many records a page has, and whether a preference says so. Raises Refused.

    `$top` decides, then `Prefer: odata.maxpagesize`, then what the pages before had (`told`), then the default.
    """
    if request.values("$top"):
        top = int(request.value("$top"))
        if not 1 <= top <= most:
            message = f"The limit of '{most}' for Top query has been exceeded. The value from the request is '{top}'."
            raise Refused(400, "BadRequest", message)
        return top, False
    preference = _PREFERENCE.search(request.headers.get("prefer", ""))
    if preference is not None and int(preference[1]) > 0:
        return min(int(preference[1]), most), True
    return int(told.get("size", DEFAULT_SIZE)), False
