"""The demo shop: its data keep the rules of a real shop, its days went through the till, its books prove themselves."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import transaction

from smartecr.catalog import codes, dated, lookup, rows, search, stockbook, tiles
from smartecr.catalog.models import Article, Barcode, Group, StockMove
from smartecr.core import moments
from smartecr.customers.models import Consent, Customer, Entry, Visit
from smartecr.register.books import verify
from smartecr.register.models import Closing, Journal, Receipt, ReceiptLine, ReceiptPayment, Shop
from smartecr.register.regulars import loyalty, vouchers
from smartecr.server.demoshop import demo, demo_days, demo_guests, demo_shop, demo_stock
from smartecr.staff import login
from smartecr.staff.demopins import PINS
from smartecr.staff.models import Person

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ITEMS = [item for shelf in demo_shop.shelves() for item in shelf.items]

pytestmark = pytest.mark.django_db


def silent(_done: int, _total: int, _what: str) -> None:
    """Progress nobody watches."""


class TestData:
    """What stands in `demo_shop`."""

    def test_ten_groups_and_about_120_articles(self) -> None:
        shelves = list(demo_shop.shelves())
        assert [shelf.name for shelf in shelves[:8]] == [
            "Kaffee",
            "Tee & Kakao",
            "Backwaren",
            "Frühstück",
            "Kuchen",
            "Kaltes",
            "Wein & Sekt",
            "Hofladen",
        ]
        assert len(shelves) == 10
        assert 115 <= len(ITEMS) <= 125
        hues = sorted(shelf.hue for shelf in shelves)
        assert min(b - a for a, b in pairwise([*hues, hues[0] + 360])) >= 25

    def test_numbers_and_codes_are_good_and_unique(self) -> None:
        assert max(Counter(item.number for item in ITEMS).values()) == 1
        coded = [item.code for item in ITEMS if item.code]
        assert len(set(coded)) == len(coded) >= 30
        assert [codes.checked(code) for code in coded] == coded
        assert all(code.startswith("20") for code in coded)

    def test_favourites_fill_the_first_page(self) -> None:
        places = {item.favourite: item.name.replace("\u00ad", "") for item in ITEMS if item.favourite}
        assert sorted(places) == list(range(1, 31))
        assert [places[place] for place in (1, 5, 14, 16, 25, 28, 30)] == [
            "Espresso",
            "Latte Macchiato",
            "Franzbrötchen",
            "Frühstück ‚Morgenrot‘",
            "Sekt ‚Morgenrot‘",
            "Buch ‚Kaffee‘",
            "Pfandrückgabe",
        ]

    @pytest.mark.parametrize(
        ("number", "vat"),
        [
            ("101", (1, 1)),
            ("107", (1, 2)),
            ("112", (1, 1)),
            ("203", (1, 2)),
            ("301", (2, 2)),
            ("401", (2, 2)),
            ("603", (1, 1)),
            ("611", (1, 2)),
            ("701", (1, 1)),
            ("802", (2, 2)),
            ("809", (1, 1)),
            ("1001", (2, 2)),
            ("1007", (1, 1)),
        ],
    )
    def test_vat_of_2026(self, number: str, vat: tuple[int, int]) -> None:
        assert next(item.vat for item in ITEMS if item.number == number) == vat

    def test_deposit_shares_the_rate_of_the_goods(self) -> None:
        by_number = {item.number: item for item in ITEMS}
        bottled = [item for item in ITEMS if item.deposit]
        assert len(bottled) >= 7
        for item in bottled:
            assert by_number[item.deposit].vat == item.vat
            assert by_number[item.deposit].more["gv_typ"] == "Pfand"

    def test_alcohol_has_an_age(self) -> None:
        wine = next(shelf for shelf in demo_shop.shelves() if shelf.name == "Wein & Sekt")
        assert {item.more.get("age") for item in wine.items} == {16, 18}

    def test_no_long_word_without_a_soft_hyphen(self) -> None:
        favourites = [item.name for item in ITEMS if item.favourite]
        parts = [part for name in favourites for word in name.split() for part in word.split("\u00ad")]
        assert max(map(len, parts)) <= 12

    def test_the_rows_are_whole(self) -> None:
        changes = demo.catalogue(iter(f"{number:032x}" for number in range(1000)).__next__)
        assert Counter(change["table"] for change in changes) == {
            rows.GROUP: 10,
            rows.ARTICLE: len(ITEMS),
            rows.BARCODE: sum(bool(item.code) for item in ITEMS),
        }


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days with few guests: enough to see that they go through the till."""
    monkeypatch.setattr(demo_days, "GUESTS", (24,) * 7)


