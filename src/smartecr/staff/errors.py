"""What the staff room refuses, in words for the person at the till.

StaffError
└── LoginError    a PIN was wrong, tries are locked, or the person may not approve this
"""

from __future__ import annotations


class StaffError(Exception):
    """A refusal: stable `code`, translated `message`, the `field` it is about ("" for none); nothing was changed."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class LoginError(StaffError):
    """No entry. `wait_seconds` is how long no further try of this person is looked at (0: try again at once).

    Codes: "wrong_pin" (also for unknown and inactive people), "locked", "not_allowed".
    """

    def __init__(self, code: str, message: str, wait_seconds: int = 0) -> None:
        super().__init__(code, message, "pin")
        self.wait_seconds = wait_seconds
