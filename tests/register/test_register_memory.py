"""What a process remembers of a register is what stands in the books; and one transaction is one."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.transaction import TransactionManagementError, atomic

from smartecr import sql
from smartecr.core.receipt import Payment
from smartecr.register import head, queries
from smartecr.register.books import closing
from smartecr.register.errors import RegisterError, ReplayError
from smartecr.register.ledger import writing
from smartecr.register.sale import baskets, ordering, paying, refunding, selling, training
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from support.shop import CASHIER, ESPRESSO, JUICE, LATTE, MANAGER, OWNER, pay_cash, ring


def holds(till: Till) -> bool:
    """Compare what is remembered with what a fresh process would read; return whether anything was remembered."""
    known = head.remembered(till)
    if known is None:
        return False
    assert known.newest == head.read(till)
    if known.basket_known:
        stored = baskets.load_open(till.register_id)
        assert (known.basket is None) == (stored is None)
        if known.basket is not None and stored is not None:
            assert dict(known.basket.row) == dict(stored.row)
            assert (known.basket.basket, dict(known.basket.positions)) == (stored.basket, dict(stored.positions))
    return True


def _tap(till: Till, rnd: random.Random) -> None:
    what = rnd.choice(
        ["article", "article", "article", "void", "quantity", "in_house", "discount", "park", "recall", "discard"]
    )
    shown = queries.current(till)
    lines = [line.id for line in shown.basket.lines if not line.voided and not line.parent_id]
    arguments: dict[str, Any] = {
        "article": {"article": rnd.choice([ESPRESSO, JUICE, LATTE])},
        "void": {"line": rnd.choice(lines or ["x"])},
        "quantity": {"line": rnd.choice(lines or ["x"]), "quantity": rnd.choice([1000, 3000])},
        "in_house": {"value": rnd.random() < 0.5},
        "discount": {"kind": "percent", "value": rnd.choice([0, 1000])},
        "recall": {"basket": next((one.id for one in queries.parked(till)), "x")},
    }.get(what, {})
    selling.run(till, MANAGER, [{"id": till.new_id(), "do": what, **arguments}])


def _pay(till: Till, _rnd: random.Random) -> None:
    shown = queries.current(till)
    if any(not line.voided for line in shown.basket.lines):
        paying.pay(till, CASHIER, shown.id, till.new_id(), [Payment(kind="Bar", cents=100_000)])


def _order(till: Till, _rnd: random.Random) -> None:
    shown = queries.current(till)
    if shown.id:
        ordering.order(till, CASHIER, shown.id, till.new_id(), "Tisch 4")


def _refund(till: Till, _rnd: random.Random) -> None:
    last = queries.last_receipt(till)
    if last is not None:
        refunding.refund(till, MANAGER, till.new_id(), last.id, "Reklamation")


def _practice(till: Till, rnd: random.Random) -> None:
    training.switch(till, OWNER, on=rnd.random() < 0.3)


def _save(till: Till, rnd: random.Random) -> None:
    masterdata.save_shop(till, OWNER, {"name": "Laden", "cutoff_hour": rnd.choice([0, 4])})


STEPS: list[Callable[[Till, random.Random], None]] = [_tap] * 8 + [_pay, _pay, _order, _refund, _practice, _save]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_what_is_remembered_is_what_is_read(till: Till, seed: int) -> None:
    rnd = random.Random(seed)
    remembered = 0
    for _ in range(60):
        with contextlib.suppress(RegisterError):
            rnd.choice(STEPS)(till, rnd)
        remembered += holds(till)
    assert remembered > 30


def test_a_closing_is_noticed(till: Till) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    assert head.head(till).period_open and holds(till)
    closing.close_day(till, MANAGER, till.new_id(), None)
    assert not head.head(till).period_open
    holds(till)


def test_what_another_process_writes_is_noticed(till: Till) -> None:
    ring(till, ESPRESSO)
    ring(till, ESPRESSO)
    other = replace(till, memory=None, items={}, starts={}, securing={})
    assert holds(till)
    ring(other, JUICE)
    assert head.remembered(till) is None
    shown = queries.current(till)
    assert next(line.text for line in shown.basket.lines) == "Espresso" and len(shown.basket.lines) == 3
    receipt = pay_cash(other)
    with pytest.raises(RegisterError, match="schon bezahlt"):
        paying.pay(till, CASHIER, shown.id, till.new_id(), [Payment(kind="Bar", cents=100_000)])
    assert queries.current(till).id == "" and queries.receipt(receipt.id).signed


def test_an_id_of_another_receipt_is_refused_and_the_basket_stays(till: Till) -> None:
    ring(till, ESPRESSO)
    first = pay_cash(till)
    ring(till, JUICE)
    ring(till, JUICE)
    shown = queries.current(till)
    assert holds(till)
    with pytest.raises(ReplayError), atomic():
        paying.pay(till, CASHIER, shown.id, first.id, [Payment(kind="Bar", cents=100_000)])
    assert queries.current(till).version == shown.version
    assert paying.pay(till, CASHIER, shown.id, till.new_id(), [Payment(kind="Bar", cents=100_000)]).signed


def test_what_fails_is_not_remembered(till: Till) -> None:
    ring(till, ESPRESSO)
    ring(till, ESPRESSO)
    before = till.memory
    with pytest.raises(ZeroDivisionError), writing(till, CASHIER) as writer:
        writer.append("drawer_opened", {"reason": "x"})
        raise ZeroDivisionError
    assert till.memory is before and holds(till)


@pytest.fixture
def alone(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DatabaseWrapper]:
    """An SQLite file of its own, without a test's transaction around it, as `sql` finds it in this thread."""
    settings = {**connections.databases["default"], "ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}}
    wrapper = DatabaseWrapper({**settings, "NAME": tmp_path / "alone.sqlite3"}, "alone")
    connections["alone"] = wrapper
    monkeypatch.setattr(sql._here, "wrapper", wrapper)
    sql.write("CREATE TABLE thing (id text PRIMARY KEY)", [])
    yield wrapper
    wrapper.close()
    del connections["alone"]


class TestTransaction:
    """`sql.transaction` where it speaks to SQLite directly."""

    INSERT = "INSERT INTO thing (id) VALUES (%s)"

    def count(self) -> int:
        return int(sql.select("SELECT count(*) FROM thing")[0][0])

    def test_it_commits(self, alone: DatabaseWrapper) -> None:
        with sql.transaction(synced=True):
            sql.write(self.INSERT, ["a"])
        assert self.count() == 1 and not alone.in_atomic_block and not alone.connection.in_transaction

    def test_it_undoes_what_fails(self, alone: DatabaseWrapper) -> None:
        with pytest.raises(IntegrityError), sql.transaction(synced=False):
            sql.write(self.INSERT, ["a"])
            sql.write(self.INSERT, ["a"])
        assert self.count() == 0 and not alone.in_atomic_block
        with sql.transaction(synced=True):
            sql.write(self.INSERT, ["b"])
        assert self.count() == 1

    def test_djangos_transactions_within_are_its_parts(self, alone: DatabaseWrapper) -> None:
        with sql.transaction(synced=True):
            sql.write(self.INSERT, ["a"])
            with pytest.raises(ZeroDivisionError), atomic(using="alone"):
                sql.write(self.INSERT, ["b"])
                raise ZeroDivisionError
        assert self.count() == 1

    def test_a_broken_one_is_undone(self, alone: DatabaseWrapper) -> None:
        with pytest.raises(TransactionManagementError), sql.transaction(synced=True):
            sql.write(self.INSERT, ["a"])
            alone.needs_rollback = True
        assert self.count() == 0 and not alone.needs_rollback
