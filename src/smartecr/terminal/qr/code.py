"""A code a customer shows: a secret that is used once."""

from __future__ import annotations

__all__ = ["CustomerCode"]

_LONGEST = 2048


class CustomerCode:
    """Holds the text of a code; ``reveal`` is the only way to it. Printing, logging or pickling shows nothing."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text.strip()[:_LONGEST]

    def reveal(self) -> str:
        """Return the text, for the provider's wire alone."""
        return self.__text

    @property
    def last_four(self) -> str:
        """The last four digits, "" for a code that is not digits alone."""
        return self.__text[-4:] if self.__text.isascii() and self.__text.isdecimal() else ""

    def __repr__(self) -> str:
        return "CustomerCode(…)"

    def __reduce__(self) -> str:
        raise TypeError("a customer's code is not stored")
