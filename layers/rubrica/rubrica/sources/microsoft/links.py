"""Addresses within Graph, and whether a next page is one."""

import re
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from rubrica.errors import NextPageRefused
from rubrica.sources.microsoft.graph import SELECTED

_PLAIN: Final = re.compile(r"[!-~]+")
_PORTS: Final = {"https": 443, "http": 80}
_TOP: Final = 999
"""The most that Graph lists at once; unasked it lists 10."""


def contacts(base: str, folder: str = "") -> str:
    """The first page of a folder's contacts, "" for the default folder."""
    return f"{_contacts(base, folder)}?$top={_TOP}&$select={SELECTED}"


def one_contact(base: str, folder: str = "") -> str:
    """A page of one contact, if a folder has any, "" for the default folder."""
    return f"{_contacts(base, folder)}?$top=1&$select=id"


def folders(base: str, parent: str = "") -> str:
    """The first page of the folders within a folder, "" for those at the top."""
    listing = f"{_folder(base, parent)}/childFolders" if parent else f"{base}/v1.0/me/contactFolders"
    return f"{listing}?$top={_TOP}&$select=id,displayName"


def next_page(base: str, link: str) -> str:
    """The link, as it is, which gets the user's token: raises NextPageRefused unless it leads to Graph itself."""
    try:
        if not _PLAIN.fullmatch(link) or "\\" in link or _origin(urlsplit(link)) != _origin(urlsplit(base)):
            raise NextPageRefused
    except ValueError:
        raise NextPageRefused from None
    return link


def _contacts(base: str, folder: str) -> str:
    return f"{_folder(base, folder) if folder else f'{base}/v1.0/me'}/contacts"


def _folder(base: str, folder: str) -> str:
    return f"{base}/v1.0/me/contactFolders/{quote(folder, safe='=')}"


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    if "@" in url.netloc:
        raise NextPageRefused
    return url.scheme, url.hostname, _PORTS.get(url.scheme) if url.port is None else url.port
