"""Contacts from CSV files as Google, Outlook, Yahoo, LinkedIn, Thunderbird and people with a spreadsheet write them."""

from rubrica.formats.csv.reader import read

__all__ = ["read"]
