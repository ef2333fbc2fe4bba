"""Bytes to contacts and back, record by record."""
