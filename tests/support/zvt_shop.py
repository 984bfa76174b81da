"""A register's card side against the virtual terminal over a real wire: driver, payments, journal, and hands."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from smartecr.terminal.api import Kind, PaymentIntent, PaymentRef
from smartecr.terminal.errors import TerminalError
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.terminal.journal import MemoryJournal
from smartecr.terminal.payments import Outcome, Payments
from smartecr.terminal.zvt.driver import ZvtTerminal
from smartecr.terminal.zvt.link_serial import SerialLink
from smartecr.terminal.zvt.link_tcp import TcpLink
from smartecr.terminal.zvt.profile import TerminalProfile
from smartecr.terminal.zvt.session import Timers
from smartecr.terminal.zvt.virtual import Setup, Times, VirtualTerminal
from support.zvt_register import Hands

BERLIN = ZoneInfo("Europe/Berlin")
NOON = 1_795_604_400.0  # 2026-11-25 12:00:00 in Germany
QUICK = Timers(t3=8.0, t4=8.0, grace=0.3)
HASTY = Timers(t3=1.0, t4=2.0, grace=0.3)
"""For a terminal that does not answer: until then the register waits."""


class Shop:
    """``clock`` may be moved; every action runs with the hands that go with it."""

    def __init__(self, twin: VirtualTerminal, link: TcpLink | SerialLink, profile: TerminalProfile) -> None:
        self.twin = twin
        self.hands = Hands(twin)
        self.link = link
        self.now = NOON
        self.journal = MemoryJournal()
        self.events: list[PaymentEvent] = []
        self._news = threading.Condition()
        self.profile = profile
        self.driver = ZvtTerminal(link, profile, now=self.local)
        self.payments = Payments("t1", self.driver, self.journal, clock=lambda: self.now, zone=BERLIN, tell=self._heard)
        self._count = 0

    def local(self) -> datetime:
        return datetime.fromtimestamp(self.now, BERLIN)

    def _heard(self, event: PaymentEvent) -> None:
        with self._news:
            self.events.append(event)
            self._news.notify_all()

    def remove(self) -> None:
        """Pull the card once the register says so."""
        with self._news:
            assert self._news.wait_for(lambda: EventKind.REMOVE_CARD in [one.kind for one in self.events], 30)
        assert self.twin.reader.remove()

    def run(
        self,
        kind: Kind,
        amount: int,
        *hands: Callable[[], object],
        original: PaymentRef | None = None,
        tip: int = 0,
    ) -> Outcome:
        self._count += 1
        intent = PaymentIntent(
            id=f"p{self._count}", kind=kind, amount=amount, created_at=self.now, original=original, tip=tip
        )
        return self.during(lambda: self.payments.run(intent), *hands)

    def during(self, work: Callable[[], Outcome], *hands: Callable[[], object]) -> Outcome:
        failures: list[Exception] = []

        def act() -> None:
            try:
                for hand in hands:
                    hand()
            except (AssertionError, KeyError, TerminalError) as error:
                failures.append(error)

        thread = threading.Thread(target=act)
        thread.start()
        try:
            return work()
        finally:
            thread.join()
            assert not failures, failures

    def pay(self, amount: int = 1234, card: str = "visa") -> Outcome:
        return self.run(Kind.SALE, amount, self.hands.tap(card))

    @property
    def bank(self) -> int:
        """What really happened to the money."""
        return self.twin.books.net_cents()

    @property
    def net(self) -> int:
        total = 0
        for one in self.journal.records.values():
            if one.state == "completed" and one.result is not None:
                sign = -1 if one.intent.kind in (Kind.REVERSAL, Kind.REFUND) else 1
                counted = one.intent.kind not in (Kind.RESERVATION, Kind.RELEASE)
                total += sign * (one.result.amount or 0) if counted else 0
        return total


@contextmanager
def shop(setup: Setup | None = None, profile: TerminalProfile | None = None, *, serial: bool = False) -> Iterator[Shop]:
    """A virtual terminal and a register at its line."""
    setup = setup or Setup(times=Times.hurried())
    with VirtualTerminal(lambda: NOON, random.Random(1), setup=setup) as twin:
        link: TcpLink | SerialLink = SerialLink(twin.open_serial()) if serial else TcpLink(*twin.listen())
        try:
            yield Shop(twin, link, profile or TerminalProfile(password="123456", timers=QUICK))
        finally:
            link.release()
