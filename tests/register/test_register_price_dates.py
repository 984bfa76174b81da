"""Prices with a date: charged from their moment on, whoever else sleeps; what was rung keeps its price."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.catalog import coded, csvfile, dated, rows, search, tiles
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article, Price
from smartecr.core import moments
from smartecr.register import queries
from smartecr.register.books import history, verify
from smartecr.register.models import Journal
from smartecr.register.sale import selling
from smartecr.register.shop import masterdata, pricedates
from smartecr.register.till import Till
from support.shop import CASHIER, ESPRESSO, JUICE, JUICE_CODE, MANAGER, WISH, Clock, command, pay_cash, ring


def price(till: Till, article: str, cents: int, begins: str, ends: str = "", level: int = 1) -> str:
    """Plan a price from one local moment to another; return its id."""
    values = {
        "id": till.new_id(),
        "level": level,
        "cents": cents,
        "begins": moments.read(begins),
        "ends": moments.read(ends, through=True) if ends else "",
    }
    row = rows.price_row(values, Article.objects.filter(id=article).values()[0])
    masterdata.save_articles(till, MANAGER, [row])
    return str(row["key"])


def charged(till: Till, article: str = ESPRESSO) -> int:
    """Ring up one and take it off again; return what it cost."""
    outcome = ring(till, article)[0]
    state = queries.current(till)
    cents = next(line.unit_cents for line in state.basket.lines if line.id == outcome.line_id)
    selling.run(till, CASHIER, [command(till, "discard")])
    return cents


def at(clock: Clock, local: str) -> None:
    """Set the clock to a local moment."""
    clock.now = datetime.fromisoformat(moments.read(local))


def test_a_price_for_good_holds_from_its_first_millisecond_on(till: Till, clock: Clock) -> None:
    price(till, ESPRESSO, 260, "25.11.2026 07:00")
    at(clock, "25.11.2026 07:00")
    clock.forward(milliseconds=-1)
    assert charged(till) == 240
    clock.forward(milliseconds=1)
    assert charged(till) == 260
    article = Article.objects.get(id=ESPRESSO)
    assert (article.price_cents, article.offers) == (260, "{}")
    assert till.prices_turn == dated.NEVER
    fact = Journal.objects.get(kind="prices_turned")
    assert '"old":{"price_cents":240}' in fact.body
    assert not verify.examine().findings


def test_a_price_for_a_time_stands_beside_the_own_one_and_goes_again(till: Till, clock: Clock) -> None:
    price(till, ESPRESSO, 199, "25.11.2026", "26.11.2026")
    at(clock, "25.11.2026")
    assert charged(till) == 199
    masterdata.save_articles(
        till, MANAGER, [rows.article_row({"price_cents": 250}, Article.objects.filter(id=ESPRESSO).values()[0])]
    )
    assert charged(till) == 199
    at(clock, "26.11.2026 23:59")
    assert charged(till) == 199
    at(clock, "27.11.2026")
    assert charged(till) == 250
    assert not verify.examine().findings


def test_a_form_sent_from_before_the_moment_leaves_the_offer_alone(till: Till, clock: Clock) -> None:
    before = Article.objects.filter(id=ESPRESSO).values()[0]
    price(till, ESPRESSO, 199, "24.11.2026", "30.11.2026")
    assert charged(till) == 199
    masterdata.save_articles(till, MANAGER, [rows.article_row({"name": "Caffè"}, before)])
    assert charged(till) == 199


def test_what_was_rung_keeps_its_price_open_and_parked(till: Till, clock: Clock) -> None:
    price(till, ESPRESSO, 260, "25.11.2026")
    ring(till, ESPRESSO)
    selling.run(till, CASHIER, [command(till, "park", label="Tisch")])
    parked = queries.parked(till)[0].id
    ring(till, ESPRESSO)
    clock.forward(days=1)
    ring(till, ESPRESSO)
    lines = [(line.quantity, line.unit_cents) for line in queries.current(till).basket.lines]
    assert lines == [(1000, 240), (1000, 260)]
    first = queries.current(till).basket.lines[0].id
    selling.run(till, CASHIER, [command(till, "quantity", line=first, quantity=3000)])
    assert queries.current(till).priced.total_cents == 3 * 240 + 260
    pay_cash(till)
    selling.run(till, CASHIER, [command(till, "recall", basket=parked)])
    assert queries.current(till).priced.total_cents == 240
    pay_cash(till)
    assert not verify.examine().findings


def test_what_pages_keep_is_drawn_anew_at_the_moment(till: Till, clock: Clock) -> None:
    price(till, JUICE, 299, "25.11.2026 18:00", "26.11.2026 18:00")
    told: list[str] = []
    till.publish = told.append
    before, known = tiles.version(), [row for row in coded.plain() if row[0] == JUICE_CODE]
    assert not pricedates.look(till)
    at(clock, "25.11.2026 18:00")
    assert pricedates.look(till)
    assert told == ["catalog"]
    assert tiles.version() > before
    assert known[0][3] == 340
    assert [row for row in coded.plain() if row[0] == JUICE_CODE] == []
    shown = {tile.article_id: tile.price_cents for tile in tiles.page(Article.objects.get(id=JUICE).group_id).tiles}
    assert shown[JUICE] == 299
    assert search.search("Apfelschorle")[0].price_at(1) == 299
    at(clock, "26.11.2026 18:00")
    assert pricedates.look(till)
    assert [row for row in coded.plain() if row[0] == JUICE_CODE] == known
    assert not pricedates.look(till)


def test_a_level_has_its_own_dates(till: Till, clock: Clock) -> None:
    price(till, ESPRESSO, 200, "25.11.2026", level=2)
    price(till, ESPRESSO, 150, "25.11.2026", "25.11.2026", level=3)
    at(clock, "25.11.2026 12:00")
    pricedates.look(till)
    article = Article.objects.get(id=ESPRESSO)
    assert [article.price_at(level) for level in (1, 2, 3, 4)] == [240, 200, 150, 240]
    at(clock, "26.11.2026 12:00")
    pricedates.look(till)
    article = Article.objects.get(id=ESPRESSO)
    assert [article.price_at(level) for level in (1, 2, 3, 4)] == [240, 200, 240, 240]


def test_a_register_that_was_off_makes_good_what_it_slept_through(till: Till, clock: Clock) -> None:
    price(till, ESPRESSO, 260, "25.11.2026")
    price(till, ESPRESSO, 280, "26.11.2026")
    price(till, ESPRESSO, 199, "25.11.2026", "26.11.2026")
    clock.forward(days=30)
    assert charged(till) == 280
    assert Price.objects.filter(ended=False).count() == 0


def test_planning_into_the_past_holds_at_once_and_undo_takes_the_plan_away(till: Till, clock: Clock) -> None:
    price(till, ESPRESSO, 199, "24.11.2026", "25.11.2026")
    assert Article.objects.get(id=ESPRESSO).price_at(1) == 199
    assert history.newest_of_catalogue(till) == ""  # it turned: what it wrote is no plan any more
    masterdata.end_price(till, MANAGER, Price.objects.get().id)
    assert charged(till) == 240
    planned = price(till, ESPRESSO, 300, "01.12.2026")
    assert history.undo(till, MANAGER, history.newest_of_catalogue(till))
    assert not Price.objects.filter(id=planned).exists()
    again = price(till, ESPRESSO, 300, "01.12.2026")
    masterdata.end_price(till, MANAGER, again)
    assert not Price.objects.filter(id=again).exists()
    assert not verify.examine().findings


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (("25.11.2026", "26.11.2026"), "overlap"),
        (("26.11.2026", "30.11.2026"), "overlap"),
        (("20.11.2026", "25.11.2026"), "overlap"),
        (("27.11.2026", "30.11.2026"), ""),
        (("26.11.2026", ""), ""),
        (("28.11.2026", ""), "twice"),
    ],
)
def test_which_prices_stand_beside_each_other(till: Till, second: tuple[str, str], code: str) -> None:
    price(till, ESPRESSO, 199, "25.11.2026", "26.11.2026")
    price(till, ESPRESSO, 260, "28.11.2026")
    if not code:
        price(till, ESPRESSO, 198, *second)
        return
    with pytest.raises(CatalogError) as refused:
        price(till, ESPRESSO, 198, *second)
    assert refused.value.code == code


def test_what_cannot_be_planned_says_why(till: Till, clock: Clock) -> None:
    for article, cents, ends, field in (
        (WISH, 100, "", "cents"),
        (ESPRESSO, -100, "", "price_cents"),
        (ESPRESSO, 100, "01.11.2026", "ends"),
    ):
        with pytest.raises(CatalogError) as refused:
            price(till, article, cents, "25.11.2026", ends)
        assert refused.value.field == field
    key = price(till, ESPRESSO, 199, "24.11.2026", "26.11.2026")
    kept = Price.objects.filter(id=key).values()[0]
    for changed in ({"cents": 1}, {"ends": ""}, {"ends": moments.read("01.12.2026")}):
        with pytest.raises(CatalogError, match="nur noch beenden"):
            masterdata.save_articles(till, MANAGER, [{"table": rows.PRICE, "key": key, "columns": {**kept, **changed}}])


@pytest.mark.parametrize(
    ("text", "through", "utc"),
    [
        ("01.12.2026 07:00", False, "2026-12-01T06:00:00.000Z"),
        ("1.7.2026 7.30 Uhr", False, "2026-07-01T05:30:00.000Z"),
        ("2026-12-01T07:00", False, "2026-12-01T06:00:00.000Z"),
        ("24.12.2026", False, "2026-12-23T23:00:00.000Z"),
        ("24.12.2026", True, "2026-12-24T23:00:00.000Z"),
        ("28.03.2027", True, "2027-03-28T22:00:00.000Z"),  # a day of 23 hours
        ("25.10.2026 02:30", False, "2026-10-25T00:30:00.000Z"),  # comes twice: the first
        ("25.10.2026 03:00", False, "2026-10-25T02:00:00.000Z"),
        ("28.03.2027 02:30", False, ""),  # never comes
        ("31.02.2027", False, ""),
        ("24.12.2026 25:00", False, ""),
        ("Weihnachten", False, ""),
        ("31.12.9999", True, ""),
    ],
)
def test_moments_are_read_as_people_write_them(text: str, through: bool, utc: str) -> None:
    if utc:
        assert moments.read(text, through=through) == utc
        assert moments.read(moments.write(utc, through=through), through=through) == utc
        return
    with pytest.raises(moments.MomentError):
        moments.read(text, through=through)


@given(st.integers(26_000_000, 47_000_000), st.booleans())
def test_what_is_written_is_read_back(minute: int, through: bool) -> None:
    text = moments.utc(datetime.fromtimestamp(minute * 60, UTC))
    again = moments.read(moments.write(text, through=through), through=through)
    twice = datetime.fromisoformat(text) - datetime.fromisoformat(again)
    assert twice in (timedelta(0), timedelta(hours=1))  # the hour that comes twice means its first passing
    assert moments.write(again, through=through) == moments.write(text, through=through)


_DAYS = st.integers(1, 12)
_PLANS = st.lists(st.tuples(st.integers(1, 2), st.integers(1, 9), _DAYS, st.none() | _DAYS), min_size=1, max_size=6)


@given(_PLANS, st.lists(st.integers(0, 14), min_size=1, max_size=4, unique=True).map(sorted))
def test_any_plan_gives_the_price_of_its_moment_however_often_somebody_looks(plans: Any, looks: list[int]) -> None:
    """Against the plain rule: the last begun price for good, and before it the one that holds for a time."""
    article = Article(id="a" * 32, price_cents=100, prices="{}", offers="{}")
    kept: list[Price] = []
    for number, (level, cents, begins, length) in enumerate(plans):
        ends = f"{begins + length:02}" if length else ""
        columns = {"article_id": article.id, "level": level, "begins": f"{begins:02}", "ends": ends}
        others = [
            {"article_id": one.article_id, "level": one.level, "begins": one.begins, "ends": one.ends} for one in kept
        ]
        try:
            dated.alone(columns, others)
        except CatalogError:
            continue
        kept.append(Price(id=f"{number:032x}", cents=cents, **columns))
    kept.sort(key=lambda one: (one.begins, one.id))
    for look in looks:
        now = f"{look:02}"
        for row in dated._turned(article, [one for one in kept if not one.ended], now):
            target: Any = article if row["table"] == rows.ARTICLE else next(o for o in kept if o.id == row["key"])
            for name, value in (row["columns"] or {}).items():
                setattr(target, name, value)
        own = {1: 100}
        for one in kept:
            if not one.ends and one.begins <= now:
                own[one.level] = one.cents
        offers = {one.level: one.cents for one in kept if one.ends and one.begins <= now < one.ends}
        for level in (1, 2):
            expected = offers.get(level, own.get(level, offers.get(1, own[1])))
            assert article.price_at(level) == expected


def test_a_csv_file_plans_prices_and_an_old_one_changes_nothing_that_has_begun(till: Till, clock: Clock) -> None:
    def take(text: str) -> csvfile.Reading:
        reading = csvfile.read(text.encode(), till.new_id, now=till.now())
        masterdata.save_articles(till, MANAGER, reading.rows)
        return reading

    cell = "2,60 ab 25.11.2026 07:00 | Ebene 2: 1,99 ab 24.12.2026 bis 26.12.2026"
    reading = take(f"Nummer;Preise mit Datum\n1;{cell}\n2;\n")
    assert (reading.created, reading.changed, reading.unchanged) == (0, 1, 1)
    exported = csvfile.export_articles()
    assert f";{cell};" in exported
    assert take(exported).rows == []
    at(clock, "25.11.2026 12:00")
    assert charged(till) == 260
    reading = take(f"Nummer;Preis;Preise mit Datum\n1;2,60;{cell}\n")
    assert reading.rows == []
    reading = take("Nummer;Preise mit Datum\n1;2,80 ab 01.01.2027\n")
    assert [(row["table"], row["columns"] is None) for row in reading.rows] == [
        ("catalog_price", True),
        ("catalog_price", False),
    ]
    take("Nummer;Preise mit Datum\n1;\n")
    assert not Price.objects.filter(begun=False).exists()


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("2,60", "sieht so aus"),
        ("2,60 ab morgen", "kein Zeitpunkt"),
        ("zwei ab 01.12.2026", "kein Betrag"),
        ("2,60 ab 01.12.2020", "vorbei"),
        ("-2,60 ab 01.12.2026", "Negativ"),
        ("2,60 ab 28.03.2027 02:30", "Zeitumstellung"),
        ("2,60 ab 02.12.2026 bis 01.12.2026", "Das Ende kommt nach dem Anfang"),
        ("2 ab 01.12.2026 bis 03.12.2026 | 3 ab 03.12.2026 bis 04.12.2026", "befristeter"),
        ("Ebene 0: 2,60 ab 01.12.2026", "kein Betrag"),
    ],
)
def test_a_cell_that_cannot_be_read_names_line_and_column(till: Till, clock: Clock, cell: str, sentence: str) -> None:
    with pytest.raises(csvfile.CsvError) as refused:
        csvfile.read(f"Nummer;Preise mit Datum\n1;{cell}\n".encode(), now=till.now())
    (problem,) = refused.value.problems
    assert (problem.line, problem.column) == (2, "Preise mit Datum")
    assert sentence in problem.message
