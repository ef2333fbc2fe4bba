"""The installation's own address, as its callers know it."""

from collections.abc import Callable, Mapping
from typing import Any

Event = Mapping[str, Any]

Home = Callable[[Event], str]
"""Tells from a request under which address it came: scheme and host, no slash at the end."""


def home_at(address: str) -> Home:
    """`address` whatever the request; "" for the domain name by which API Gateway was reached.

    That name is the gateway's own or one that the operator mapped to it, whatever the request's Host header says.
    """
    return lambda event: address.rstrip("/") or f"https://{event['requestContext']['domainName']}"
