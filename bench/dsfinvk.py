"""DSFinV-K: our export over a plain streaming floor, memory of a long over a short export, validator over csv.reader.

The same receipts of three lines come out of one SQLite file on both sides. The floor formats what it reads with `%` and
deflates it member by member with the standard library; it knows no quotes, checks nothing and adds nothing up. With
`--peer PYTHON` (an interpreter that has the package `dsfinvk`) that package writes the same receipts too; without, its
row says absent.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from bench.measure import Goal, Row, Sample, compare, rows_of, timed
from smartecr.core.remembered import Remembered
from smartecr.core.vat import split_gross
from smartecr.fiscal.dsfinvk.records import (
    Address,
    Closing,
    Company,
    Device,
    Line,
    Location,
    MasterData,
    Payment,
    Receipt,
    Tse,
    TseTransaction,
    VatAmount,
)
from smartecr.fiscal.dsfinvk.tables import LINES, LINES_VAT, TRANSACTIONS, TRANSACTIONS_TSE, TRANSACTIONS_VAT
from smartecr.fiscal.dsfinvk.writer import write

GOAL_EXPORT, GOAL_MEMORY, GOAL_CHECK = Goal(15, 1.5, 1.1), Goal(8, 1.2, 1.05), Goal(15, 4, 3)
GOAL_PEER = Goal(7, 10, 20, least=True)
PER_DAY, BEGIN, SIGNATURE = 500, 1_735_718_400, "MEUCIQ" + "D" * 80 + "=="
AT = datetime(2026, 1, 1, tzinfo=UTC)
ADDRESS = Address(street="Weg 1", postcode="10115", city="Berlin")
MASTER = MasterData(
    company=Company(name="Muster GmbH", address=ADDRESS, tax_number="1"),
    location=Location(name="Laden", address=ADDRESS),
    register=Device(id="K1", serial="K1"),
    rates=((1, 1900, "19 %"), (2, 700, "7 %")),
    tses=(
        Tse(
            id=1,
            serial="0" * 64,
            algorithm="ecdsa-plain-SHA256",
            time_format="unixTime",
            public_key="BA==",
            certificate="MA==",
        ),
    ),
)
SCHEMA = """
CREATE TABLE receipt (id INTEGER PRIMARY KEY, z INTEGER, began INTEGER, ended INTEGER, cents INTEGER, kind TEXT,
    counter INTEGER, signature TEXT, data TEXT);
CREATE TABLE line (receipt INTEGER, position INTEGER, text TEXT, article TEXT, quantity INTEGER, unit INTEGER,
    vat_key INTEGER, gross INTEGER, net INTEGER, PRIMARY KEY (receipt, position)) WITHOUT ROWID;
