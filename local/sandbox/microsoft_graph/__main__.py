"""`python -m local.sandbox.microsoft_graph`: the stand-in of the Graph contacts API as a server of its own."""

import sys
from pathlib import Path

from local.sandbox.microsoft_graph.api import GraphApi
from local.sandbox.microsoft_graph.book import microsoft_book
from local.sandbox.stand_in.launch import serve


def api(data: Path) -> GraphApi:
    """The API over a data folder; a sample is made where there is none."""
    if not data.exists():
        microsoft_book().write(data)
    return GraphApi(data)


if __name__ == "__main__":
    sys.exit(serve("local.sandbox.microsoft_graph", "A stateful stand-in of Microsoft Graph contacts.", api))
