"""The XML that is sent: RFC 4918 PROPFIND, RFC 6352 and RFC 6578 reports."""

from collections.abc import Iterable
from typing import Final

_HEAD: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
_NAMES: Final = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"'
_OWNER: Final = '<calendar-user-address-set xmlns="urn:ietf:params:xml:ns:caldav"/>'

LOOK: Final = (
    f"{_HEAD}<propfind {_NAMES}><prop><current-user-principal/><resourcetype/><displayname/>"
    f"<C:addressbook-home-set/><C:supported-address-data/>{_OWNER}</prop></propfind>"
).encode()
"""Asks at once for all that tells a root, a principal, a home and an address book apart, and whose they are."""

LIST: Final = f"{_HEAD}<propfind {_NAMES}><prop><resourcetype/></prop></propfind>".encode()

QUERY: Final = f"{_HEAD}<C:addressbook-query {_NAMES}><prop><getetag/></prop></C:addressbook-query>".encode()
"""Without a filter: servers were seen to fail on any of them, and one to answer nothing."""


def sync(token: str) -> bytes:
    """All cards since `token`, "" for all there are. Never with a limit: one server cuts the list at it and hands
    out a token that says it was whole."""
    return (
        f"{_HEAD}<sync-collection {_NAMES}><sync-token>{escape(token)}</sync-token><sync-level>1</sync-level>"
        "<prop><getetag/></prop></sync-collection>"
    ).encode()


def multiget(paths: Iterable[str], version: str) -> bytes:
    """The cards at these absolute paths, in a vCard version or, for "", as the server likes."""
    wanted = f' content-type="text/vcard" version="{version}"' if version else ""
    hrefs = "".join(f"<href>{escape(path)}</href>" for path in paths)
    return (
        f"{_HEAD}<C:addressbook-multiget {_NAMES}><prop><getetag/><C:address-data{wanted}/></prop>{hrefs}"
        "</C:addressbook-multiget>"
    ).encode()


def escape(text: str) -> str:
    """Text as the content of an element; `xml.sax.saxutils` would bring all of urllib along."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