CREATE TABLE vat (receipt INTEGER, vat_key INTEGER, gross INTEGER, net INTEGER,
    PRIMARY KEY (receipt, vat_key)) WITHOUT ROWID;
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--receipts", type=int, default=20_000, help="receipts a round (the goal names 100,000)")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--peer", type=Path, help="interpreter that has the package dsfinvk")


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows."""
    from smartecr.fiscal.dsfinvk.validator import validate  # what only the check needs is not in the export's memory

    source, target = folder / "books.sqlite", folder / "ours.zip"
    count = 100_000 if options.full else options.receipts
    fill(source, count)
    facts = {"receipts": count, "deflated": True}
    taken = compare(
        lambda: timed(lambda: floor(source, folder / "floor.zip"), 1), lambda: _ours(source, target), options.pairs
    )
    rows = rows_of("dsfinvk export", "export / streaming floor, both deflated", taken, GOAL_EXPORT, facts)
    for name, workers in (("dsfinvk check", None), ("dsfinvk check, alone", 0)):
        taken = compare(
            lambda: timed(lambda: read(target), 1),
            lambda workers=workers: _checked(lambda: validate(target, workers=workers)),  # type: ignore[misc]
            options.pairs,
        )
        rows += rows_of(name, "validator without signatures / csv.reader alone", taken, GOAL_CHECK, facts)
    return [*rows, _memory(folder, count), *_peer(options, source, folder, count)]


def _checked(check: Callable[[], object]) -> Sample:
    """Take a round of which other processes do a part: their CPU counts too."""
    before, begin = os.times(), time.perf_counter()
    check()
    wall, after = time.perf_counter() - begin, os.times()
    return Sample(wall * 1000, sum(after[:4]) * 1000 - sum(before[:4]) * 1000)


def fill(path: Path, count: int) -> None:
    """Make the receipts."""
    database = sqlite3.connect(path)
    database.executescript(SCHEMA)
    for number in range(1, count + 1):
        z, place = divmod(number - 1, PER_DAY)
        end = BEGIN + z * 86_400 + place * 60
        lines, sums = [], {1: 0, 2: 0}
        for position in (1, 2, 3):
            article = (number * 7919 + position * 104_729) % 5000
            key, gross = 1 + article % 2, (50 + article * 37 % 5000) * (1 + article % 3)
            net, _ = split_gross(gross, 1900 if key == 1 else 700)
            quantity = 1 + article % 3
            text = f"Artikel {article} Bezeichnung"
            lines.append((number, position, text, str(article), quantity, gross // quantity, key, gross, net))
            sums[key] += gross
        vat = [(number, key, g, split_gross(g, 1900 if key == 1 else 700)[0]) for key, g in sums.items() if g]
        slots = "_".join(f"{sums[key] // 100}.{sums[key] % 100:02d}" for key in (1, 2))
        total, cash = sum(sums.values()), number % 2
        data = f"Beleg^{slots}_0.00_0.00_0.00^{total // 100}.{total % 100:02d}:{'Bar' if cash else 'Unbar'}"
        kind = "Bar" if cash else "ECKarte"
        head = (number, z + 1, end - 45, end, total, kind, 2 * number, SIGNATURE, data)
        database.execute("INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", head)
        database.executemany("INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", lines)
        database.executemany("INSERT INTO vat VALUES (?, ?, ?, ?)", vat)
    database.commit()
    database.close()


def _ours(source: Path, target: Path) -> object:
    return timed(lambda: write(target, books(source), at=AT), 1)


_LINES = (
    "SELECT receipt, json_array(text, article, quantity, unit, vat_key, gross, net) FROM line "
    "ORDER BY receipt, position"
)


def books(path: Path) -> Iterator[tuple[Closing, Iterator[Receipt]]]:
    """Yield the closings with their receipts, read as `exporting.books` reads a register's."""
    database = sqlite3.connect(path)
    line_of = Remembered(_line)
    lines = groupby(database.execute(_LINES), itemgetter(0))
    vats = groupby(database.execute("SELECT * FROM vat ORDER BY receipt, vat_key"), itemgetter(0))
    heads = database.execute("SELECT * FROM receipt ORDER BY id")
    for z, receipts in groupby(heads, itemgetter(1)):
        closing = Closing(number=z, created=BEGIN + z * 86_400 - 3600, master=MASTER)
        yield closing, (_receipt(head, line_of, next(lines)[1], next(vats)[1]) for head in receipts)
    database.close()


_new = tuple.__new__  # as `exporting` makes them


def _line(packed: str) -> Line:
    text, article, quantity, unit, key, gross, net = json.loads(packed)
    return Line(text, "Umsatz", (VatAmount(key, gross, net, gross - net),), quantity * 1000, unit, article)


def _receipt(
    head: tuple[Any, ...],
    line_of: Mapping[str, Line],
    lines: Iterator[tuple[Any, ...]],
    vats: Iterator[tuple[Any, ...]],
) -> Receipt:
    number, _, began, ended, cents, kind, counter, signature, data = head
    return Receipt(
        str(number), number, began, ended, "7", "Anna", cents,
        tuple([line_of[packed] for _, packed in lines]),
        tuple([_new(VatAmount, (key, gross, net, gross - net)) for _, key, gross, net in vats]),
        (Payment(kind, cents),),
        (TseTransaction(1, number, began, ended, "Kassenbeleg-V1", counter, signature, data),),
    )  # fmt: skip