@pytest.fixture
def shop(quiet: None, tmp_path: Path) -> int:
    """A demo shop with two quiet past days; the number of its sales."""
    return demo.build(2, silent, now=NOW, folder=tmp_path)


def test_the_shop_is_there_and_its_people_get_in(shop: int) -> None:
    found = Shop.objects.get()
    assert (found.name, found.tagline, found.demo) == ("Morgenrot", "Kaffeehaus & Laden", True)
    roles = {person.name: (person.id, person.role) for person in Person.objects.all()}
    assert {name: role for name, (_id, role) in roles.items()} == {
        "Jana": "cashier",
        "Murat": "manager",
        "Christine": "owner",
    }
    for name, pin in PINS.items():
        assert login.log_in(roles[name][0], pin, NOW).name == name


def test_the_catalogue_can_be_sold(shop: int) -> None:
    assert (Group.objects.count(), Article.objects.count()) == (10, len(ITEMS))
    assert Barcode.objects.count() == sum(bool(item.code) for item in ITEMS)
    grid = tiles.grid()
    assert [tile is not None for tile in grid.favourites] == [True] * 30
    sold_out = [tile.name for tile in grid.favourites if tile and tile.sold_out]
    assert sold_out == ["Franz\u00adbrötchen"]
    found = lookup.by_code(next(item.code for item in ITEMS if item.number == "601"))
    assert found is not None
    assert found[0].deposit_article is not None
    assert found[0].deposit_article.price_cents == 25
    assert search.search("kapuccino")[0].name == "Cappuccino"


def test_each_past_day_is_closed_and_the_books_hold(shop: int) -> None:
    days = list(Closing.objects.order_by("z_number").values_list("z_number", "business_day"))
    assert days == [(1, "2026-11-22"), (2, "2026-11-23")]
    said: list[str] = []
    assert verify.verify(said.append) == 0, said
    assert said[-1] == "Die Bücher stimmen."


def test_days_look_like_days(tmp_path: Path) -> None:
    told = demo.build(2, silent, now=NOW, folder=tmp_path)
    assert 180 <= told <= 320
    sales = Receipt.objects.filter(type="Beleg", basket_id__gt="")
    assert sales.count() == told
    hours = Counter(int(at[11:13]) + 1 for at in sales.values_list("recorded_at", flat=True))
    assert min(hours) >= 7
    assert max(hours) <= 19
    assert hours[8] + hours[9] > 2 * (hours[17] + hours[18])
    assert {"Bar", "ECKarte"} <= set(ReceiptPayment.objects.values_list("kind", flat=True))
    kinds = set(ReceiptLine.objects.values_list("gv_typ", flat=True))
    assert {"Umsatz", "Pfand", "Rabatt", "Anfangsbestand", "Geldtransit"} <= kinds
    assert Journal.objects.filter(kind="line_voided").exists()
    assert set(ReceiptLine.objects.values_list("in_house", flat=True)) >= {True, False}
    people = Counter(sales.values_list("person_name", flat=True))
    assert min(people.values()) > 10
    assert set(people) == {"Jana", "Murat", "Christine"}


