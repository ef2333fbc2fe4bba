"""Rubrica: a self-hosted address-book import service."""
