"""What the page of backups needs from the server, which alone knows folders, keys and processes."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from smartecr.core.records import dataclass


class BackupRefusedError(Exception):
    """It cannot be done; the message is German and says what is safe and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A backup that lies in the folder: file name, size in bytes, when it was taken (UTC)."""

    name: str
    size: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDrill:
    """The newest backup brought back: when it was tried, its name, whether its books held, what the proof said.

    It was not `opened` where the key did not fit: then nothing is known of its books.
    """

    at: datetime
    name: str
    holds: bool
    text: str
    opened: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupState:
    """How backups stand. `recipient` is the public half of the key that closes them, "" while there is none.

    `target` "" for none, `fixed` when a setting names it.
    `same_disk` warns that both burn together; `last` is the newest that was taken, wherever it lies now; `failed` says
    why the newest try did not work; `busy` is "take" or "drill" while one is under way.
    """

    recipient: str
    target: str
    keep: int
    fixed: bool
    there: bool
    same_disk: bool
    last: Kept | None
    failed: str
    files: tuple[Kept, ...]
    drill: LastDrill | None
    busy: str

    @property
    def has_key(self) -> bool:
        """Tell whether backups can be closed."""
        return bool(self.recipient)


class BackupDesk(Protocol):
    """Takes backups and tries them out, one thing at a time, beside the sales."""

    def state(self) -> BackupState:
        """Return how backups stand."""
        ...

    def offer_key(self) -> str:
        """Make a key and return it, this once; it counts from `confirm_key` on."""
        ...

    def confirm_key(self, end: str) -> None:
        """Let the key that was offered and ends with these six characters count. Raises BackupRefusedError."""
        ...

    def set_target(self, folder: str, keep: int) -> None:
        """Take a backup a day into `folder` and keep the newest `keep` (0: all). Raises BackupRefusedError."""
        ...

    def take(self) -> None:
        """Begin to take a backup now. Raises BackupRefusedError."""
        ...

    def drill(self, name: str, key: str) -> None:
        """Begin to bring a backup of the folder back and to verify its books. Raises BackupRefusedError."""
        ...