def test_a_year_has_a_weakness_that_the_figures_find(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Seven weak weeks of a long history, lived through quickly; the finder names who, when and what."""
    from smartecr.insights import asking
    from smartecr.insights.odd import finder
    from smartecr.insights.spans import Span

    monkeypatch.setattr(demo_days, "GUESTS", (30,) * 7)
    monkeypatch.setattr(demo_days, "WEAKNESS", 0.12)
    monkeypatch.setattr(demo, "weak_days", lambda dates: frozenset(dates[-20:]))
    demo.build(45, silent, now=NOW, folder=tmp_path)
    found = finder.find(finder.gather(asking.Live(), Span(date(2026, 10, 1), date(2026, 11, 23)), date(2026, 11, 24)))
    named = {one.rule: one for one in found}
    assert "drawer_after_void" in named
    (murat,) = Person.objects.filter(name="Murat").values_list("id", flat=True)
    assert named["drawer_after_void"].person_id == murat
    assert named["drawer_after_void"].span.first == date(2026, 11, 1)
    assert verify.verify(lambda _line: None) == 0


@pytest.mark.parametrize(
    ("length", "weak", "first"), [(400, 50, 290), (180, 50, 70), (179, 7, 169), (14, 7, 4), (10, 7, 0), (9, 0, None)]
)
def test_when_somebody_is_weak(length: int, weak: int, first: int | None) -> None:
    begin = date(2025, 6, 1)
    days = demo.weak_days([begin + timedelta(days=place) for place in range(length)])
    assert len(days) == weak
    assert min(days, default=None) == (None if first is None else begin + timedelta(days=first))


def test_regulars_collect_and_vouchers_are_eaten_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Three weeks before Christmas: cards with points and stamps, promotions given, vouchers sold and partly used."""
    from smartecr.insights import asking
    from smartecr.insights.odd import finder
    from smartecr.insights.spans import Span

    monkeypatch.setattr(demo_days, "GUESTS", (70,) * 7)
    now = datetime(2026, 12, 22, 9, 0, tzinfo=UTC)
    demo.build(18, silent, now=now, folder=tmp_path)
    assert Person.objects.count() == 3
    assert Customer.objects.count() >= len(demo_guests.REGULARS) * 3 // 4
    assert Consent.objects.count() == Customer.objects.count()
    visits = Counter(Visit.objects.values_list("customer_id", flat=True))
    assert max(visits.values()) >= 8
    rules = {rule.name: rule for rule, active in loyalty.every() if active}
    assert set(rules) == {str(given["name"]) for given in demo_guests.PROMOTIONS}
    stamps = rules["Kaffeekarte: der zehnte ist frei"].id
    assert Entry.objects.filter(account=stamps, amount__lt=0).exists(), "nobody drank a free coffee"
    assert Entry.objects.filter(account="points", amount__gt=0).exists()
    texts = set(ReceiptLine.objects.filter(gv_typ="Rabatt").values_list("text", flat=True))
    for name in ("Feierabend: Backwaren", "Willkommen", "Coupon für Stammgäste"):
        assert any(name in text for text in texts), (name, sorted(texts))
    left = [(one.cents, one.balance_cents) for one in vouchers.latest(1000)]
    assert len(left) >= 12
    assert any(0 < balance < cents for cents, balance in left), left
    assert any(balance == cents for cents, balance in left), left
    found = finder.find(finder.gather(asking.Live(), Span(date(2026, 12, 1), date(2026, 12, 21)), date(2026, 12, 22)))
    assert found[0].person_id == Person.objects.get(name="Murat").id
    assert {"drawer_after_void", "drawer", "abort_burst", "drawer_burst"} & {one.rule for one in found}
    _the_stockroom_has_a_story()
    assert verify.verify(lambda _line: None) == 0


def _the_stockroom_has_a_story() -> None:
    """Goods came and were sold, something broke, a count found less; something is short, something was never booked."""
    lying = {one.article.number: one for one in stockbook.stocks()}
    assert set(lying) == set(demo_stock.KEPT)
    assert [number for number, one in lying.items() if one.negative] == [demo_stock.POSTCARDS]
    assert any(one.order and not one.negative for one in lying.values())
    assert {"in", "waste", "own", "count"} < set(StockMove.objects.values_list("kind", flat=True))
    (counted,) = stockbook.counts()
    assert 0 < counted.differing < counted.articles == len(demo_stock.KEPT)
    (price,) = dated.planned()
    assert (price.article.number, moments.write(price.begins)) == (demo_stock.PLANNED, "28.12.2026 06:00")


def test_holidays_are_closed_and_costs_are_known(quiet: None, tmp_path: Path) -> None:
    demo.build(3, silent, now=datetime(2026, 12, 28, 9, 0, tzinfo=UTC), folder=tmp_path)
    assert list(Closing.objects.values_list("business_day", flat=True)) == ["2026-12-27"]
    cappuccino = Article.objects.get(number="104")
    assert cappuccino.cost_cents == 64
    assert not Article.objects.exclude(gv_typ="Umsatz").filter(cost_cents__isnull=False).exists()


def test_a_second_build_says_so_and_adds_nothing(shop: int, tmp_path: Path) -> None:
    before = Journal.objects.count()
    with pytest.raises(demo.ShopExistsError, match="Hier gibt es schon den Laden Morgenrot"):
        demo.build(3, silent, now=NOW, folder=tmp_path)
    assert Journal.objects.count() == before


def test_more_days_follow_the_last_closing(shop: int, tmp_path: Path) -> None:
    assert demo.build(2, silent, now=NOW, folder=tmp_path, more=True) == 0
    added = demo.build(5, silent, now=NOW + timedelta(days=1), folder=tmp_path, more=True)
    assert 15 < added < shop
    last = Closing.objects.order_by("-z_number").values_list("z_number", "business_day")[0]
    assert last == (3, "2026-11-24")
    assert Article.objects.count() == len(ITEMS)
    assert verify.verify(lambda _line: None) == 0


def test_a_real_shop_is_never_touched(shop: int, tmp_path: Path) -> None:
    Shop.objects.update(demo=False)
    with pytest.raises(demo.ShopExistsError):
        demo.build(5, silent, now=NOW + timedelta(days=1), folder=tmp_path, more=True)


def test_the_story_follows_from_the_seed(quiet: None, tmp_path: Path) -> None:
    def told(folder: str, seed: int) -> tuple[list[tuple[int, str]], set[str]]:
        with transaction.atomic():
            demo.build(1, silent, now=NOW, folder=tmp_path / folder, seed=seed)
            receipts = Receipt.objects.order_by("number")
            story = list(receipts.values_list("total_cents", "recorded_at"))
            tokens = set(receipts.values_list("token", flat=True))
            transaction.set_rollback(True)
        return story, tokens

    one, two, other = told("a", 7), told("b", 7), told("c", 8)
    assert one[0] == two[0]
    assert one[0] != other[0]
    assert not one[1] & two[1]


def test_progress_counts_days(quiet: None, tmp_path: Path) -> None:
    steps: list[tuple[int, int, str]] = []
    with transaction.atomic():
        sales = demo.build(1, lambda *step: steps.append(step), now=NOW, folder=tmp_path)
        transaction.set_rollback(True)
    assert [step[:2] for step in steps] == [(0, 2), (1, 2), (2, 2)]
    assert steps[1][2] == "23.11.2026, 0 Bons"
    assert steps[2][2] == f"{sales} Bons"


def test_no_past_days_is_a_shop_too(quiet: None, tmp_path: Path) -> None:
    assert demo.build(0, silent, now=NOW, folder=tmp_path) == 0
    assert Shop.objects.get().demo is True
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_days_on_which_clocks_change(quiet: None, day: date, tmp_path: Path) -> None:
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=1)
    assert demo.build(1, silent, now=now, folder=tmp_path) > 15
    assert Closing.objects.get().business_day == day.isoformat()
