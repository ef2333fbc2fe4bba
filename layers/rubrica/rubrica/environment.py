"""Typed access to environment variables."""

from collections.abc import Mapping


class SettingMissing(Exception):
    """An environment variable is missing or has no sense; the message names it, never its value."""


class Environment:
    """Typed access to environment variables."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str) -> str:
        """The variable's value. Raises SettingMissing when it is absent or empty."""
        value = self._variables.get(name, "")
        if not value:
            raise SettingMissing(f"The environment variable {name} is missing.")
        return value

    def number(self, name: str) -> int:
        """The variable as a positive whole number. Raises SettingMissing."""
        value = self.text(name)
        if not (value.isascii() and value.isdigit() and int(value)):
            raise SettingMissing(f"The environment variable {name} must be a positive whole number.")
        return int(value)

    def numbers(self, name: str) -> frozenset[int]:
        """The variable as whole numbers between commas. Raises SettingMissing."""
        values = self.text(name).split(",")
        if not all(value.isascii() and value.isdigit() for value in values):
            raise SettingMissing(f"The environment variable {name} must be whole numbers between commas.")
        return frozenset(map(int, values))

    def flag(self, name: str) -> bool:
        """Whether the variable is "true"; absent is false."""
        return self._variables.get(name, "") == "true"

    def optional(self, name: str) -> str:
        """The variable's value, "" when it is absent."""
        return self._variables.get(name, "")
