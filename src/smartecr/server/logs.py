"""Structured logs: one JSON object a line in the data folder, rotated, without personal or card data.

Fields of a line: `at` (UTC), `level`, `from` (logger), `event`, the record's own fields, and for errors `code` (the
error's stable code, else its class name) and `trace`. The console gets warnings only, short and readable.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from datetime import UTC, datetime
from functools import lru_cache
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

import orjson

BYTES = 2_000_000
FILES = 10
HIDDEN = "…"

_HIDDEN_WORDS = frozenset(
    re.findall(
        r"\w+",
        """pin pan password passphrase token secret key cookie session csrf csrftoken csrfmiddlewaretoken authorization
        authorisation name firstname lastname person customer cashier actor mail email phone tel street birthday
        iban card track cvc cvv body query qr""",
    )
)
_MANY_DIGITS = re.compile(r"\d(?:[ \-]?\d){11,}")
_WORD = re.compile(r"[a-zäöüß]+")
_MAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[a-z]{2,}", re.IGNORECASE)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def masked(text: str) -> str:
    """Return `text` without long runs of digits (card numbers, also written in groups) and mail addresses."""
    return _MAIL.sub(HIDDEN, _MANY_DIGITS.sub(HIDDEN, text))


def safe_field(key: str, value: object) -> object:
    """Return what may be written for field `key`: known secrets and personal data become "…", text is masked."""
    if _is_hidden(key):
        return HIDDEN
    if isinstance(value, dict):
        return {str(inner): safe_field(str(inner), content) for inner, content in value.items()}
    if isinstance(value, list | tuple):
        return [safe_field(key, content) for content in value]
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        return value if len(str(abs(value))) < 12 else HIDDEN
    return masked(str(value))


@lru_cache(maxsize=512)
def _is_hidden(key: str) -> bool:
    return bool(_HIDDEN_WORDS.intersection(_WORD.findall(key.lower())))


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "event": masked(record.getMessage().strip()),
        }
        line |= {key: safe_field(key, value) for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["code"] = masked(str(getattr(error, "code", "") or type(error).__name__))
            line["trace"] = masked("".join(traceback.format_exception(error)))
        return orjson.dumps(line, default=str).decode()


class LineFile(RotatingFileHandler):
    """Counts what it writes: the standard handler asks the disk three times a line whether the file is full."""

    _size = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, into a new file when this one is full."""
        try:
            line = f"{self.format(record)}\n"
            size = len(line.encode())
            stream = self.stream or self._begin()
            if self._size + size > self.maxBytes:
                self.doRollover()
                stream = self._begin()
            self._size += size
            stream.write(line)
            stream.flush()
        except Exception:  # noqa: BLE001 as every handler of the standard library: a log never stops the work
            self.handleError(record)

    def _begin(self) -> TextIOWrapper:
        self.stream = self._open()
        self._size = os.fstat(self.stream.fileno()).st_size
        return self.stream


class Short(logging.Formatter):
    """Formats a record for a person at the console: level and event, the error's code, no trace."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        text = f"{record.levelname.lower()}: {masked(record.getMessage().strip())}"
        if record.exc_info and record.exc_info[1] is not None:
            text += f" ({type(record.exc_info[1]).__name__}; Näheres im Protokoll)"
        return text


def start(folder: Path) -> None:
    """Send all logs of this process to `folder`/logs/smartecr.log and warnings to the console.

    Raises OSError when the folder cannot be written.
    """
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    file = LineFile(folder / "logs" / "smartecr.log", maxBytes=BYTES, backupCount=FILES, encoding="utf-8", delay=True)
    file.setFormatter(JsonLines())
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(logging.WARNING)
    console.setFormatter(Short())
    root = logging.getLogger()
    root.handlers[:] = [file, console]
    root.setLevel(logging.INFO)
    logging.getLogger("django.request").setLevel(logging.ERROR)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.captureWarnings(True)
