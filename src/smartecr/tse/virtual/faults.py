"""Faults on command: what a device in a shop does at the worst moment, for tests and training.

A process switches its own device's faults by the ``Faults`` object; another process by ``faults.json`` in the
device's folder (``write``), which the device notices before its next operation.
"""

import json
import logging
import os
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import cast

from smartecr.core.records import dataclass

log = logging.getLogger(__name__)

FILE = "faults.json"


@dataclass(slots=True, kw_only=True)
class Faults:
    """Switches of a running virtual TSE; change them at any time from any thread.

    ``latency``               seconds every operation takes before it begins
    ``lose_before_signing``   so many signings break off with nothing signed (counts down)
    ``lose_after_signing``    so many signings break off with the message signed and stored (counts down)
    ``wrong_pin``             so many PINs and PUKs are taken for wrong (counts down)
    ``storage_full``          no signing, reading works
    ``unplugged``             nobody there
    ``busy``                  every call is refused
    ``time_lost``             clock unknown until ``update_time`` (which clears the switch)
    ``self_test_due``         no signing until ``run_self_test`` (which clears the switch)
    ``self_test_fails``       ``run_self_test`` finds a fault
    ``certificate_expired``   no signing, reading works
    ``signatures_exhausted``  no signing, reading works
    ``sleep``                 how latency passes (seconds); tests put a gate here
    """

    latency: float = 0.0
    lose_before_signing: int = 0
    lose_after_signing: int = 0
    wrong_pin: int = 0
    storage_full: bool = False
    unplugged: bool = False
    busy: bool = False
    time_lost: bool = False
    self_test_due: bool = False
    self_test_fails: bool = False
    certificate_expired: bool = False
    signatures_exhausted: bool = False
    sleep: Callable[[float], None] = time.sleep

    @property
    def hinder_signing(self) -> bool:
        """Whether a switch is on that keeps transactions from being signed."""
        return (
            self.storage_full
            or self.time_lost
            or self.self_test_due
            or self.certificate_expired
            or self.signatures_exhausted
        )

    def strikes(self, counted: str) -> bool:
        """Take one off a switch that counts down; false when none is left."""
        left: int = getattr(self, counted)
        if left > 0:
            setattr(self, counted, left - 1)
        return left > 0


_SWITCHES: dict[str, float] = {
    field.name: cast(float, field.default) for field in fields(Faults) if field.name != "sleep"
}


def write(folder: Path, **switches: float) -> None:
    """Switch the faults of the device in ``folder``, in whatever process it runs; all others are switched off.

    Raises ValueError for a switch there is not.
    """
    unknown = switches.keys() - _SWITCHES
    if unknown:
        raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
    draft = folder / f".{FILE}.{os.getpid()}"
    draft.write_text(json.dumps(switches), encoding="utf-8")
    draft.replace(folder / FILE)


def read(folder: Path) -> dict[str, float]:
    """Tell the switches that are on by the file; those that count down as they were when the device was closed.

    Raises ValueError when the file makes no sense.
    """
    try:
        return _read(os.fspath(folder / FILE))
    except FileNotFoundError:
        return {}
    except (OSError, TypeError) as error:
        raise ValueError(str(error)) from None


class ControlFile:
    """Watches ``faults.json`` of a folder: a look costs one stat.

    What a switch has become (counted down, cleared by the remedy) is written back, so that a device opened
    anew does not begin it again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = os.fspath(folder / FILE)
        self._seen: tuple[int, int] | None = None
        self._known: dict[str, float] = {}

    def refresh(self, faults: Faults) -> None:
        """Take over the file when it changed; one that went away or makes no sense changes nothing."""
        mark = self._mark()
        if mark is None or mark == self._seen:
            return
        self._seen, self._known = mark, {}
        try:
            self._known = _SWITCHES | _read(self._path)
        except (OSError, ValueError, TypeError) as error:
            log.warning("%s is left aside: %s", self._path, error)
            return
        for name, value in self._known.items():
            setattr(faults, name, value)

    def settle(self, faults: Faults) -> None:
        """Write back what has become of the switches, unless somebody has changed the file meanwhile."""
        now = {name: getattr(faults, name) for name in _SWITCHES}
        if not self._known or now == self._known or self._mark() != self._seen:
            return
        try:
            write(self._folder, **{name: value for name, value in now.items() if value != _SWITCHES[name]})
        except OSError as error:
            log.warning("%s is not written: %s", self._path, error)
            return
        self._seen, self._known = self._mark(), now

    def _mark(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._path)  # noqa: PTH116 - on the way of every signature: no Path is built
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino


def _read(path: str) -> dict[str, float]:
    """Read the switches. Raises ValueError or TypeError when one is unknown or of the wrong kind."""
    content = json.loads(Path(path).read_bytes())
    if not isinstance(content, dict) or content.keys() - _SWITCHES:
        raise ValueError("no table of faults")
    return {name: type(_SWITCHES[name])(value) for name, value in content.items()}
