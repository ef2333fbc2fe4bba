"""A stateful stand-in of the Google People API (v1): the contacts a user saved, "Other contacts", and labels."""

from local.sandbox.google_people.book import GoogleBook, google_book
from local.sandbox.google_people.launch import running_people

__all__ = ["GoogleBook", "google_book", "running_people"]
