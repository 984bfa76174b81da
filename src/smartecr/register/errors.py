"""What the register refuses, in words for the person at the till.

RegisterError
├── RightError      a right is missing; `right` names it, a manager's PIN on the spot may grant it; `about` what for
└── ReplayError     an id was used before for something else
"""

from __future__ import annotations

from smartecr.core import ids


class RegisterError(Exception):
    """A refusal: stable `code`, German `message`, `next_step` for the person; nothing was changed."""

    def __init__(self, code: str, message: str, next_step: str = "", right: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.next_step = next_step
        self.right = right
        self.about = ""


class RightError(RegisterError):
    """The actor may not do this; `right` is the missing one, `about` the amount it is asked for ("3,60 €", "10 %")."""

    def __init__(self, right: str, about: str = "") -> None:
        super().__init__(
            "right", "Dafür braucht es eine Freigabe.", "Ein Manager kann mit seiner PIN freigeben.", right
        )
        self.about = about


class ReplayError(RegisterError):
    """An id that already stands for another thing came again."""

    def __init__(self, entry_id: str) -> None:
        super().__init__("replay", "Diese Kennung ist schon vergeben.", "Seite neu laden; nichts ist verloren.")
        self.entry_id = entry_id


def checked_id(text: str) -> str:
    """Return an id. Raises RegisterError("id") for what is none: nothing may get into the books under it."""
    if not ids.is_id(text):
        raise RegisterError("id", "Der Anfrage fehlt eine gültige Kennung.", "Seite neu laden; nichts ist gebucht.")
    return text
