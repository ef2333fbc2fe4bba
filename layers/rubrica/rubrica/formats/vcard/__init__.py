"""vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350), as the world writes them, to contacts, one card at a time."""

from rubrica.formats.vcard.reader import read_card, read_file

__all__ = ["read_card", "read_file"]
