"""A receipt of 40 lines with the TSE's QR code as bytes for a printer, beside python-escpos; and how it gets on paper.

Goal 12 asks for 4 (dream 7) times python-escpos where the printer draws the code, 8 (20) times where the host does.
Every receipt of ours is another one: number, times, signature and code change, articles come again as in a shop. The
peer prints the same 40 lines and the code, but no VAT table, no TSE values and no wrapping.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench.measure import Goal, Row, Side, compare, rows_of, timed
from smartecr.printer import compose, escpos, links
from smartecr.printer.document import Item, PaymentRow, ReceiptDocument, Shop, TseBlock, VatRow
from smartecr.printer.posprinter import PosPrinter
from smartecr.printer.profile import PROFILES
from smartecr.printer.twinport import TwinPort
from smartecr.printer.virtual import VirtualPrinter

SMALL, FULL = 30, 200
BEGIN = datetime(2026, 11, 24, 8, 42, tzinfo=ZoneInfo("Europe/Berlin"))
ITEMS = tuple(
    Item(
        text=f"Käsebrötchen Größe {place:02d}",
        quantity=(1 + place % 3) * 1000,
        unit_cents=199 + 37 * place,
        cents=(199 + 37 * place) * (1 + place % 3),
        letter="B",
    )
    for place in range(40)
)
TOTAL = sum(item.cents for item in ITEMS)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--pairs", type=int, default=9)


def measure(options: argparse.Namespace, _folder: Path) -> list[Row]:
    """Return the rows: bytes made with the printer's and the host's code, and the way to the virtual paper."""
    rounds = FULL if options.full else SMALL
    native, drawn = PROFILES["epson-42"], PROFILES["plain-58"]
    documents = [document(number) for number in range(1, (options.pairs + 1) * rounds + 2)]
    rows: list[Row] = []
    for name, ours, peer, goal in (
        ("receipt, printer's QR", native, True, Goal(12, 1 / 4, 1 / 7)),
        ("receipt, host's QR", drawn, False, Goal(12, 1 / 8, 1 / 20)),
    ):
        facts = {
            "bytes": len(escpos.render(documents[0], ours)),
            "peer_bytes": len(_peer(documents[0], native=peer)),
            "cold_ms": round(_cold(ours), 2),
        }
        taken = compare(
            _side(lambda paper, peer=peer: _peer(paper, native=peer), documents, rounds),  # type: ignore[misc]
            _side(lambda paper, ours=ours: escpos.render(paper, ours), documents, rounds),  # type: ignore[misc]
            options.pairs,
        )
        rows += rows_of(name, "40 lines, ours / python-escpos", taken, goal, facts)
    return [*rows, _to_paper(rounds)]


def document(number: int) -> ReceiptDocument:
    """Return the receipt with this number."""
    started = BEGIN + timedelta(seconds=40 * number)
    finished = started + timedelta(seconds=31)
    signature = f"{number:08d}" + "A" * 120
    code = (
        f"V0;KASSE-01;Kassenbeleg-V1;Beleg^{TOTAL / 100:.2f}_10.70_0.00_0.00_0.00^{TOTAL / 100:.2f}:Bar;{number};"
        f"{2 * number};{started.isoformat()};{finished.isoformat()};ecdsa-plain-SHA384;unixTime;{signature};{'B' * 132}"
    )
    tse = TseBlock(
        serial="5fd21b0a" * 8, transaction_number=number, signature_counter=2 * number, started=started,
        finished=finished, algorithm="ecdsa-plain-SHA384", signature=signature,
    )  # fmt: skip
    return replace(
        _BLANK, number=number, issued=finished, started=started, finished=finished, tse=tse, outage="", qr=code
    )


_BLANK = ReceiptDocument(
    shop=Shop(name="Muster GmbH", address=("Lindenstr. 4", "04109 Leipzig"), tax_number="232/123/45678"),
    title="Rechnung",
    number=0,
    register="Kasse 1",
    register_serial="KASSE-01",
    issued=BEGIN,
    started=BEGIN,
    finished=BEGIN,
    items=ITEMS,
    total_cents=TOTAL,
    payments=(PaymentRow(name="Bar", cents=TOTAL),),
    vat=(VatRow(letter="B", label="7 %", gross_cents=TOTAL, net_cents=TOTAL, tax_cents=0),),
    outage="TSE ausgefallen",
)


def _side(make: Callable[[ReceiptDocument], object], documents: Sequence[ReceiptDocument], rounds: int) -> Side:
    following = cycle(documents)
    return lambda: timed(lambda: make(next(following)), rounds)


def _cold(profile: Any) -> float:
    """Return the milliseconds of a first receipt, when nothing is remembered."""
    walls = []
    for number in range(5):
        paper = document(10_000 + number)
        escpos._press.cache_clear()
        compose._item.cache_clear()
        begin = time.process_time()
        escpos.render(paper, profile)
        walls.append((time.process_time() - begin) * 1000)
    return statistics.median(walls)


def _peer(paper: ReceiptDocument, *, native: bool) -> bytes:
    """Return the same lines and code from python-escpos."""
    from escpos.printer import Dummy

    printer = Dummy(profile="TM-T88III")
    printer.set(align="center", bold=True, double_height=True)
    printer.textln("Muster GmbH")
    printer.set_with_default()
    for item in ITEMS:
        printer.textln(f"{(item.quantity or 0) // 1000:>2} x {item.text:<26}{item.cents / 100:>12.2f}")
    printer.textln("-" * 42)
    printer.set(bold=True)
    printer.textln(f"SUMME EUR {TOTAL / 100:>31.2f}")
    printer.set_with_default()
    printer.qr(paper.qr, size=4, native=native)
    printer.cut()
    return bytes(printer.output)


def _to_paper(rounds: int) -> Row:
    """Return the row of the way to paper: bytes handed over until the virtual printer confirms them."""
    profile = PROFILES["virtual-80"]
    twin = VirtualPrinter(profile)
    server = TwinPort(twin)
    printer = PosPrinter(links.tcp("127.0.0.1", server.port), profile)
    walls = []
    for number in range(1, min(rounds, 30) + 1):
        data = escpos.render(document(number), profile, number)
        begin = time.perf_counter()
        printer.put(data, number)
        walls.append((time.perf_counter() - begin) * 1000)
    printer.close()
    server.close()
    median = statistics.median(walls)
    whole = len(twin.sheets) == len(walls) and not twin.unknown
    return Row(
        name="receipt, to paper",
        what="ms from the first byte to the virtual printer's confirmation",
        value=median if whole else None,
        shown=f"{median:.1f} ms, {len(data)} bytes, {len(twin.sheets)} of {len(walls)} sheets",
        facts={"p95_ms": round(sorted(walls)[int(len(walls) * 0.95) - 1], 2), "bytes": len(data)},
    )
