"""Providers on one machine, to import from."""
