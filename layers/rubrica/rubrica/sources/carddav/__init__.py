"""Address books over CardDAV (RFC 6352)."""

from rubrica.sources.carddav.limits import Limits as Limits
from rubrica.sources.carddav.source import CardDav as CardDav
