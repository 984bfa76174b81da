"""Every figure equals the books to the cent: rollups against closings, kept against rebuilt, open against closed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from smartecr.core.closing import CountedLine, counted_content, entry, totals
from smartecr.core.kinds import BUSINESS_KINDS, CASH_KINDS, DISCOUNT
from smartecr.core.receipt import Payment, ReceiptContent, ReceiptLine
from smartecr.core.totals import VatSum
from smartecr.core.vat import split_gross
from smartecr.insights import asking, asking_events, asking_work, keeping, models, numbering, pairing
from smartecr.insights.measure import REVENUE, side_of
from smartecr.insights.roll import EVENTS, Fact, Period, roll
from smartecr.insights.spans import Span, around
from smartecr.insights.tallies import Tally
from smartecr.register.booked import Booked
from smartecr.register.books import closing
from smartecr.register.sale import refunding
from smartecr.register.till import Till
from smartecr.sql import fetch
from support.shop import ESPRESSO, JUICE, MANAGER, OWNER, ROLL, command, pay_cash, ring

from .conftest import FIRST, Live

RATES = {1: 1900, 2: 700, 5: 0}

lines = st.tuples(
    st.sampled_from(BUSINESS_KINDS),
    st.sampled_from(["", "a", "b"]),
    st.sampled_from([1, 2, 5]),
    st.sampled_from([None, True, False]),
    st.integers(1, 4),
    st.integers(-5000, 5000),
)
receipts = st.lists(
    st.tuples(st.lists(lines, min_size=1, max_size=6), st.booleans(), st.sampled_from(["Bar", "ECKarte"])), max_size=8
)


@given(receipts)
def test_sums_of_any_receipts_are_those_of_a_closing(drawn: list[Any]) -> None:
    entries, booked, alike = [], [], dict[CountedLine, CountedLine]()
    for number, (rows, refund, kind) in enumerate(drawn, 1):
        key = f"{number:032x}"
        content_lines = []
        for position, (gv_typ, article, vat_key, in_house, parent, cents) in enumerate(rows, 1):
            above = parent if gv_typ == DISCOUNT and parent < position else None
            content_lines.append(
                ReceiptLine(position=position, line_id="", text=article, gv_typ=gv_typ, quantity=1000,
                            unit_cents=cents, amount_cents=cents, vat_key=vat_key, article_id=article, group_id="g",
                            group_name="G", in_house=in_house, parent_position=above)
            )  # fmt: skip
        total = sum(row[-1] for row in rows)
        vat = tuple(
            VatSum(vat_key=one, rate_bp=RATES[one], gross_cents=0, net_cents=0, tax_cents=0)
            for one in sorted({row[2] for row in rows})
        )
        content = ReceiptContent(
            lines=tuple(content_lines), vat=vat, payments=(Payment(kind=kind, cents=total),), total_cents=total
        )
        entries.append(entry(number=number, content=content, refund=refund))
        counted, at = counted_content(number, content), "2026-11-24T09:15:00.000Z"
        counted = counted._replace(lines=tuple([alike.setdefault(line, line) for line in counted.lines]))
        booked.append(Booked(key, number, at, "p", "Jana", "x" if refund else "", "", counted))
    book = totals(entries)
    assert totals(one._replace(content=same.content) for one, same in zip(entries, booked, strict=True)) == book
    rolled = roll(Period(register_id="r", z_number=1, business_day="2026-11-24", receipts=booked, facts=[]))
    assert rolled.vat_rows() == [(v.vat_key, v.rate_bp, v.gross_cents, v.net_cents, v.tax_cents) for v in book.vat]
    means: Counter[tuple[str, str]] = Counter()
    for (kind, name, _sale), (_count, cents) in rolled.means.items():
        means[kind, name] += cents
    assert {key: cents for key, cents in means.items() if cents} == {
        (kind, name): cents for kind, name, cents in book.payments if cents
    }
    assert sum(row.amount_cents + row.discount_cents for row in rolled.articles.values()) == book.payments_cents
    earned = sum(hour.revenue_cents for hour in rolled.hours.values())
    assert earned == sum(case[4] for case in book.businesscases if case[0] in REVENUE)
    assert earned == sum(cents for _minute, cents in rolled.curve)
    assert sum(hour.refunds for hour in rolled.hours.values()) <= book.voids_count


def test_rollups_of_real_days_equal_their_closings(lived: Live) -> None:
    till = lived(3)
    assert models.Kept.objects.count() == 3
    for book in closing.closings(till):
        day = date.fromisoformat(book.business_day)
        _compare(book, Span(day, day))


def _compare(book: closing.Closing, span: Span) -> None:
    """Hold what is asked for one day against the closing of that day."""
    live = asking.Live()
    rows = asking.articles(live, span)
    by_key: Counter[tuple[str, int]] = Counter()
    for row in rows:
        by_key[row.gv_typ, row.vat_key] += row.amount_cents
        by_key[DISCOUNT, row.vat_key] += row.discount_cents
    wanted: Counter[tuple[str, int]] = Counter()
    for gv_typ, _name, vat_key, _rate, gross, _net, _tax in book.totals.businesscases:
        wanted[gv_typ, vat_key] += gross
    assert +by_key == +wanted
    assert -by_key == -wanted
    split = asking.sides(rows)
    assert sum(cents for side, cents in split.items() if side != "cash") == book.totals.turnover_cents
    assert split["deposit"] == book.totals.deposit_cents
    whole = asking.hours(live, span, "all")[""]
    assert whole.revenue_cents == split["revenue"]
    assert whole.discount_cents == book.totals.discounts_cents
    assert (whole.refunds, whole.refund_cents) == _refunds(book.z_number)
    assert asking.vat(live, span) == [
        (v.vat_key, v.rate_bp, v.gross_cents, v.net_cents, v.tax_cents) for v in book.totals.vat
    ]
    paid = {key: cents for key, (_count, cents) in asking.means(live, span).items()}
    assert sum(paid.values()) == book.totals.turnover_cents
    assert {key: cents for key, cents in paid.items() if key[0] != "Bar"} == {
        (kind, name): cents for kind, name, cents in book.totals.payments if kind != "Bar"
    }
    points = asking.curves(live, span)[span.first.isoformat()]
    assert sum(cents for _minute, cents in points) == whole.revenue_cents
    events = Counter(one.event.kind for one in asking_events.events(live, span, EVENTS))
    tallies = asking_events.tallies(live, span, "kind")
    one = asking_work.days(live, span)[span.first.isoformat()]
    assert (one.revenue_cents, one.receipts, one.tallies) == (whole.revenue_cents, whole.receipts, tallies)
    assert one.hours == {hour: sums.receipts for hour, sums in asking.hours(live, span, "hour").items()}
    assert {kind: tally.count for kind, tally in tallies.items() if kind in EVENTS} == events
    assert events["line_void"] + events["late_void"] == book.line_voids[0]
    assert events["drawer"] == book.drawer_openings
    assert (events["difference"] > 0) == bool(book.difference_cents)


def _refunds(z_number: int) -> tuple[int, int]:
    rows = fetch(
        "SELECT count(DISTINCT r.id) AS n, coalesce(sum(l.amount_cents), 0) AS cents FROM register_receipt r "
        "JOIN register_receipt_line l ON l.receipt_id = r.id AND l.gv_typ IN ('Umsatz', 'Rabatt') "
        "WHERE r.z_number = %s AND r.reference_id <> ''",
        [z_number],
    )
    return int(rows[0]["n"]), int(rows[0]["cents"])


@pytest.fixture
def day(till: Till, clock: Any) -> Till:
    """A till with deposits, discounts, a void after parking, a cancellation and a second closing on one day."""
    ring(till, ESPRESSO, JUICE, ROLL)
    _run(till, "discount", kind="percent", value=1000, reason="Treue")
    first = pay_cash(till)
    clock.forward(minutes=7)
    outcomes = ring(till, ESPRESSO, ROLL)
    _run(till, "discount_line", line=outcomes[1].line_id, kind="amount", value=20, reason="Kulanz")
    _run(till, "park", label="Tisch 4")
    parked = fetch("SELECT id FROM register_basket WHERE state = 'parked'")[0]["id"]
    _run(till, "recall", basket=parked)
    _run(till, "void", line=outcomes[0].line_id)
    pay_cash(till)
    refunding.refund(till, MANAGER, till.new_id(), first.id, "Falsch")
    closing.close_day(till, OWNER, till.new_id(), None)
    clock.forward(minutes=30)
    ring(till, ESPRESSO)
    pay_cash(till)
    return till


def _run(till: Till, do: str, **arguments: Any) -> None:
    from smartecr.register.sale import selling

    (outcome,) = selling.run(till, MANAGER, [command(till, do, **arguments)])
    assert outcome.ok, outcome


def test_an_open_day_reads_as_it_will_when_closed(day: Till) -> None:
    span = around(date(2026, 11, 24), "day")
    before = _picture(span)
    assert before["hours"][""].revenue_cents == 240 + 300
    assert before["hours"][""].receipts == 2
    assert before["events"] == ["discount", "discount", "late_void", "refund"]
    assert before["sides"] == {"revenue": 540, "deposit": 0}
    closing.close_day(day, OWNER, day.new_id(), None)
    assert _picture(span) == before
    assert not asking.Live().rolled()


def _picture(span: Span) -> dict[str, Any]:
    live = asking.Live()
    rows = asking.articles(live, span)
    return {
        "hours": asking.hours(live, span, "all"),
        "people": asking.hours(live, span, "person"),
        "articles": sorted((row.article_id, row.in_house, row.revenue_cents, row.quantity) for row in rows
                           if row.revenue_cents or row.quantity),
        "sides": {side: cents for side, cents in asking.sides(rows).items() if side != "cash"},
        "means": {key: cents for key, (_count, cents) in asking.means(live, span).items()},
        "vat": [row[:3] for row in asking.vat(live, span)],
        "events": sorted(one.event.kind for one in asking_events.events(live, span, EVENTS)),
        "curve": asking.curves(live, span),
        "together": pairing.counts(live, span, 1),
        "days": asking_work.days(live, span),
        "written": [asking_work.written(live, one) for one in (span, around(FIRST, "month"))],
        "habits": [asking_work.habits(live, one) for one in (span, around(FIRST, "month"))],
    }  # fmt: skip


def test_rebuilt_rollups_are_the_kept_ones(lived: Live) -> None:
    lived(2)
    kept = _dump()
    assert keeping.rebuild() == 2
    assert _dump() == kept


periods = st.lists(
    st.tuples(
        st.sampled_from("ab"), st.dates(date(2025, 12, 29), date(2026, 2, 2)), st.sampled_from(["p", "q"]),
        st.lists(st.tuples(st.sampled_from(["x", "y", "z", ""]), st.integers(-900, 900)), min_size=1, max_size=4),
        st.sampled_from(["", "card"]), st.booleans(), st.integers(0, 9),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=25)
@given(periods)
def test_any_periods_kept_one_by_one_are_those_rebuilt(drawn: list[Any]) -> None:
    """Rebuilding goes register by register and holds sums of weeks, months and years back until they are whole."""
    rolled = [_rolled(number, *one) for number, one in enumerate(drawn, 1)]
    found = []
    for order, each in ((rolled, True), (sorted(rolled, key=lambda one: (one.register_id, one.z_number)), False)):
        with transaction.atomic():
            spans = keeping._Spans()
            for one in order:
                keeping._write(one, spans)
                if each:
                    spans.write()
                    spans = keeping._Spans()
            spans.write()
            found.append(_dump())
            for span in (
                *_halves(Span(date(2025, 1, 1), date(2026, 12, 31))),
                Span(date(2026, 1, 10), date(2026, 1, 20)),
            ):
                _hold_months(span)
            _hold_ends(rolled)
            transaction.set_rollback(True)
    assert found[0] == found[1]
    whole = sum(row.revenue_cents for one in rolled for row in one.hours.values())
    assert found[0]["sum"] == [whole] * 4


def _rolled(number: int, register: str, day: date, person: str, sold: Any, card: str, refund: bool, void: int) -> Any:
    """Return a period of one receipt, with a void and the drawer opened `void` minutes later."""
    key, at = f"{number:032x}", f"{day}T09:{void:02d}:00.000Z"
    lines = tuple(
        ReceiptLine(position=place, line_id="", text=article, gv_typ="Umsatz", quantity=1000, unit_cents=cents,
                    amount_cents=cents, vat_key=1, article_id=article, group_id="g", group_name="G")
        for place, (article, cents) in enumerate(sold, 1)
    )  # fmt: skip
    vat = (VatSum(vat_key=1, rate_bp=1900, gross_cents=0, net_cents=0, tax_cents=0),)
    content = ReceiptContent(lines=lines, vat=vat, payments=(), total_cents=0)
    receipt = Booked(key, number, at, person, person, "x" if refund else "", "", counted_content(number, content))
    facts = [
        Fact(f"v{number}", "line_voided", f"{day}T09:00:00.000Z", person, person, "b", -100, ""),
        Fact(f"d{number}", "drawer_opened", at, person, person, "", 0, ""),
    ]
    return roll(
        Period(register_id=register, z_number=number, business_day=day.isoformat(), receipts=[receipt], facts=facts,
               visits={key: card} if card else {})
    )  # fmt: skip


def _dump() -> dict[str, list[Any]]:
    """Return all rollups; what lies under numbers by what they stand for, as numbers go by who came first."""
    numbered = (models.Together, models.Numbered, models.Sold, models.ArticleSum, models.Card, models.CustomerSum)
    found = {
        model._meta.db_table: sorted(map(repr, fetch(f"SELECT * FROM {model._meta.db_table}")))
        for model in keeping.TABLES
        if model not in numbered
    }
    for things, sums in ((models.Sold, models.ArticleSum), (models.Card, models.CustomerSum)):
        told = [field.column for field in things._meta.concrete_fields if field.column != "number"]
        figures = [field.column for field in sums._meta.concrete_fields if field.column != "key"]
        rows = fetch(
            f"SELECT key - s.number AS span, {', '.join([*told, *figures])} FROM {sums._meta.db_table} "
            f"JOIN {things._meta.db_table} s ON s.number = {numbering.NUMBER}"
        )
        assert len(rows) == sums.objects.count()
        found[sums._meta.db_table] = sorted(map(repr, rows))
    for day in (date(2025, 12, 31), date(2026, 1, 31), FIRST):
        for length in ("month", "year"):
            found[f"{length} {day}"] = sorted(pairing.counts(asking.Live(), around(day, length)).items())
    wide = Span(date(2025, 1, 1), date(2026, 12, 31))
    found["sum"] = [
        sum(one.revenue_cents for one in asking.hours(asking.Live(), wide, by).values()) for by in ("day", "slot")
    ]
    found["sum"] += [sum(row.revenue_cents for row in asking.articles(asking.Live(), part)) for part in _halves(wide)]
    found["sum"][2:] = [sum(found["sum"][2:]), sum(row.revenue_cents for row in asking.articles(asking.Live(), wide))]
    return found


def _hold_months(span: Span) -> None:
    """Hold what people did by month in a stretch that begins or ends within one against the rows of their days."""
    first, last = span.edges
    written: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for row in fetch(
        "SELECT business_day AS day, person_id AS person, sum(receipts) AS receipts FROM insights_work "
        "WHERE business_day BETWEEN %s AND %s GROUP BY 1, 2",
        [first, last],
    ):
        one = written[row["person"]][row["day"][:7]]
        one[0] += int(row["receipts"])
        one[1] += 1
    found = asking_work.written(asking.Live(), span)
    assert {
        person: {month: [one.receipts[month], one.days[month]] for month in one.days} for person, one in found.items()
    } == written
    habits: dict[tuple[str, str, str], Tally] = defaultdict(Tally)
    for row in fetch("SELECT business_day AS day, person_id AS person, kind, count, cents FROM insights_tally"):
        if first <= row["day"] <= last:
            habits[row["day"][:7], row["person"], row["kind"]] += Tally(row["count"], row["cents"])
    assert asking_work.habits(asking.Live(), span) == habits


def _hold_ends(rolled: list[Any]) -> None:
    """Hold stretches that end where the figures do, and those a day shorter, against the periods in them."""
    days = sorted({date.fromisoformat(one.business_day) for one in rolled})
    one_day = timedelta(days=1)
    for begin, end in ((days[0], days[-1]), (days[0] + one_day, days[-1]), (days[0], days[-1] - one_day)):
        if begin > end:
            continue
        span = Span(begin, end)
        first, last = span.edges
        inside = [one for one in rolled if first <= one.business_day <= last]
        revenue = sum(row.revenue_cents for one in inside for row in one.hours.values())
        assert sum(row.revenue_cents for row in asking.articles(asking.Live(), span)) == revenue
        assert asking.cards(asking.Live(), span).revenue_cents == sum(
            row.revenue_cents for one in inside for row in one.customers.values()
        )


def test_sums_of_months_are_filled_from_what_was_kept_before(lived: Live) -> None:
    lived(2)
    kept = _dump()
    for model in (models.DaySum, models.PersonSum, models.HabitSum):
        model.objects.all().delete()
    migration = import_module("smartecr.insights.migrations.0006_days_people_habits")
    migration.fill(None, SimpleNamespace(connection=connection))
    assert _dump() == kept
    assert models.HabitSum.objects.exists()


def _halves(span: Span) -> tuple[Span, Span]:
    """Return a stretch in two parts that lie across weeks, months and years."""
    cut = date(2026, 1, 14)
    return Span(span.first, cut), Span(cut + timedelta(days=1), span.last)


def test_months_are_the_sums_of_their_days(lived: Live) -> None:
    lived(2)
    month = around(FIRST, "month")
    days: dict[Any, Counter[str]] = defaultdict(Counter)
    for place in range(2):
        day = FIRST + timedelta(days=place)
        for row in asking.articles(asking.Live(), Span(day, day)):
            _count(days, row)
    months: dict[Any, Counter[str]] = defaultdict(Counter)
    for row in asking.articles(asking.Live(), month):
        _count(months, row)
    assert months == days


def _count(found: dict[Any, Counter[str]], row: asking.ArticleRow) -> None:
    key = (row.gv_typ, row.article_id, row.group_id, row.vat_key, row.in_house)
    found[key].update({"q": row.quantity, "a": row.amount_cents, "d": row.discount_cents})


def test_customers_are_the_sums_of_the_receipts_with_their_cards(lived: Live) -> None:
    lived(2)
    rows = fetch(
        "SELECT v.customer_id, count(DISTINCT r.id) AS receipts, sum(l.amount_cents) AS cents, "
        "sum(CASE WHEN l.gv_typ = 'Rabatt' THEN l.amount_cents ELSE 0 END) AS off, max(r.business_day) AS last "
        "FROM customers_visit v JOIN register_receipt r ON r.id = v.receipt_id JOIN register_receipt_line l "
        "ON l.receipt_id = r.id AND l.gv_typ IN ('Umsatz', 'Rabatt') WHERE r.reference_id = '' GROUP BY v.customer_id"
    )
    books = {row["customer_id"]: (row["receipts"], int(row["cents"]), int(row["off"]), row["last"]) for row in rows}
    assert len(books) >= 10
    for span in (around(FIRST, "month"), Span(FIRST, FIRST + timedelta(days=1))):
        found = asking.customers(asking.Live(), span)
        assert [row.revenue_cents for row in found] == sorted((row.revenue_cents for row in found), reverse=True)
        assert {
            row.customer_id: (row.receipts, row.revenue_cents, row.discount_cents, row.last_day) for row in found
        } == books


def test_what_a_promotion_gives_is_nobodys_discount(till: Till) -> None:
    """Happy hour gives by itself; who gives more by hand is still seen, on the same receipt too."""
    from smartecr.core.promotions import Promotion
    from smartecr.register.regulars import loyalty
    from smartecr.register.sale import selling
    from support.shop import BREAD

    loyalty.save(till, OWNER, Promotion(id="a" * 32, name="Feierabend", kind="percent", value=5000, groups=(BREAD,)))
    ring(till, ROLL)
    first = pay_cash(till)
    outcomes = ring(till, ROLL, ESPRESSO)
    by_hand = command(till, "discount_line", line=outcomes[1].line_id, kind="amount", value=40, reason="Feierabend")
    assert selling.run(till, MANAGER, [by_hand])[0].ok
    second = pay_cash(till)
    span = around(date(2026, 11, 24), "day")
    for closed in (False, True):
        if closed:
            closing.close_day(till, OWNER, till.new_id(), None)
        whole = asking.hours(asking.Live(), span, "all")[""]
        assert (whole.discounts, whole.discount_cents, whole.promotion_cents) == (1, -360, -320)
        (event,) = asking_events.events(asking.Live(), span, ("discount",))
        assert (event.event.receipt_id, event.event.cents) == (second.id, -40)
    assert [line.promotion for line in first.content.lines] == ["", f"{'a' * 32}:160:1"]
    assert [bool(line.promotion) for line in second.content.lines if line.gv_typ == DISCOUNT] == [True, False]
    from smartecr.register.books import verify

    assert verify.examine().findings == []


def test_a_cancellation_takes_a_visit_back(till: Till) -> None:
    from smartecr.register.regulars import guests

    guest = guests.save(till, MANAGER, till.new_id(), {"name": "Anna"})
    ring(till, ESPRESSO)
    _run(till, "guest", customer=guest.id)
    first = pay_cash(till)
    ring(till, ROLL)
    _run(till, "guest", customer=guest.id)
    pay_cash(till)
    span = around(date(2026, 11, 24), "day")
    refunding.refund(till, MANAGER, till.new_id(), first.id, "Falsch")
    (row,) = asking.customers(asking.Live(), span)
    assert (row.receipts, row.revenue_cents) == (1, 320)
    closing.close_day(till, OWNER, till.new_id(), None)
    assert asking.customers(asking.Live(), span) == [row]


def test_a_closing_stands_even_if_its_rollup_cannot(day: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    span = around(date(2026, 11, 24), "day")
    before = _picture(span)

    def fail(*_arguments: object) -> None:
        raise DatabaseError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(keeping, "_write", fail)
        book = closing.close_day(day, OWNER, day.new_id(), None)
    assert closing.find_closing(book.id) is not None
    assert models.Kept.objects.count() == 1
    assert _picture(span) == before, "read from its receipts meanwhile"
    assert keeping.catch_up(go_on) == 1
    assert _picture(span) == before
    assert keeping.catch_up(go_on) == 0


def go_on(_seconds: float) -> bool:
    return False


def test_catching_up_leaves_the_shop_as_long_as_it_takes_and_can_be_ended(till: Till) -> None:
    for _ in range(7):
        ring(till, ESPRESSO)
        pay_cash(till)
        closing.close_day(till, OWNER, till.new_id(), None)
    for model in keeping.TABLES:
        model._default_manager.all().delete()
    left: list[tuple[float, int]] = []
    moments = iter([0.0, 0.01, 1.0, 3.5])

    def wait(seconds: float) -> bool:
        left.append((seconds, models.Kept.objects.count()))
        return len(left) == 2

    assert keeping.catch_up(wait, lambda: next(moments)) == 6
    assert left == [(0.15, 3), (2.5, 6)]
    assert keeping.catch_up(go_on) == 1


def test_a_rollup_goes_with_its_closing(till: Till) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)

    def cut(closing_id: str, receipts: Sequence[Booked]) -> None:
        keeping.keep(closing_id, receipts)
        assert models.Kept.objects.count() == 1
        raise RuntimeError("power cut")

    till.closed = cut
    with pytest.raises(RuntimeError), transaction.atomic():
        closing.close_day(till, OWNER, till.new_id(), None)
    assert models.Kept.objects.count() == 0
    assert not closing.closings(till)


def test_cost_is_that_of_the_closing_even_when_rolled_later(till: Till, clock: Any) -> None:
    from smartecr.register.shop import masterdata
    from support.shop import COFFEE, article_row

    masterdata.save_articles(till, OWNER, [article_row(ESPRESSO, "1", "Espresso", COFFEE, 240, cost_cents=31)])
    ring(till, ESPRESSO, ESPRESSO, ROLL)
    pay_cash(till)
    clock.forward(minutes=1)
    closing.close_day(till, OWNER, till.new_id(), None)
    clock.forward(minutes=1)
    masterdata.save_articles(till, OWNER, [article_row(ESPRESSO, "1", "Espresso", COFFEE, 240, cost_cents=99)])
    span = around(date(2026, 11, 24), "month")

    def margin() -> list[tuple[int, int]]:
        rows = asking.articles(asking.Live(), span)
        return [(row.cost_cents, row.costed_cents) for row in rows if row.article_id in (ESPRESSO, ROLL)]

    assert sorted(margin()) == [(0, 0), (62, 480)]
    keeping.rebuild()
    assert sorted(margin()) == [(0, 0), (62, 480)]


def test_every_kind_of_business_has_a_side() -> None:
    cases: dict[str, Callable[[str], bool]] = {
        "cash": lambda kind: kind in CASH_KINDS,
        "voucher": lambda kind: "gutschein" in kind,
        "deposit": lambda kind: kind.startswith("Pfand"),
    }
    for side, belongs in cases.items():
        assert {kind for kind in BUSINESS_KINDS if side_of(kind) == side} == set(filter(belongs, BUSINESS_KINDS))
    assert {kind for kind in BUSINESS_KINDS if side_of(kind) == "revenue"} == {"Umsatz", "Rabatt", "Aufschlag"}
    assert split_gross(240, 1900) == (202, 38)
