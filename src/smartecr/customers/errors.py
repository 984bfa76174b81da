"""What this room refuses, in words for the person at the till."""

from __future__ import annotations


class CardError(Exception):
    """A code that is none: stable `code`, German `message`, what to do in `next_step`."""

    def __init__(self, code: str, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.next_step = next_step
