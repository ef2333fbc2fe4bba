"""What no output could carry, taken out of a text."""

import re
from typing import Final

# What XML 1.0 cannot carry (section 2.2), with the C1 controls, which nobody means.
_UNWANTED: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def cleaned(value: str) -> str:
    """The value with line ends as newlines and without control characters, surrogates and noncharacters."""
    if value.isprintable():
        return value
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    return _UNWANTED.sub("", value)
