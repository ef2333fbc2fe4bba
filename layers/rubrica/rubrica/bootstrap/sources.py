"""Gives each source its reader, and the world it may reach."""

from collections.abc import Callable, Mapping, Sequence

from rubrica.domain.views import SourceView
from rubrica.ports import Source
from rubrica.settings import EgressSettings
from rubrica.sources.registry import SOURCES


def views() -> Sequence[SourceView]:
    """What callers may offer to their users."""
    return [SourceView(it.name, it.title, it.method, it.needs_server, it.hint) for it in SOURCES.values()]


def readers(told: EgressSettings) -> Mapping[str, Callable[[], Source]]:
    """A maker of the reader of each source."""
    raise NotImplementedError
