"""The time machine tells of every past moment what the register itself said then, to the cent."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import connection

from smartecr.catalog.models import Article
from smartecr.core.closing import ClosingTotals
from smartecr.register import queries
from smartecr.register.books import closing, past
from smartecr.register.cashdesk import cash
from smartecr.register.errors import RegisterError
from smartecr.register.head import Head, head
from smartecr.register.sale import selling
from smartecr.register.sale.baskets import load_aside, load_open
from smartecr.register.shop import masterdata
from smartecr.register.till import Till, instant
from smartecr.sql import fetch, select
from smartecr.tse.virtual import Faults
from support.busymonth import Month
from support.shop import CASHIER, ESPRESSO, JUICE, MANAGER, OWNER, ROLL, Clock, command, pay_cash, ring
from support.tampering import unguard


@dataclass(frozen=True)
class Live:
    """What the register said of itself when `seq` was the last entry of its journal."""

    head: Head
    drawer_cents: int
    totals: ClosingTotals
    baskets: dict[str, tuple[str, queries.ParkedBasket]]
    prices: dict[str, tuple[int, str, str, bool]]
    outage: str


def live(till: Till) -> Live:
    """Ask the running register."""
    standing = head(till)
    shown = load_open(till.register_id)
    stored = [shown] if shown is not None and any(not line.voided for line in shown.basket.lines) else []
    for state in ("parked", "paying"):
        stored += [one for one in load_aside(till.register_id, state) if any(not x.voided for x in one.basket.lines)]
    outage = fetch("SELECT reason FROM register_outage WHERE ended_at = ''")
    return Live(
        standing,
        queries.cash_stock(till),
        closing.x_report(till).totals,
        {one.id: (one.row["state"], queries.aside(one, one.row["label"], standing.business_day)) for one in stored},
        {one.id: (one.price_cents, one.prices, one.offers, one.active) for one in Article.objects.all()},
        outage[0]["reason"] if outage else "",
    )


def rebuilt(found: past.Past) -> Live:
    """Say of a rebuilt moment what `live` says."""
    return Live(
        found.head,
        found.drawer_cents,
        found.totals,
        {held.basket.id: (held.state, held.basket) for held in found.baskets},
        {key: (price.cents, price.prices, price.offers, price.active) for key, price in found.prices.items()},
        found.outage,
    )


class Watched(Month):
    """A shop that is asked after everything that happens; prices change and people come and go, too."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.seen: list[tuple[str, Live]] = []

    def _do(self, name: str, act: Any) -> None:
        super()._do(name, act)
        self.seen.append((self.till.now(), live(self.till)))
        self.clock.forward(seconds=1)

    def act_price(self) -> None:
        article = self.random.choice(self.articles)
        row = Article.objects.filter(id=article).values().get()
        change = {"table": "catalog_article", "key": article, "columns": row | {"price_cents": row["price_cents"] + 10}}
        masterdata.save_articles(self.till, OWNER, [change])

    def act_shift(self) -> None:
        for kind, who in (("logged_in", CASHIER), ("logged_out", CASHIER), ("logged_in", MANAGER)):
            masterdata.note(self.till, who, kind, {})


LONG = (pytest.mark.slow, pytest.mark.once)


@pytest.mark.parametrize("seed", [3, pytest.param(11, marks=LONG), pytest.param(12, marks=LONG)])
def test_every_moment_is_as_it_was(till: Till, clock: Clock, faults: Faults, seed: int) -> None:
    month = Watched(till, clock, faults, seed)
    month.live(days=4 if seed > 3 else 2, acts=6)
    wrong = [
        (at, name)
        for at, then in month.seen
        for found in [past.rebuild(till.register_id, at)]
        for name in then.__dataclass_fields__
        if getattr(rebuilt(found), name) != getattr(then, name)
    ]
    assert not wrong
    for at, then in random.Random(seed).sample(month.seen, 20):
        after = past.rebuild_after(till.register_id, then.head.seq)
        assert replace(rebuilt(after), head=then.head) == then, at
        assert after.head.seq == then.head.seq
    assert [name for name, _ in past.rebuild(till.register_id, till.now()).people] == [MANAGER.name]


def test_every_entry_is_a_moment(till: Till, clock: Clock) -> None:
    """Also in the middle of a sale."""
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 10000, "")
    ring(till, ESPRESSO, JUICE)
    pay_cash(till, 2000)
    drawer, shown = [], []
    for (seq,) in select("SELECT seq FROM register_journal ORDER BY seq"):
        found = past.rebuild_after(till.register_id, seq)
        drawer.append(found.drawer_cents)
        shown.append([held.basket.pieces for held in found.baskets])
    assert sorted(set(drawer)) == [0, 10000, found.drawer_cents]
    assert [1] in shown
    assert [2] in shown
    assert shown[-1] == []


def test_an_empty_basket_may_outlive_a_closing(till: Till, clock: Clock) -> None:
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 10000, "")
    ring(till, ROLL)
    line = queries.current(till).basket.lines[0].id
    selling.run(till, MANAGER, [command(till, "void", line=line)])
    clock.forward(hours=10)
    closing.close_day(till, MANAGER, till.new_id(), None)
    clock.forward(hours=10)
    ring(till, JUICE)
    assert rebuilt(past.rebuild(till.register_id, till.now())) == live(till)
    assert len(past.rebuild(till.register_id, till.now()).baskets) == 1


def test_differences_between_two_moments(till: Till, clock: Clock) -> None:
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 10000, "")
    first = past.rebuild(till.register_id, till.now())
    clock.forward(minutes=5)
    ring(till, ESPRESSO)
    sale = pay_cash(till)
    ring(till, ROLL)
    selling.run(till, CASHIER, [command(till, "park", label="Eck")])
    masterdata.note(till, CASHIER, "logged_in", {})
    row = Article.objects.filter(id=ROLL).values().get()
    changed = {"table": "catalog_article", "key": ROLL, "columns": row | {"price_cents": 999}}
    masterdata.save_articles(till, OWNER, [changed])
    found = past.differences(first, past.rebuild(till.register_id, till.now()))
    told = {(one.what, one.name): (one.before, one.after) for one in found}
    assert told["drawer", ""] == (10000, 10000 + sale.total_cents)
    assert told["turnover", ""] == (0, sale.total_cents)
    assert told["price", row["name"]] == (row["price_cents"], 999)
    assert told["basket", "Eck"] == (None, row["price_cents"])
    assert told["person", CASHIER.name][0] is None
    assert past.differences(first, first) == []


def test_before_the_first_entry_there_was_no_register(till: Till, clock: Clock) -> None:
    clock.forward(days=-30)
    with pytest.raises(RegisterError, match="noch keine Kasse"):
        past.rebuild(till.register_id, instant(clock()))
    with pytest.raises(RegisterError, match="noch keine Kasse"):
        past.rebuild_after(till.register_id, 10_000)


def test_an_unreadable_entry_is_named(till: Till) -> None:
    ring(till, ROLL)
    unguard()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE register_journal SET body = '{}' WHERE kind = 'line_added'")
    with pytest.raises(RegisterError, match="nicht lesbar"):
        past.rebuild(till.register_id, till.now())