def floor(source: Path, target: Path) -> None:
    """Write the five large tables with the least code that does it, deflated by zlib at its quickest."""
    database = sqlite3.connect(source)
    key = "K1;2026-01-01T00:00:00+01:00;%d;%d;"
    iso = "strftime('%Y-%m-%dT%H:%M:%S', {}, 'unixepoch')"
    began, ended = iso.format("began"), iso.format("ended")
    joined = "JOIN receipt ON id = receipt ORDER BY receipt"
    members = {
        TRANSACTIONS: (
            f"SELECT z, id, id, {began}, {ended}, cents / 100, cents % 100 FROM receipt ORDER BY id",
            key + "%d;Beleg;;;0;%s+01:00;%s+01:00;7;Anna;%d,%02d;;;;;;;;;\r\n",
        ),
        TRANSACTIONS_TSE: (
            f"SELECT z, id, id, {began}, {ended}, counter, signature, data FROM receipt ORDER BY id",
            key + "1;%d;%s.000Z;%s.000Z;Kassenbeleg-V1;%d;%s;;%s\r\n",
        ),
        LINES: (
            "SELECT z, receipt, position, text, article, quantity, unit / 100, unit % 100 FROM line " + joined,
            key + "%d;;%s;;Umsatz;;;0;0;%s;;;;%d,000;1,000;;%d,%02d\r\n",
        ),
        LINES_VAT: (
            "SELECT z, receipt, position, vat_key, gross / 100, gross % 100, net / 100, net % 100, "
            "(gross - net) / 100, (gross - net) % 100 FROM line " + joined,
            key + "%d;%d;%d,%02d;%d,%02d;%d,%02d\r\n",
        ),
        TRANSACTIONS_VAT: (
            "SELECT z, receipt, vat_key, gross / 100, gross % 100, net / 100, net % 100, "
            "(gross - net) / 100, (gross - net) % 100 FROM vat " + joined,
            key + "%d;%d,%02d;%d,%02d;%d,%02d\r\n",
        ),
    }
    payments = ("SELECT z, id, kind, cents / 100, cents % 100 FROM receipt ORDER BY id", key + "%s;;EUR;;%d,%02d\r\n")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, (query, form) in {**{table.file: both for table, both in members.items()}, "p.csv": payments}.items():
            with archive.open(name, "w", force_zip64=True) as file:
                cursor = database.execute(query)
                while rows := cursor.fetchmany(4096):
                    file.write("".join([form % row for row in rows]).encode())
    database.close()


def read(path: Path) -> int:
    """Read every row of every table with the csv module alone; return how many there are."""
    rows = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".csv"):
                with archive.open(name) as file:
                    text = io.TextIOWrapper(file, "utf-8", newline="")
                    rows += sum(1 for _ in csv.reader(text, delimiter=";"))
    return rows


