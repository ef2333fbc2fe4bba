"""Clients for the stand-ins of the contact APIs, and the accounts that the tests put into them."""

from collections.abc import Iterator, Mapping
from typing import Any

import requests

from local.sandbox.google_people import GoogleBook, google_book
from local.sandbox.microsoft_graph import MicrosoftBook, microsoft_book
from local.sandbox.stand_in.launch import StandIn

GOOGLE = "https://www.googleapis.com/auth"
GOOGLE_TOKENS = {
    "both": [f"{GOOGLE}/contacts.readonly", f"{GOOGLE}/contacts.other.readonly"],
    "saved-only": [f"{GOOGLE}/contacts.readonly"],
    "other-only": [f"{GOOGLE}/contacts.other.readonly"],
    "neither": ["openid"],
}
GRAPH_TOKENS = {
    "reader": ["https://graph.microsoft.com/Contacts.Read"],
    "writer": ["Contacts.ReadWrite"],
    "neither": ["openid"],
}

GOOGLE_BOOK: GoogleBook = google_book(connections=250, others=120)
GRAPH_BOOK: MicrosoftBook = microsoft_book(per_folder=60)


class Client:
    """Asks a stand-in with one token over one connection."""

    def __init__(self, stand_in: StandIn, token: str) -> None:
        self.stand_in = stand_in
        self.session = requests.Session()
        self.session.trust_env = False
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def ask(self, path: str, headers: Mapping[str, str] | None = None, **query: Any) -> requests.Response:
        """GET a path, or a whole URL; `dollar_x` is the parameter `$x`."""
        url = path if path.startswith("http") else f"{self.stand_in.url}{path}"
        told = {name.replace("dollar_", "$"): value for name, value in query.items()}
        return self.session.get(url, params=told, headers=headers, timeout=30)

    def get(self, path: str, **query: Any) -> Any:
        """The body of an answer that has to be 200."""
        answer = self.ask(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def error(self, path: str, **query: Any) -> tuple[int, Any]:
        """Status and error object of an answer that has to be an error."""
        answer = self.ask(path, **query)
        assert answer.status_code >= 400
        return answer.status_code, answer.json()["error"]

    def google_pages(self, path: str, **query: Any) -> Iterator[Any]:
        """All pages by their page tokens."""
        page = self.get(path, **query)
        yield page
        while "nextPageToken" in page:
            page = self.get(path, **query, pageToken=page["nextPageToken"])
            yield page

    def graph_pages(self, path: str, **query: Any) -> Iterator[Any]:
        """All pages by their links."""
        page = self.get(path, **query)
        yield page
        while "@odata.nextLink" in page:
            page = self.get(page["@odata.nextLink"])
            yield page
