"""A stateful stand-in of the contacts part of Microsoft Graph (v1.0): contacts in folders, pages, delta queries."""

from local.sandbox.microsoft_graph.book import MicrosoftBook, microsoft_book
from local.sandbox.microsoft_graph.launch import running_graph

__all__ = ["MicrosoftBook", "microsoft_book", "running_graph"]
