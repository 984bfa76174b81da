"""A terminal that says anything: bytes from a fuzzer cut into units, on a wire whose clock jumps instead of waiting."""

from __future__ import annotations

from datetime import UTC, datetime

from smartecr.terminal.api import Kind, PaymentIntent, PaymentRef, ReceiptType
from smartecr.terminal.errors import LinkLost, TerminalError
from smartecr.terminal.journal import MemoryJournal
from smartecr.terminal.payments import Payments
from smartecr.terminal.zvt import serialframe
from smartecr.terminal.zvt.apdu import ApduReader
from smartecr.terminal.zvt.driver import ZvtTerminal
from smartecr.terminal.zvt.errors import ZvtFormatError
from smartecr.terminal.zvt.explain import explain
from smartecr.terminal.zvt.messages import parse
from smartecr.terminal.zvt.profile import TerminalProfile
from smartecr.terminal.zvt.receipts import block_of
from smartecr.terminal.zvt.results import result_of
from smartecr.terminal.zvt.totals import batch_of

_NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
_REGISTERED = bytes.fromhex("800000060F0A19002929001006490978")


class HostileLink:
    """Gives the bytes out piece by piece; when they are used up nothing more ever comes."""

    def __init__(self, said: bytes) -> None:
        self._reader = ApduReader()
        self._units = self._reader.feed(said)
        self.is_open = False
        self.now = 0.0
        self.sent = 0

    def open(self) -> None:
        self.is_open = True

    def send(self, unit: bytes) -> None:
        self.sent += 1
        if not self.is_open:
            raise LinkLost("closed")

    def receive(self, timeout: float) -> bytes | None:
        if not self.is_open:
            raise LinkLost("closed")
        if self._units:
            return self._units.pop(0)
        self.now += timeout
        return None

    def wake(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        self.is_open = False


def read_everything(data: bytes) -> None:
    """Have the whole codec look at bytes. Only ZvtFormatError may come out, and nothing may take long."""
    reader = serialframe.FrameReader()
    for place in range(0, len(data), 7):
        reader.feed(data[place : place + 7])
    for frame in (data, serialframe.wrap(data)):
        try:
            explain(frame)
            read = parse(data)
        except ZvtFormatError:
            continue
        result_of(read, _NOW)
        block_of(read, ReceiptType.CUSTOMER)
        batch_of(read, closed=False)


def pay_against(said: bytes, *, registered: bool) -> None:
    """Pay on a terminal that says these bytes. Only TerminalError may come out; a doubt is never called paid."""
    link = HostileLink((_REGISTERED if registered else b"") + said)
    driver = ZvtTerminal(link, TerminalProfile(), now=lambda: _NOW, monotonic=lambda: link.now)
    journal = MemoryJournal()
    payments = Payments("t", driver, journal, clock=lambda: _NOW.timestamp(), zone=UTC)
    intent = PaymentIntent(id="p", kind=Kind.SALE, amount=1200, created_at=_NOW.timestamp())
    if registered:
        journal.learn("t", PaymentRef(), 0)
    try:
        outcome = payments.run(intent)
    except TerminalError as error:
        assert error.money == "none"
        assert journal.open("t") is None
        return
    assert outcome.settled == (journal.open("t") is None)
    if not outcome.settled:
        try:
            payments.resolve()
        except TerminalError:
            assert journal.open("t") is not None
