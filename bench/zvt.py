"""ZVT: read and build units beside a plain walk over the bitmaps, and our share of the time in a payment.

The list of goals (11) asks for 15 (20) times the speed of ecrterm, dreams of 23 (30), and measured a plain walk at
23.5 (31) times. ecrterm is on no package index we know, so we are held against the plain walk written here; where
ecrterm can be imported after all it is taken as well.
"""

from __future__ import annotations

import argparse
import importlib
import os
import socket
import statistics
import threading
import time
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any, NamedTuple

from bench.measure import Goal, Row, Side, compare, rows_of, timed
from smartecr.terminal.api import Kind, PaymentIntent, PaymentRef, ReceiptBlock, TerminalResult
from smartecr.terminal.doubt import State
from smartecr.terminal.journal import MemoryJournal
from smartecr.terminal.payments import Payments
from smartecr.terminal.service import TerminalService
from smartecr.terminal.zvt import apdu
from smartecr.terminal.zvt.bmp import LL, LLL, WIDTHS
from smartecr.terminal.zvt.commands import authorisation
from smartecr.terminal.zvt.driver import ZvtTerminal
from smartecr.terminal.zvt.link_tcp import TcpLink
from smartecr.terminal.zvt.messages import parse
from smartecr.terminal.zvt.profile import TerminalProfile

BATCH, SMALL, FULL = 500, 100, 1000
#: how many times faster than ecrterm the plain walk was measured
FLOOR_READS, FLOOR_BUILDS = 23.5, 31.0

_BODY = bytes.fromhex(
    "2700040000000012340b0001230c1530450d11220e271217000122f0f8474843eeeeee123429520012333b38383931353000004909788700"
    "428a058bf0f5474b4152542a" + "20" * 11 + "4b313233"
)
STATUS = apdu.build(0x040F, _BODY)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--payments", type=int, help=f"default {SMALL}, full {FULL}")
    parser.add_argument("--pairs", type=int, default=9)


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows: reading, building, and the waits a cashier could feel."""
    rounds = 100 if options.full else 30
    facts = {"bytes": len(STATUS), "ecrterm": "not installable" if _ecrterm() is None else "compared"}
    read_goal, build_goal = Goal(11, FLOOR_READS / 15, FLOOR_READS / 23), Goal(11, FLOOR_BUILDS / 20, FLOOR_BUILDS / 30)
    taken = compare(_side(_plain_read, rounds), _side(lambda: parse(STATUS), rounds), options.pairs)
    rows = rows_of("zvt read", "status information, masked / plain walk over the bitmaps", taken, read_goal, facts)
    taken = compare(_side(_plain_build, rounds), _side(lambda: authorisation(1234), rounds), options.pairs)
    rows += rows_of("zvt build", "authorisation, checked / plain bytes", taken, build_goal, facts)
    rows += _against_ecrterm(rounds, options.pairs)
    return rows + _waits(options.payments or (FULL if options.full else SMALL), folder)


def _side(operation: Callable[[], object], rounds: int) -> Side:
    def batch() -> None:
        for _ in range(BATCH):
            operation()

    return lambda: timed(batch, rounds)


#: the table of the walk that was measured beside ecrterm: a dictionary of lengths and words
_TABLE: dict[int, int | str] = {
    code: "LL" if width == LL else "LLL" if width == LLL else width for code, width in enumerate(WIDTHS) if width
}


def _plain_read() -> dict[Any, bytes]:
    data, place, end = STATUS, 3 if STATUS[2] != 0xFF else 5, len(STATUS)
    fields: dict[Any, bytes] = {"command": data[:2]}
    while place < end:
        code = data[place]
        place += 1
        width: Any = _TABLE[code]
        if width == "LL":
            width = (data[place] & 15) * 10 + (data[place + 1] & 15)
            place += 2
        elif width == "LLL":
            width = (data[place] & 15) * 100 + (data[place + 1] & 15) * 10 + (data[place + 2] & 15)
            place += 3
        fields[code] = data[place : place + width]
        place += width
    return fields


def _plain_build() -> bytes:
    body = b"\x04" + bytes.fromhex(f"{1234:012d}") + b"\x49\x09\x78" + b"\x19\x40"
    return b"\x06\x01" + bytes((len(body),)) + body


def _ecrterm() -> Any:
    try:
        return importlib.import_module("ecrterm.packets.base_packets")
    except ImportError:
        return None


def _against_ecrterm(rounds: int, pairs: int) -> list[Row]:
    peer = _ecrterm()
    if peer is None:
        return []
    taken = compare(_side(lambda: parse(STATUS), rounds), _side(lambda: peer.Packet.parse(STATUS), rounds // 10), pairs)
    return rows_of("zvt read, ecrterm", "ecrterm / ours, status information", taken, Goal(11, 15, 23, least=True), {})


# ---- our share of a payment


class _Disk(MemoryJournal):
    """A journal whose writes are on the disk when they return: a line appended and synced."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def sync(self, line: object) -> None:
        os.write(self._file, f"{line}\n".encode())
        os.fdatasync(self._file)

    def begin(self, terminal_id: str, intent: PaymentIntent, /) -> None:
        super().begin(terminal_id, intent)
        self.sync(intent)

    def result(self, payment_id: str, result: TerminalResult, /) -> None:
        super().result(payment_id, result)
        self.sync(result)

    def receipt(self, payment_id: str, block: ReceiptBlock, /) -> None:
        super().receipt(payment_id, block)
        self.sync(block)

    def finish(self, payment_id: str, state: State, result: TerminalResult | None, /, **who: str) -> None:
        super().finish(payment_id, state, result, **who)
        self.sync((payment_id, state))

    def close(self) -> None:
        os.close(self._file)


