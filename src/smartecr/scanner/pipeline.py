"""From frames to scans: still pictures are passed over, the others decoded in stages, reads accepted once.

Nothing here keeps a frame. The clock is passed in and gives seconds that never run backwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import date

from PIL import Image

from smartecr.core.records import dataclass
from smartecr.scanner import stages
from smartecr.scanner.acceptance import Acceptance
from smartecr.scanner.code import Kind
from smartecr.scanner.grammar import GRAMMAR, Grammar
from smartecr.scanner.motion import MotionGate
from smartecr.scanner.symbols import Symbol

_SETTLED = 8  # frames decoded after the last motion: a thing at rest is read best, and all stages have their turn twice
_STILL = 9  # of so many still frames one is decoded
_DROWSY, _NAP = 20, 0.06  # still frames after which every second is looked at,
_ASLEEP, _REST = 40, 0.12  # after two seconds every fourth: an article needs longer to slide in
_IDLE = 12  # and of so many of those one is decoded


@dataclass(frozen=True, slots=True)
class Scan:
    """A symbol that counts, when its frame arrived and when it was accepted (seconds of the pipeline's clock)."""

    symbol: Symbol
    at: float
    accepted: float


class Pipeline:
    """Reads the frames of one camera.

    `used` gives the seconds of work this thread has done, for the budget: on a machine that does much else the clock
    would let the later stages never have their turn.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        grammar: Grammar = GRAMMAR,
        budget: float = stages.BUDGET,
        used: Callable[[], float] = time.thread_time,
    ) -> None:
        self._clock, self._used = clock, used
        self._budget = budget
        self._gate = MotionGate()
        self._acceptance = Acceptance(article_key(grammar))
        self._still = 0
        self._turn = 0
        self._looked = 0.0

    def rest(self, now: float) -> float:
        """Return for how many seconds no frame needs to be unpacked, since nothing has moved for long."""
        if self._still <= _DROWSY:
            return 0.0
        return max(0.0, self._looked + (_REST if self.asleep else _NAP) - now)

    @property
    def asleep(self) -> bool:
        """Whether the counter has stood still for long: then a look at a small picture is enough, see `wants`."""
        return self._still > _ASLEEP

    @property
    def due(self) -> bool:
        """Whether the next frame is decoded whatever it shows; of any other `wants` needs to see a small picture."""
        return self._decodes(self._still + 1)

    def wants(self, small: Image.Image | None, at: float) -> bool:
        """Whether a frame is worth unpacking, by itself in an eighth of its size (None: it has none).

        One that is not counts as a still frame.
        """
        if small is None or self.due or self._gate.differs(small):
            return True
        self._still += 1
        self._looked = at
        return False

    def frame(self, picture: Image.Image, at: float | None = None) -> list[Scan]:
        """Take a grey picture that arrived at `at` (default: now) and return what was scanned with it."""
        arrived = self._clock() if at is None else at
        moved = self._gate.moved(picture)
        self._still = 0 if moved else self._still + 1
        self._looked = arrived
        if not self._decodes(self._still):
            return []
        self._turn += 1
        found = stages.decode(picture, self._turn, self._used, self._acceptance.known, self._budget)
        accepted = self._acceptance.see(found, arrived, moved=moved)
        now = self._clock()
        return [Scan(symbol, arrived, now) for symbol in accepted]

    def _decodes(self, still: int) -> bool:
        """Whether a frame is decoded that is the `still`th since the last motion."""
        return still <= _SETTLED or still % (_IDLE if still > _ASLEEP else _STILL) == 0

    def assume(self, symbols: Iterable[Symbol]) -> None:
        """Take these for in view and counted, as after a restart: they count again once they have been away."""
        self._acceptance.assume(symbols, self._clock())


def article_key(grammar: Grammar) -> Callable[[Symbol], str]:
    """Return what says whether two symbols stand for the same piece: the GTIN of an article, else the text.

    Labels of scales have the same GTIN with another price; each of them is a piece of its own.
    """
    epoch = date(2000, 1, 1)  # dates do not matter here

    def key(symbol: Symbol) -> str:
        code = grammar.parse(symbol.aim + symbol.text, epoch)
        return code.gtin if code.kind is Kind.ARTICLE and code.gtin else symbol.text

    return key
