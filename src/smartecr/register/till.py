"""The ports of one register: who it is, its clock, its TSE, its journal, and who listens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from smartecr.core import ids, moments
from smartecr.core.records import dataclass
from smartecr.scanner.grammar import GRAMMAR, Grammar

if TYPE_CHECKING:
    from smartecr.printer.drawer import Watch
    from smartecr.printer.linedisplay.display import LineDisplay
    from smartecr.printer.spool import Spool
    from smartecr.register.booked import Booked
    from smartecr.register.cashless.carddesk import Cards
    from smartecr.register.cashless.transfers import ShownCode
    from smartecr.register.head import Memory
    from smartecr.register.sale.arrivals import Arrivals
    from smartecr.register.signing.tselife import Care
    from smartecr.scanner.scale.api import Scale
    from smartecr.tse.api import Started
    from smartecr.tse.service import TseService


ZONE = moments.ZONE
"""Where the shop is: business days and printed times are local."""


def instant(moment: datetime) -> str:
    """Return an aware datetime as journal text, UTC with milliseconds."""
    return moments.utc(moment)


def moment(text: str) -> datetime:
    """Return journal text as an aware datetime in UTC."""
    return datetime.fromisoformat(text)


@dataclass(slots=True, kw_only=True)
class Till:
    """One register with everything its use cases need from outside.

    `clock` returns an aware datetime; `random_bytes(n)` fresh randomness; `publish(topic)` tells open screens that
    "basket", "receipt", "payment", "status", "catalog" or "scan" has changed; `unsynced()` asks for a sync of the
    database within a second; `closed(closing_id, receipts)` hears of a closing in its transaction, once its rows stand,
    with the receipts it was made of, so that nobody has to read them again;
    `printer` is the queue of the receipt printer, `cards` the card terminal, `codes` the contracts for customers'
    codes, `drawer` the cash drawer, `line_display` the two lines for the guest, `scale` what weighs, each None without
    one; `stations` are the print queues of kitchen and bar by name.
    `grammar` says what codes mean here, `arrivals` holds what the scanners read, None without one; `message` is
    the key of what the display tells guests while it rests; `care` is what looking after the TSE needs.
    `shown_code` is the code the guest may scan to pay, None for none.
    `starts` holds TSE starts asked for but not yet written down, by basket id; `items` what was sold lately, by
    article id; `promotions` the shop's rules once they were read; `securing` the receipts being signed, by id;
    `noted_tse` the serials known to be in the books; `memory` what the last commit left (see `head.remembered`);
    `stocked` are the articles whose stock is kept, None while that is not known;
    `prices_turn` is when the next price begins or ends (journal text), "" while that is not known; `catalogue` the
    counter of changes (`tiles.version`) at which all these were read, -1 while nothing is known; `changed_here` counts
    the changes this till has made since.
    """

    register_id: str
    shop_id: str
    serial: str
    tse: TseService
    clock: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]
    publish: Callable[[str], None]
    unsynced: Callable[[], None] = lambda: None
    closed: Callable[[str, Sequence[Booked]], None] = lambda _closing_id, _receipts: None
    printer: Spool | None = None
    stations: dict[str, Spool] = field(default_factory=dict)
    drawer: Watch | None = None
    line_display: LineDisplay | None = None
    scale: Scale | None = None
    cards: Cards | None = None
    codes: Cards | None = None
    shown_code: ShownCode | None = None
    grammar: Grammar = GRAMMAR
    arrivals: Arrivals | None = None
    message: str = ""
    care: Care | None = None
    starts: dict[str, Future[Started]] = field(default_factory=dict)
    items: dict[str, Any] = field(default_factory=dict)
    promotions: Any = None
    securing: dict[str, threading.Event] = field(default_factory=dict)
    noted_tse: set[str] = field(default_factory=set)
    memory: Memory | None = None
    prices_turn: str = ""
    catalogue: int = -1
    changed_here: int = 0
    stocked: Mapping[str, tuple[str, int]] | None = None

    def now(self) -> str:
        """Return the present instant as journal text."""
        return instant(self.clock())

    def kick(self) -> None:
        """Open the drawer at once, if there is one; whoever calls writes down why."""
        if self.drawer is not None:
            self.drawer.kick()

    def new_id(self) -> str:
        """Return a fresh id of 32 hex digits, ordered by time."""
        return ids.new_id(int(self.clock().timestamp() * 1000), self.random_bytes(10))
