"""One process owns a data folder: two registers on the same books would sign with one TSE and number twice."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType


class FolderBusyError(Exception):
    """Another process works with the folder; `pid` is its process number (0 when unknown)."""

    def __init__(self, folder: Path, pid: int) -> None:
        super().__init__(f"Mit dem Datenordner {folder} arbeitet schon ein anderes smartECR (Prozess {pid}).")
        self.pid = pid


class ForeignFolderError(Exception):
    """The folder holds something else than a shop; nothing was made in it."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        named = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        super().__init__(
            f"In {folder} liegt schon anderes ({named}), aber kein Laden. Dort wird nichts angelegt. "
            "Einen leeren Ordner nehmen: SMARTECR_DATA=anderer-ordner"
        )


_SHOP = ("smartecr.sqlite3", "register.json")
"""Either of them makes a folder a shop's; with PostgreSQL the books lie elsewhere."""
_OURS = frozenset({
    *_SHOP, "smartecr.sqlite3-wal", "smartecr.sqlite3-shm", "smartecr.pid", "secret.key", "logs", "tse",
    "tse-secrets.json", "tse-gauge.json", "payment-secrets.json", "terminal.json", "wallet.json", "wallet-alipay.json",
    "wallet", "drawer.json", "checkpoint.json", "pictures", "display", "backups", "backup.json", "exports", "kiosk",
    "demo.unfinished", "lost+found",
})  # fmt: skip
"""What a shop keeps in its folder, before its first start too, and what an empty disk brings along."""


def _check(folder: Path) -> None:
    if folder.is_dir() and not any((folder / name).exists() for name in _SHOP):
        others = sorted(path.name for path in folder.iterdir() if path.name not in _OURS and path.name[0] != ".")
        if others:
            raise ForeignFolderError(folder, others)


class Ownership:
    """Holds the folder until closed or until the process ends, however it ends (the kernel drops the lock)."""

    def __init__(self, folder: Path) -> None:
        """Take `folder`, making it if need be.

        Raises FolderBusyError, ForeignFolderError, or OSError when it cannot be written.
        """
        _check(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(folder / "smartecr.pid", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.read(self._descriptor, 20).decode("ascii", "ignore").strip()
            os.close(self._descriptor)
            raise FolderBusyError(folder, int(owner) if owner.isdigit() else 0) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode("ascii"), 0)

    def close(self) -> None:
        """Give the folder back."""
        os.close(self._descriptor)

    def __enter__(self) -> Ownership:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
