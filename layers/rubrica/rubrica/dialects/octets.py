"""Bytes that older clients send without saying in which encoding."""


def octets_of(text: str) -> bytes:
    """The bytes that a transport handed over as text; half a surrogate pair stands for one that was no UTF-8."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def text_of(octets: bytes) -> str:
    """UTF-8 where they are that, else ISO-8859-1, as the Java client sends it: no bytes fail."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")