def _memory(folder: Path, count: int) -> Row:
    """Compare the peak memory of an export ten times as long, each in a process of its own."""
    peaks = []
    for receipts in (count // 10, count):
        source = folder / f"{receipts}.sqlite"
        fill(source, receipts)
        command = [sys.executable, "-m", "bench.dsfinvk", str(source), str(folder / "memory.zip")]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        peaks.append(json.loads(done.stdout)["peak_mb"])
    ratio = peaks[1] / peaks[0]
    facts = {"receipts": count, "peak_mb": peaks}
    what = "peak memory of an export / of one a tenth as long"
    return Row(name="dsfinvk memory", what=what, value=ratio, shown=f"{ratio:.2f}", goal=GOAL_MEMORY, facts=facts)


PEER = """
import sys, time, sqlite3, json, tempfile, os, datetime as dt
from decimal import Decimal
from dsfinvk import models as m
from dsfinvk.collection import Collection
db = sqlite3.connect(sys.argv[1]); c = Collection(); t = time.process_time()
cent = lambda v: Decimal(v) / 100
when = lambda s: dt.datetime.fromtimestamp(s, dt.timezone.utc)
heads = {}
for i, z, a, e, g, kind, n, sig, data in db.execute("SELECT * FROM receipt ORDER BY id"):
    h = heads[i] = dict(Z_KASSE_ID="K1", Z_ERSTELLUNG=when(e), Z_NR=z, BON_ID=str(i))
    c.add(m.Bonkopf(**h, BON_NR=i, BON_TYP="Beleg", BON_STORNO=False, BON_START=when(a), BON_ENDE=when(e),
                    BEDIENER_ID="7", BEDIENER_NAME="Anna", UMS_BRUTTO=cent(g)))
    c.add(m.Bonkopf_Zahlarten(**h, ZAHLART_TYP=kind, ZAHLWAEH_CODE="EUR", BASISWAEH_BETRAG=cent(g)))
    c.add(m.TSE_Transaktionen(**h, TSE_ID=1, TSE_TANR=i, TSE_TA_START=when(a).isoformat(),
                              TSE_TA_ENDE=when(e).isoformat(), TSE_TA_VORGANGSART="Kassenbeleg-V1", TSE_TA_SIGZ=n,
                              TSE_TA_SIG=sig, TSE_VORGANGSDATEN=data))
for i, p, text, art, q, u, k, g, n in db.execute("SELECT * FROM line ORDER BY receipt, position"):
    h = heads[i]
    c.add(m.Bonpos(**h, POS_ZEILE=str(p), ARTIKELTEXT=text, GV_TYP="Umsatz", P_STORNO=False, AGENTUR_ID=0, ART_NR=art,
                   MENGE=q, FAKTOR=1, STK_BR=cent(u)))
    c.add(m.Bonpos_USt(**h, POS_ZEILE=str(p), UST_SCHLUESSEL=k, POS_BRUTTO=cent(g), POS_NETTO=cent(n),
                       POS_UST=cent(g - n)))
for i, k, g, n in db.execute("SELECT * FROM vat ORDER BY receipt, vat_key"):
    c.add(m.Bonkopf_USt(**heads[i], UST_SCHLUESSEL=k, BON_BRUTTO=cent(g), BON_NETTO=cent(n), BON_UST=cent(g - n)))
d = tempfile.mkdtemp(dir=os.path.dirname(sys.argv[2])); paths = [os.path.join(d, n) for n in ("index.xml", "a.dtd")]
[open(p, "w").write("<x/>") for p in paths]
c.write(sys.argv[2], *paths)
cpu = time.process_time() - t
peak = next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"cpu_s": cpu, "peak_mb": peak}))
"""


def _peer(options: argparse.Namespace, source: Path, folder: Path, count: int) -> list[Row]:
    """Compare with the package `dsfinvk`, each in a process of its own, in turn."""
    what = "package dsfinvk / ours, CPU; its memory / ours"
    if options.peer is None:
        return [Row(name="dsfinvk peer", what=what, value=None, shown="absent: give --peer", goal=GOAL_PEER)]
    ratios, memory = [], []
    for _ in range(3):
        taken = []
        for command in ([str(options.peer), "-c", PEER], [sys.executable, "-m", "bench.dsfinvk"]):
            done = subprocess.run([*command, str(source), str(folder / "peer.zip")], stdout=subprocess.PIPE, check=True)
            taken.append(json.loads(done.stdout))
        ratios.append(taken[0]["cpu_s"] / taken[1]["cpu_s"])
        memory.append(taken[0]["peak_mb"] / taken[1]["peak_mb"])
    facts = {"receipts": count, "ratios": ratios, "memory": memory}
    shown = f"{sorted(ratios)[1]:.1f}, memory {sorted(memory)[1]:.1f}"
    return [Row(name="dsfinvk peer", what=what, value=sorted(ratios)[1], shown=shown, goal=GOAL_PEER, facts=facts)]


def main() -> None:
    """Export once and print CPU and peak memory (of this process alone: `ru_maxrss` begins with its parent's)."""
    source, target = map(Path, sys.argv[1:])
    begin = time.process_time()
    write(target, books(source), at=AT)
    cpu = time.process_time() - begin
    with Path("/proc/self/status").open() as status:
        peak = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    print(json.dumps({"cpu_s": cpu, "peak_mb": peak}))


if __name__ == "__main__":
    main()
