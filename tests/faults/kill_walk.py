"""Walks through a sale and kills the process at every single write; prints one JSON line a kill.

usage: kill_walk.py FOLDER STEP [unplugged | power]
unplugged: the TSE is gone when the register starts again. power: the kill is a power cut, whatever of the write-ahead
log was not synced is gone (the TSE, a device of its own, keeps what it answered).
Started by test_register_kills in a process of its own: it forks a fresh process for each kill and another one that
starts the register again and looks. Kill points are: before and after every SQL statement, before and after every
commit, before and after every call of the TSE.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[1])
STEP = int(sys.argv[2])
UNPLUGGED = sys.argv[3:] == ["unplugged"]
POWER = sys.argv[3:] == ["power"]
os.environ["SMARTECR_DATA"] = str(FOLDER / "base")
os.environ["DJANGO_SETTINGS_MODULE"] = "smartecr.server.settings"
sys.path.insert(0, str(Path(__file__).parents[1]))

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402

from smartecr.core.receipt import Payment  # noqa: E402
from smartecr.register import queries  # noqa: E402
from smartecr.register.books import verify  # noqa: E402
from smartecr.register.models import BasketLine  # noqa: E402
from smartecr.register.sale import paying, selling  # noqa: E402
from smartecr.register.signing import recovery, securing  # noqa: E402
from smartecr.register.till import Till  # noqa: E402
from smartecr.server import wiring  # noqa: E402
from smartecr.tse.virtual import Faults, open_demo  # noqa: E402
from support.shop import CASHIER, ESPRESSO, JUICE, Randomness, stock  # noqa: E402

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
TAPS = [{"id": "a" * 32, "do": "article", "article": ESPRESSO}, {"id": "b" * 32, "do": "article", "article": JUICE}]
RECEIPT = "c" * 32
TOTAL = 240 + 340 + 25


class Killer:
    """Counts the moments of a sale and ends the process at the chosen one."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.count = 0

    def moment(self) -> None:
        """Pass a moment, or die."""
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return `call` with a moment before and after it."""

        def watched(*args: Any, **kwargs: Any) -> Any:
            self.moment()
            answer = call(*args, **kwargs)
            self.moment()
            return answer

        return watched


def build(folder: Path, seed: str, killer: Killer | None = None, faults: Faults | None = None) -> Till:
    """Return the till of `folder`, its devices and database watched by `killer`."""
    connections["default"].settings_dict["NAME"] = folder / "smartecr.sqlite3"

    def open_device() -> Any:
        device = open_demo(folder / "tse", NOW.timestamp, faults=faults)
        if killer is not None:
            for name in ("start_transaction", "finish_transaction"):
                setattr(device, name, killer.around(getattr(device, name)))
        return device

    till = wiring.build_till(folder, lambda: NOW, Randomness(seed), open_device=open_device)
    if killer is not None:
        BaseDatabaseWrapper._commit = killer.around(BaseDatabaseWrapper._commit)
        connection.execute_wrappers.append(
            lambda execute, sql, params, many, context: killer.around(execute)(sql, params, many, context)
        )
    return till


def note_synced(folder: Path) -> None:
    """Let every commit that is synced note how long the write-ahead log is then."""
    commit = BaseDatabaseWrapper._commit

    def noting(wrapper: BaseDatabaseWrapper) -> None:
        commit(wrapper)
        if wrapper.connection.execute("PRAGMA synchronous").fetchone()[0] == 2:
            (folder / "synced").write_text(str((folder / "smartecr.sqlite3-wal").stat().st_size))

    BaseDatabaseWrapper._commit = noting


def cut_power(folder: Path) -> None:
    """Lose what was not synced."""
    log = folder / "smartecr.sqlite3-wal"
    if log.exists():
        kept = int((folder / "synced").read_text()) if (folder / "synced").exists() else 0
        os.truncate(log, min(kept, log.stat().st_size))


def sale(till: Till, acknowledged: Callable[[str], None]) -> None:
    """Ring up two articles and pay them, telling what the screen would show as done."""
    for tap in TAPS:
        assert selling.run(till, CASHIER, [tap])[0].ok
        acknowledged("line")
    basket = queries.current(till).id
    paying.pay(till, CASHIER, basket, RECEIPT, [Payment(kind="Bar", cents=1000)])
    acknowledged("paid")


def victim(folder: Path, at: int) -> None:
    """Sell until killed."""
    killer = Killer(at)
    note_synced(folder)
    till = build(folder, "sale", killer)
    with (folder / "acknowledged").open("a", buffering=1) as file:
        sale(till, lambda word: file.write(word + "\n") and None)


def examine(folder: Path) -> dict[str, Any]:
    """Start the register again, say what state it is in, then repeat the same sale and look once more."""
    faults = Faults(unplugged=UNPLUGGED)
    till = build(folder, "again", faults=faults)
    recovery.recover(till)
    lines = BasketLine.objects.count()
    receipt = queries.find_receipt(RECEIPT)
    state = "nothing" if not lines else "open"
    if receipt is not None:
        state = "signed" if receipt.signed else "outage" if receipt.issued else "lost"
    found = {
        "state": state,
        "lines": lines,
        "findings": verify.examine().findings,
        "receipts": len([row for row in queries.receipts(till) if row.type == "Beleg"]),
    }
    faults.unplugged = False
    end = time.monotonic() + 60
    while till.tse.state.level == "bad" and time.monotonic() < end:
        time.sleep(0.01)
    securing.follow(till, till.tse.state)
    found["open_at_tse"] = len(till.tse.open_transactions().result())
    selling.run(till, CASHIER, TAPS)
    basket = queries.current(till).id
    if basket:
        paying.pay(till, CASHIER, basket, RECEIPT, [Payment(kind="Bar", cents=1000)])
    last = queries.receipt(RECEIPT)
    verdict = verify.examine()
    found |= {
        "end_total": last.total_cents,
        "end_signed": last.signed,
        "end_receipts": len([row for row in queries.receipts(till) if row.type == "Beleg"]),
        "end_findings": verdict.findings,
        "end_cash": queries.cash_stock(till),
        "end_sales_at_tse": sales_at_tse(till),
    }
    till.tse.close()
    return found


def sales_at_tse(till: Till) -> int:
    """Count the finished transactions of the TSE that say Beleg."""
    kinds: Counter[str] = Counter()
    number = 1
    while (found := till.tse.find(number).result()).state != "unknown":
        kinds[found.process_data.decode().split("^")[0]] += 1
        number += 1
    return kinds["Beleg"]


def in_child(work: Callable[[], Any]) -> tuple[int, str]:
    """Fork, do `work`, return the signal that ended the child (0: none) and what it returned as JSON."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        answer = work()
        with os.fdopen(writing, "w") as file:
            json.dump(answer, file)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        text = file.read()
    _, status = os.waitpid(pid, 0)
    return (os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0), text


def prepare() -> None:
    """Make the shop every walk starts from."""
    call_command("migrate", verbosity=0)
    till = build(FOLDER / "base", "base")
    stock(till)
    till.tse.info()
    till.tse.close()
    connections.close_all()


def walk() -> None:
    """Kill at every moment until a sale gets through."""
    code, _ = in_child(prepare)
    assert code == 0
    at = 1
    while True:
        folder = FOLDER / "case"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(FOLDER / "base", folder)
        code, _ = in_child(lambda folder=folder, at=at: victim(folder, at))
        acknowledged = (folder / "acknowledged").read_text().split() if (folder / "acknowledged").exists() else []
        if POWER:
            cut_power(folder)
        _, answer = in_child(lambda folder=folder: examine(folder))
        print(
            json.dumps(
                {"at": at, "killed": code == signal.SIGKILL, "acknowledged": acknowledged, **json.loads(answer)}
            ),
            flush=True,
        )
        if code == 0:
            return
        at += STEP


if __name__ == "__main__":
    walk()
