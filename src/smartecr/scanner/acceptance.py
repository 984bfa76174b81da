"""When a read counts as a scan: twice the same for linear codes, once for what corrects its errors, and not again
before the code has been away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from smartecr.core.records import dataclass
from smartecr.scanner.symbols import Symbol

AGREE = 0.5
"""Seconds within which a linear code must be read a second time."""

AWAY = 0.5
"""Seconds a code must have been out of the picture before it counts again."""

SAME_ARTICLE = 2.0
"""Seconds within which two different codes of one pack count once (GS1: transition to two-dimensional codes)."""

_MISSES = 8  # decoded frames without it: twice through all stages
_MOST = 256


@dataclass(slots=True)
class _Seen:
    """One code: when it was read last and as what, decoded frames without it since, whether it counted or has left."""

    last: float
    symbology: str
    misses: int = 0
    moved: bool = False
    counted: bool = False
    gone: bool = False


class Acceptance:
    """Turns reads into scans. `key` names what two codes have in common that stand for one thing (the GTIN)."""

    def __init__(self, key: Callable[[Symbol], str] = lambda symbol: symbol.text, away: float = AWAY) -> None:
        self._key = key
        self._away = away
        self._seen: dict[str, _Seen] = {}

    def known(self, symbol: Symbol) -> bool:
        """Whether this code is in view and has counted."""
        seen = self._seen.get(self._key(symbol))
        return seen is not None and seen.counted and not seen.gone

    def see(self, found: Iterable[Symbol], now: float, *, moved: bool = True) -> list[Symbol]:
        """Take the reads of one decoded frame and return those that count now. `now` is in seconds.

        Without motion nothing leaves the picture: a code that is missed in a still picture is still there.
        """
        reads = {self._key(symbol): symbol for symbol in found}
        accepted = [symbol for key, symbol in reads.items() if self._counts(key, symbol, now)]
        for key in [key for key in self._seen if key not in reads]:
            self._missed(key, now, moved)
        return accepted

    def assume(self, symbols: Iterable[Symbol], now: float) -> None:
        """Take these for in view and counted, as after a restart."""
        for symbol in symbols:
            self._seen[self._key(symbol)] = _Seen(now, symbol.symbology, counted=True)

    def _counts(self, key: str, symbol: Symbol, now: float) -> bool:
        seen = self._seen.get(key)
        if seen is not None and seen.gone and (seen.symbology == symbol.symbology or now - seen.last > SAME_ARTICLE):
            seen = None
        if seen is None or (not seen.counted and now - seen.last > AGREE):
            while len(self._seen) >= _MOST:
                del self._seen[next(iter(self._seen))]
            self._seen[key] = _Seen(now, symbol.symbology, counted=symbol.matrix)
            return symbol.matrix
        agrees = symbol.matrix or symbol.symbology == seen.symbology
        seen.last, seen.misses, seen.moved, seen.gone = now, 0, False, False
        if seen.counted or not agrees:
            return False
        seen.counted = True
        return True

    def _missed(self, key: str, now: float, moved: bool) -> None:
        seen, quiet = self._seen[key], now - self._seen[key].last
        seen.misses += 1
        seen.moved = seen.moved or moved
        if quiet > SAME_ARTICLE if seen.gone else not seen.counted and quiet > AGREE:
            del self._seen[key]
        elif seen.counted and seen.moved and seen.misses >= _MISSES and quiet >= self._away:
            seen.gone = True
