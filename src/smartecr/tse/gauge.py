"""The fuel gauge of a TSE: how long storage, signatures and certificate still last. Pure.

A device has to be replaced before it ends; the steps at which somebody is told are 90, 30 and 7 days.
"""

from collections.abc import Sequence
from typing import Literal

from smartecr.core.records import dataclass
from smartecr.tse.api import TseInfo

Scarce = Literal["certificate", "storage", "signatures", ""]

DAY = 86400
STEPS = (7, 30, 90)
#: a shorter history says nothing about weeks to come
_LEAST_HISTORY = DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Stocks at one moment (unix seconds); None: the device does not say."""

    at: int
    signatures_remaining: int | None
    storage_free: int | None

    @classmethod
    def of(cls, info: TseInfo, at: int) -> "Reading":
        """Take it from what the device says."""
        known = info.storage_total is not None and info.storage_used is not None
        free = info.storage_total - info.storage_used if known else None  # type: ignore[operator]
        return cls(at=at, signatures_remaining=info.signatures_remaining, storage_free=free)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """Days left, rounded down, None where nothing runs out or nothing is known.

    ``scarcest`` names what ends first ("" when nothing is known), ``days`` when. ``step`` is the smallest of 7, 30, 90
    that is reached (0: it has ended), None while there is time.
    """

    storage_days: int | None
    signature_days: int | None
    certificate_days: int | None
    scarcest: Scarce = ""
    step: int | None = None

    @property
    def days(self) -> int | None:
        """Days until the first of them ends."""
        left = {"storage": self.storage_days, "signatures": self.signature_days, "certificate": self.certificate_days}
        return left.get(self.scarcest)

    @property
    def text(self) -> str:
        """What ends when and what to do, German, for the owner; "" while there is time."""
        return "" if self.step is None or self.days is None else _text(self.scarcest, self.days)


def gauge(history: Sequence[Reading], certificate_expires: int | None, now: int) -> Gauge:
    """Read the gauge from readings in order of time (one a day will do) and the certificate's end.

    The pace is that between the first and the last reading; a deletion in between (storage grew) begins
    the history anew.
    """
    storage = _days([(one.at, one.storage_free) for one in history], now)
    signatures = _days([(one.at, one.signatures_remaining) for one in history], now)
    certificate = None if certificate_expires is None else max(0, (certificate_expires - now) // DAY)
    ends: dict[Scarce, int | None] = {"certificate": certificate, "storage": storage, "signatures": signatures}
    left: dict[Scarce, int] = {name: days for name, days in ends.items() if days is not None}
    scarcest: Scarce = min(left, key=lambda name: left[name]) if left else ""
    step = None
    if scarcest:
        step = 0 if not left[scarcest] else next((step for step in STEPS if left[scarcest] <= step), None)
    return Gauge(
        storage_days=storage, signature_days=signatures, certificate_days=certificate, scarcest=scarcest, step=step
    )


def _days(points: Sequence[tuple[int, int | None]], now: int) -> int | None:
    """Extend the fall of a stock to zero, in days from now."""
    known = [(at, stock) for at, stock in points if stock is not None]
    if not known:
        return None
    if known[-1][1] <= 0:
        return 0
    begin = 0
    for place in range(1, len(known)):
        if known[place][1] > known[place - 1][1]:
            begin = place
    (first, most), (last, least) = known[begin], known[-1]
    if last - first < _LEAST_HISTORY or most == least:
        return None
    end = last + least * (last - first) // (most - least)
    return max(0, (end - now) // DAY)


def _text(what: Scarce, days: int) -> str:
    span = {0: "jetzt", 1: "in einem Tag"}.get(days, f"in {days} Tagen")
    what_happens = {
        "certificate": f"Das Zertifikat der TSE läuft {span} ab.",
        "storage": f"Der Speicher der TSE ist {span} voll.",
        "signatures": f"Die Signaturen der TSE sind {span} aufgebraucht.",
    }[what]
    return f"{what_happens} Rechtzeitig eine neue TSE beschaffen."
