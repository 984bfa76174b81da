"""A new file on the command line: it appears whole or not at all, and nothing that lies there is lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from smartecr.core import oswords


class NotWrittenError(Exception):
    """The file could not be made; the message says why. Nothing was changed."""


def check(target: Path) -> None:
    """Raise NotWrittenError when something lies at `target`: it may be what was handed over."""
    if target.exists():
        raise NotWrittenError(f"{target} gibt es schon. Einen anderen Namen wählen oder die Datei wegräumen.")


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Give a path beside `target` to write to; it becomes `target`, on the disk, when the block ends well.

    Raises NotWrittenError for what the system refuses. A block that is left in any other way leaves nothing.
    """
    draft = target.with_name(f".smartecr-{os.getpid()}.unfinished")
    try:
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        raise NotWrittenError(
            f"{target} lässt sich nicht schreiben ({oswords.reason(error)}). Es wurde nichts verändert. "
            "Anderes Ziel wählen oder Platz und Rechte prüfen."
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink()
