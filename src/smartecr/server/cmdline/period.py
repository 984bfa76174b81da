"""The period and the file of an export, as the command line takes them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from smartecr.core.records import dataclass
from smartecr.server.cmdline import newfile
from smartecr.server.cmdline.commands import StopError


@dataclass(frozen=True, slots=True)
class Period:
    """Business days from `first` to `last`, both included; None: no limit."""

    first: date | None
    last: date | None

    @property
    def first_text(self) -> str:
        """Return the first day as the books write it, "" for none."""
        return self.first.isoformat() if self.first else ""

    @property
    def last_text(self) -> str:
        """Return the last day as the books write it, "" for none."""
        return self.last.isoformat() if self.last else ""


def check_target(target: Path, period: Period) -> None:
    """Raise StopError for an empty period or a file that exists: it may be what was handed over."""
    if period.first and period.last and period.first > period.last:
        raise StopError(f"Der Zeitraum ist leer: {period.first:%d.%m.%Y} liegt nach {period.last:%d.%m.%Y}.")
    try:
        newfile.check(target)
    except newfile.NotWrittenError as error:
        raise StopError(str(error)) from None
