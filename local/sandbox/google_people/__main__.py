"""`python -m local.sandbox.google_people`: the stand-in of the People API as a server of its own."""

import sys
from pathlib import Path

from local.sandbox.google_people.api import PeopleApi
from local.sandbox.google_people.book import google_book
from local.sandbox.stand_in.launch import serve


def api(data: Path) -> PeopleApi:
    """The API over a data folder; a sample is made where there is none."""
    if not data.exists():
        google_book().write(data)
    return PeopleApi(data)


if __name__ == "__main__":
    sys.exit(serve("local.sandbox.google_people", "A stateful stand-in of the Google People API.", api))
