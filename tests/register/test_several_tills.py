"""Two registers of one shop, each closed twice on one day: books, DSFinV-K, DATEV, cash book and past stay apart."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartecr.catalog.models import Article
from smartecr.core.promotions import Promotion
from smartecr.core.receipt import Payment
from smartecr.fiscal.datev import extf
from smartecr.fiscal.datev.accounts import Chart
from smartecr.fiscal.dsfinvk import validator, writer
from smartecr.register import queries
from smartecr.register.books import bookkeeping, closing, exporting, past, verify
from smartecr.register.cashdesk import cash, cashbook
from smartecr.register.errors import RegisterError
from smartecr.register.models import Shop
from smartecr.register.queries import ReceiptState
from smartecr.register.regulars import loyalty
from smartecr.register.sale import paying, refunding, scanned
from smartecr.register.shop import masterdata, pricedates
from smartecr.register.till import Till
from smartecr.scanner.code import Code, Kind
from smartecr.server import wiring
from smartecr.server.cmdline.command_dsfinvk import check_signature
from support.dsfinvkbooks import taken_apart
from support.shop import COFFEE, ESPRESSO, MANAGER, OWNER, ROLL, Clock, Randomness, pay_cash, ring

AGREED = bookkeeping.Adviser(client=extf.Client(consultant=1001, client=1), chart=Chart())


def sell(till: Till, *articles: str, card: bool = False) -> int:
    ring(till, *articles)
    if not card:
        return pay_cash(till).total_cents
    state = queries.current(till)
    given = [Payment(kind="ECKarte", name="girocard", cents=state.priced.total_cents)]
    return paying.pay(till, MANAGER, state.id, till.new_id(), given).total_cents


def test_two_tills_closed_twice_on_one_day(till: Till, second: Till, clock: Clock, tmp_path: Path) -> None:
    tills = (till, second)
    sold = {one.register_id: 0 for one in tills}
    kept: dict[str, int] = {}
    for half in range(2):
        for place, one in enumerate(tills):
            if not half:
                cash.move(one, MANAGER, one.new_id(), "Anfangsbestand", 10000 + place, "")
            sold[one.register_id] += sell(one, ESPRESSO) + sell(one, ROLL, ROLL, card=bool(place))
            clock.forward(minutes=7)
        for one in tills:
            done = closing.close_day(one, MANAGER, one.new_id(), None)
            assert done.z_number == half + 1
            kept[one.register_id] = done.kept_cents
            clock.forward(minutes=3)
    closings = [done for one in tills for done in closing.every(one.register_id)]
    assert {done.business_day for done in closings} == {"2026-11-24"}
    for one in tills:
        own = list(closing.every(one.register_id))
        assert sum(done.totals.turnover_cents for done in own) == sold[one.register_id]
        assert cashbook.entries(one.register_id)[-1].stock_cents == kept[one.register_id] == queries.cash_stock(one)

    path = tmp_path / "x.zip"
    writer.write(path, exporting.books(exporting.chosen()), at=datetime(2026, 12, 30, tzinfo=UTC))
    verdict = validator.validate(path, signatures=check_signature)
    assert verdict.errors == 0, verdict.findings
    assert verdict.closings == 4
    header, *rows = taken_apart(path)[0]["cashpointclosing.csv"]
    named = [(row[header.index("Z_KASSE_ID")], row[header.index("Z_NR")]) for row in rows]
    assert len(set(named)) == 4

    (month,) = bookkeeping.months(till.shop_id, AGREED)
    lines = bookkeeping.batch(month, AGREED, clock()).decode("utf-8-sig").splitlines()[2:]
    revenue = sum(
        round(float(fields[0].replace(",", ".")) * 100) * (1 if fields[1] == '"S"' else -1)
        for fields in (line.split(";") for line in lines)
        if fields[7] in ("8400", "8300")
    )
    assert revenue == sum(sold.values())
    assert verify.examine().findings == []


def test_the_past_of_one_till_knows_what_another_changed(till: Till, second: Till, clock: Clock) -> None:
    """Prices are the shop's, drawer and baskets the register's."""
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 10000, "")
    before = till.now()
    clock.forward(minutes=5)
    row = Article.objects.filter(id=ROLL).values().get()
    changed = {"table": "catalog_article", "key": ROLL, "columns": row | {"price_cents": 999}}
    masterdata.save_articles(second, OWNER, [changed])
    sell(second, ESPRESSO)
    clock.forward(minutes=5)
    ring(till, ESPRESSO)
    then, now = past.rebuild(till.register_id, before), past.rebuild(till.register_id, till.now())
    assert then.prices[ROLL].charged == row["price_cents"]
    assert now.prices[ROLL].charged == 999
    assert (then.drawer_cents, now.drawer_cents) == (10000, 10000)
    assert past.rebuild(second.register_id, till.now()).drawer_cents == queries.cash_stock(second) > 0
    assert (now.register_name, past.rebuild(second.register_id, till.now()).register_name) == ("Kasse 1", "Kasse 2")


def test_a_till_sells_by_what_another_one_changed(till: Till, second: Till, clock: Clock) -> None:
    """A price, one that began by the clock, and a promotion hold at the very next tap; open pages are told once."""
    told: list[str] = []
    second.publish = told.append
    assert sell(second, ESPRESSO) == 240
    row = Article.objects.filter(id=ESPRESSO).values().get()
    key = till.new_id()
    planned = {"id": key, "article_id": ESPRESSO, "level": 1, "cents": 180, "begins": "2026-11-24T11:00Z", "ends": "",
               "begun": False, "ended": False}  # fmt: skip
    dated = {"table": "catalog_price", "key": key, "columns": planned}
    masterdata.save_articles(
        till, OWNER, [{"table": "catalog_article", "key": ESPRESSO, "columns": row | {"price_cents": 280}}, dated]
    )
    told.clear()
    assert sell(second, ESPRESSO) == 280
    assert told.count("catalog") == 1
    clock.forward(hours=4)
    assert sell(till, ESPRESSO) == 180
    assert sell(second, ESPRESSO) == 180
    loyalty.save(
        till, MANAGER, Promotion(id=till.new_id(), name="Kaffeezeit", kind="percent", value=5000, groups=(COFFEE,))
    )
    assert sell(second, ESPRESSO) == 90
    told.clear()
    masterdata.save_articles(till, OWNER, [{"table": "catalog_article", "key": ESPRESSO, "columns": row}])
    pricedates.look(second)
    pricedates.look(second)
    assert told == ["catalog"]


def test_a_new_register_joins_the_shop_of_the_books(till: Till, clock: Clock, tmp_path: Path) -> None:
    """It is no other shop; which one it is of, its books say from then on, and no longer its folder."""
    folder = tmp_path / "third"

    def build() -> Till:
        built = wiring.build_till(folder, clock, Randomness("third"))
        built.tse.close()
        return built

    third = build()
    assert third.shop_id == till.shop_id
    assert third.register_id != till.register_id
    masterdata.save_register(third, OWNER, "Kasse 3")
    Shop.objects.create(id="9" * 32, name="Noch ein Laden")
    assert build().shop_id == till.shop_id


def test_a_receipt_goes_back_at_another_till(till: Till, second: Till, clock: Clock, tmp_path: Path) -> None:
    """Its code finds it there; the money leaves the drawer it is given from, and nothing goes back twice."""
    ring(till, ESPRESSO, ROLL)
    first = pay_cash(till)
    sell(second, ROLL, ROLL, ROLL)
    before = (queries.cash_stock(till), queries.cash_stock(second))
    code = Code(text="", kind=Kind.RECEIPT, format="tse", number=str(first.tse_number), serial=till.serial)
    assert scanned.receipt_of(second, code) == first.id
    back = refunding.refund(second, MANAGER, second.new_id(), first.id, "Reklamation")
    assert isinstance(back, ReceiptState)
    assert (queries.cash_stock(till), queries.cash_stock(second)) == (before[0], before[1] - first.total_cents)
    with pytest.raises(RegisterError):
        refunding.refund(till, MANAGER, till.new_id(), first.id, "Reklamation")
    for one in (second, till):
        closing.close_day(one, MANAGER, one.new_id(), None)
    path = tmp_path / "x.zip"
    writer.write(path, exporting.books(exporting.chosen()), at=datetime(2026, 12, 30, tzinfo=UTC))
    verdict = validator.validate(path, signatures=check_signature)
    assert not verdict.findings
    assert verify.examine().findings == []
