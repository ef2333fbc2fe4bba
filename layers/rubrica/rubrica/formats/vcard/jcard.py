"""jCard (RFC 7095), the JSON form of a vCard, put back into the text of a vCard 4.0."""

import json
from typing import Final

_LONGEST: Final = 1024 * 1024
_SEPARATORS: Final = (";", ",")


def to_vcard(text: str) -> str:
    """The text of the card or cards, or "-" where the JSON is no jCard, which no reader takes for a card.

    Deeply nested JSON is no jCard; a property that does not have the form of one is left out.
    """
    try:
        document = json.loads(text) if len(text) <= _LONGEST else None
    except (ValueError, RecursionError):
        return "-"
    cards = document if isinstance(document, list) and all(isinstance(card, list) for card in document) else [document]
    lines = [line for card in cards for line in _card(card)]
    return "\n".join(lines) or "-"


def _card(card: object) -> list[str]:
    match card:
        case ["vcard", [*properties]]:
            lines = [line for item in properties for line in _property(item)]
            return ["BEGIN:VCARD", "VERSION:4.0", *lines, "END:VCARD"]
    return []


def _property(item: object) -> list[str]:
    match item:
        case [str(name), dict(parameters), str(), value, *more] if name.lower() != "version":
            group = parameters.get("group")
            head = f"{group}.{name}" if isinstance(group, str) and group else name
            for key, words in parameters.items():
                for word in words if isinstance(words, list) else [words]:
                    head += f";{key}={_quoted(word)}" if key != "group" else ""
            return [f"{head}:{_escaped(part)}".replace("\r", "").replace("\n", "\\n") for part in (value, *more)]
    return []


def _quoted(word: object) -> str:
    """A parameter value, safe inside of a head (RFC 6868)."""
    text = str(word).replace("^", "^^").replace('"', "^'").replace("\n", "^n")
    return f'"{text}"' if any(mark in text for mark in ":;,") else text


def _escaped(value: object, depth: int = 0) -> str:
    """A value; a list is a structured value, a list in it a part that has several values."""
    if isinstance(value, list):
        return _SEPARATORS[depth].join(_escaped(part, depth + 1) for part in value) if depth < len(_SEPARATORS) else ""
    text = str(value) if isinstance(value, str | int | float) else ""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
