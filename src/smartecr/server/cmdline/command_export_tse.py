"""`smartecr export tse`: what the TSE of this register has stored, as a TAR file, checked as soon as it is written."""

from __future__ import annotations

import json
import os
import time
from contextlib import closing, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from smartecr.core import oswords
from smartecr.core.counted import counted, dotted
from smartecr.server.cmdline.commands import StopError
from smartecr.server.cmdline.console import complain, say
from smartecr.server.cmdline.period import Period, check_target
from smartecr.server.equipment import tse_device
from smartecr.server.equipment.tse_secrets import TseSettingError
from smartecr.server.owner import FolderBusyError, Ownership
from smartecr.tse.api import ALL, ExportReceipt, Selection
from smartecr.tse.errors import TseError
from smartecr.tse.healing import Healer

OK, WRONG, NOT_DONE = 0, 1, 2
_ZONE = ZoneInfo("Europe/Berlin")


def export(folder: Path, out: Path, first: date | None, last: date | None, *, own: bool) -> int:
    """Export the TSE of the register in `folder` into the new file `out` and check it; 2 when there is no export.

    `first` and `last` are days in the shop's time, both included; `own` leaves other registers' transactions out.
    1 when what the TSE gave does not hold.
    """
    try:
        check_target(out, Period(first, last))
        if not (folder / "register.json").exists():
            raise StopError(f"In {folder} liegt kein Laden. Anderer Ordner: SMARTECR_DATA.")
        client = str(json.loads((folder / "register.json").read_text(encoding="utf-8"))["serial"])
        with Ownership(folder):
            receipt = _write(folder, out, client, _selection(first, last, client if own else None))
    except FolderBusyError as error:
        complain(f"{error}\nSolange es läuft, gehört ihm die TSE: bitte zuerst beenden, dann exportieren.")
    except (StopError, TseSettingError) as error:
        complain(str(error))
    except TseError as error:
        complain(f"Kein Export: {error.reason}. {error.next_step}")
    except OSError as error:
        complain(f"Kein Export: {out} ist nicht zu schreiben ({oswords.reason(error)}).")
    else:
        messages = counted(receipt.messages, "Meldung", "Meldungen")
        say(f"{out}: {messages}, {dotted(receipt.size)} Bytes, SHA-256 {receipt.sha256}")
        return _check(out, complete=first is None and last is None and not own)
    return NOT_DONE


def _selection(first: date | None, last: date | None, client_id: str | None) -> Selection:
    """Return what is asked for, in log time."""
    end = _midnight(last + timedelta(days=1)) - 1 if last else None
    chosen = Selection(begin=_midnight(first) if first else None, end=end, client_id=client_id)
    return ALL if chosen == ALL else chosen


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=_ZONE).timestamp())


def _write(folder: Path, out: Path, client: str, selection: Selection) -> ExportReceipt:
    """Write the export beside its place and move it there when it is whole. Raises TseError, OSError."""
    setting = os.environ.get("SMARTECR_TSE") or tse_device.VIRTUAL
    choice = tse_device.choose(setting, folder, time.time, client)
    draft = out.with_name(f".smartecr-{os.getpid()}.unfinished")
    try:
        with draft.open("xb") as sink, closing(choice.open()) as device:
            receipt = Healer(time.time, choice.pin_of, client).export(device, sink, selection)
            sink.flush()
            os.fsync(sink.fileno())
        draft.rename(out)
    finally:
        with suppress(OSError):
            draft.unlink()
    return receipt


def _check(out: Path, *, complete: bool) -> int:
    """Check what was written and say the verdict."""
    from smartecr.tse.checking import scan

    try:
        report = scan.check_export([out], complete=complete)
    except scan.NotAnExportError as error:
        complain(f"{out} ist kein TSE-Export: {error}")
        return WRONG
    say(report.lines()[-1])
    return OK if report.ok else WRONG