class Moment(NamedTuple):
    """An instant by the wall, and the CPU this process has used until then, both in seconds."""

    wall: float
    cpu: float

    @classmethod
    def now(cls) -> Moment:
        """Return the present one."""
        return cls(time.perf_counter(), time.process_time())

    def since(self, earlier: Moment) -> Moment:
        """Return what passed since an earlier one."""
        return Moment(self.wall - earlier.wall, self.cpu - earlier.cpu)


class Stopwatch:
    """A terminal that answers at once and notes when the command and the acknowledgement arrived."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = self._server.getsockname()
        self.commanded: list[Moment] = []
        self.acknowledged: list[Moment] = []
        self.acknowledged_at: list[Moment] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._server.accept()
        reader = apdu.ApduReader()
        said: Moment | None = None
        script: list[bytes] = []
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while received := connection.recv(65536):
                at = Moment.now()
                for unit in reader.feed(received):
                    command = apdu.command_of(unit)
                    if command == 0x0601:
                        self.commanded.append(at)
                        script = [apdu.ACK + STATUS, apdu.build(0x060F)]
                    elif command != 0x8000:
                        script = [
                            apdu.ACK + apdu.build(0x060F, b"\x00" if command == 0x0501 else b"\x29\x52\x00\x12\x33")
                        ]
                    elif said:
                        self.acknowledged.append(at.since(said))
                        self.acknowledged_at.append(at)
                        said = None
                    if script:
                        said = Moment.now() if script[0].endswith(STATUS) else None
                        connection.sendall(script.pop(0))

    def close(self) -> None:
        self._thread.join()
        self._server.close()


def _waits(payments: int, folder: Path) -> list[Row]:
    terminal = Stopwatch()
    link = TcpLink(*terminal.address)
    journal = _Disk(folder / "journal")
    journal.learn("t", PaymentRef(), 0)
    driver = ZvtTerminal(link, TerminalProfile())
    service = TerminalService(Payments("t", driver, journal, clock=time.time, zone=UTC))
    service.status().result()
    keys: list[Moment] = []
    totals = []
    for number in range(payments):
        intent = PaymentIntent(id=f"p{number}", kind=Kind.SALE, amount=1234, created_at=time.time())
        keys.append(Moment.now())
        assert service.pay(intent).result().state is State.COMPLETED
        totals.append(Moment.now().since(keys[-1]))
    service.close()
    link.release()
    terminal.close()
    journal.close()
    facts = {"payments": payments, "journal": "a line appended and fdatasync for each milestone"}
    on_wire = [arrived.since(key) for key, arrived in zip(keys, terminal.commanded, strict=True)]
    return [
        wait("zvt key to 06 01", "pay key to 06 01 at the terminal, intent durable, p95 in ms", on_wire, facts),
        wait(
            "zvt 04 0F to 80",
            "04 0F sent to our 80 00 00 there, result durable, p95 in ms",
            terminal.acknowledged,
            facts,
        ),
        wait("zvt payment", "a whole payment without thinking time, p95 in ms", totals, facts),
    ]


def wait(name: str, what: str, taken: list[Moment], facts: dict[str, Any]) -> Row:
    """Return the row of a wait a person could feel, at most 20 ms at p95, with the CPU in it."""
    seconds = [one.wall for one in taken]
    middle = statistics.median(seconds) * 1000
    late = statistics.quantiles(seconds, n=20)[-1] * 1000
    cpu = statistics.median(one.cpu for one in taken) * 1000
    shown = f"p50 {middle:.2f}, p95 {late:.2f}, CPU {cpu:.2f} ms"
    return Row(name=name, what=what, value=round(late, 3), shown=shown, goal=Goal(0, 20, 5), facts=facts)
