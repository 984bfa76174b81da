"""The weekly letter: when it is due, what it says, one page; and pages of figures on paper."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from smartecr.insights import asking, letter, paper
from smartecr.insights.forecast import Errors
from smartecr.insights.letter import compose
from smartecr.insights.models import Letter
from smartecr.insights.spans import Span, around
from smartecr.insights.tables import COUNT, MONEY, TEXT, Column, Table
from smartecr.register.till import ZONE, Till
from smartecr.server.serving.letter_post import LetterPost
from support.shop import ESPRESSO, OWNER, Clock, pay_cash, ring

from .conftest import FIRST, Live

AT = datetime(2026, 11, 22, 19, 30, tzinfo=UTC).astimezone(ZONE)
MONDAY, SUNDAY = date(2026, 11, 16), date(2026, 11, 22)


def test_a_letter_makes_itself_with_the_last_closing_of_its_week(lived: Live) -> None:
    """Friday to Sunday: nothing is due before Sunday is closed; then one letter, once."""
    till = lived(2)
    post = LetterPost(lambda: till)
    assert letter.due(SUNDAY) is None
    assert post.look() is False
    assert letter.due(SUNDAY + timedelta(days=1)) == MONDAY, "closed on Sundays: due when the week is over"
    till = lived_on(till)
    assert letter.due(SUNDAY) == MONDAY
    assert post.look() is True
    assert post.look() is False
    kept = Letter.objects.get()
    assert (kept.monday, kept.made_at) == ("2026-11-16", "2026-11-22T18:10:00.000Z")
    assert bytes(kept.pdf).startswith(b"%PDF")
    assert letter.due(SUNDAY + timedelta(days=1)) is None


def lived_on(till: Till) -> Till:
    """Live through Sunday at the same shop."""
    from smartecr.server.demoshop import demo, demo_days

    clock: Any = till.clock
    demo_days.Story(till, clock.turn_to, demo.crew(), demo.numbers(), 7).live(FIRST + timedelta(days=2))
    return till


def test_a_week_with_an_open_day_waits(till: Till, clock: Clock) -> None:
    from smartecr.register.books import closing

    ring(till, ESPRESSO)
    pay_cash(till)
    closing.close_day(till, OWNER, till.new_id(), None)
    ring(till, ESPRESSO)
    pay_cash(till)
    assert letter.due(date(2026, 12, 1)) is None
    closing.close_day(till, OWNER, till.new_id(), None)
    assert letter.due(date(2026, 12, 1)) == date(2026, 11, 23)


def test_one_that_cannot_be_made_is_left_alone(lived: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    till = lived(3)
    tried = []

    def fail(*_arguments: object) -> None:
        tried.append(1)
        raise ValueError("no font")

    monkeypatch.setattr(letter, "render", fail)
    post = LetterPost(lambda: till)
    assert [post.look(), post.look()] == [False, False]
    assert len(tried) == 1
    assert not Letter.objects.exists()


def test_letters_are_kept_for_a_year(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letter, "render", lambda *_arguments: b"%PDF")
    first = date(2025, 1, 6)
    for week in range(55):
        letter.post(first + timedelta(weeks=week), "Laden", AT)
    letter.post(first + timedelta(weeks=54), "Laden", AT)
    mondays = sorted(Letter.objects.values_list("monday", flat=True))
    assert (len(mondays), mondays[0]) == (53, "2025-01-20")


def test_what_it_says_is_what_the_books_say(lived: Live) -> None:
    lived(3)
    said = compose(MONDAY, "Morgenrot", AT)
    week = around(MONDAY, "week")
    whole = asking.hours(asking.Live(), week, "all")[""]
    assert said["title"] == "Die Woche vom 16. bis 22. November 2026"
    assert said["week"] == "Wochenbrief, KW 47"
    euros = f"{whole.revenue_cents // 100:,}".replace(",", ".") + f",{whole.revenue_cents % 100:02d}\u00a0€"
    assert said["prose"].startswith(f"{euros} mit {whole.receipts} Bons")
    assert "mehr als" not in said["prose"], "no week before, nothing compared"
    assert "Der stärkste Tag war" in said["prose"]
    facts = dict(said["facts"]["rows"])
    assert facts["Rabatte und Aktionen"] == letter._euros(whole.discount_cents)
    assert {"Im Haus", "Außer Haus", "Bar bezahlt", "Mit Kundenkarte", "Rohertrag"} <= set(facts)
    assert len(said["carried"]["rows"]) == letter.TOP
    assert said["ahead"]["svg"] == ""
    assert "nichts Erfundenes" in said["ahead"]["prose"]
    assert json.dumps(said)
    assert pages(letter.render(MONDAY, "Morgenrot", AT)) == 1
    assert letter.render(MONDAY, "Morgenrot", AT) == letter.render(MONDAY, "Morgenrot", AT)
    assert letter.picture(MONDAY, "Morgenrot", AT).startswith(b"\x89PNG")


def pages(pdf: bytes) -> int:
    """Count pages in what Typst wrote: the page tree stands uncompressed in its output or in an object stream."""
    import re
    import zlib

    text = pdf
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            text += zlib.decompress(found[1])
        except zlib.error:
            continue
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", text))


def test_a_full_letter_is_still_one_page(lived: Live) -> None:
    """The longest there can be: ten articles with long names, three long findings, a forecast."""
    lived(3)
    said = compose(MONDAY, "Bäckerei & Konditorei Donaudampfschifffahrtsgesellschaft", AT)
    long = "Murat hat die Lade 31× von Hand geöffnet, höchstens fünf Minuten nach einem eigenen Storno. " * 2
    finding = {"title": "Storno nach dem Zeigen der Summe", "sentence": long, "usual": "üblich: 0,6", "clear": True}
    svg = said["svg"]
    said["odd"] |= {"found": [finding] * 3, "more": "12 weitere Funde stehen unter Auswertungen, Auffälliges."}
    said["ahead"] |= {"svg": svg, "alt": "x", "honest": long, "prose": long}
    for row in said["carried"]["rows"]:
        row[0] = "Rhabarber-Baiser-Schnitte mit Sahnehaube und Mandelsplittern"
    assert pages(paper.render("letter", said, AT)) == 1


def test_any_text_of_a_shop_is_only_text(db: None) -> None:
    """What looks like markup, script or a formula is printed as it is; a long table runs over pages."""
    table = Table(
        key="t",
        title="#panic() *fett* $x$ \\ <b>",
        columns=(Column("#1", TEXT), Column("n", COUNT), Column("€", MONEY)),
        rows=[(f'#import "{number}" @x [y] 漢字', number, None) for number in range(120)],
        total=("#", 1, 2),
        note="#n",
    )
    parts = [paper.Drawn(table=table, svg='<svg class="chart" viewBox="0 0 9 9" width="9" height="9"></svg>')]
    found = {"title": "*x*", "sentence": "#panic()", "usual": "$", "clear": True}
    pdf = paper.page("#title", "$", "@shop", parts, AT, lead="#lead", found=[found] * 40)
    assert pages(pdf) >= 4
    empty = Table(key="e", title="Leer", columns=(Column("a", TEXT),), rows=[])
    assert pages(paper.page("a", "", "", [paper.Drawn(table=empty)], AT)) == 1


def test_more_less_and_about_as_much() -> None:
    assert letter._than(stand(10_400), "in der Woche davor") == "4\u00a0% mehr als in der Woche davor"
    assert letter._than(stand(9_000), "vor einem Jahr") == "10\u00a0% weniger als vor einem Jahr"
    assert letter._than(stand(10_010), "vor einem Jahr") == "so viel wie vor einem Jahr"
    assert letter._than(stand(10_010, None), "vor einem Jahr") == ""


def stand(cents: int, against: int | None = 10_000) -> Any:
    """How a week stands against another one."""
    from smartecr.insights.today import Standing

    return Standing(Span(MONDAY, SUNDAY), asking.Sums(1, cents), Span(MONDAY, SUNDAY), against)


@pytest.mark.parametrize(
    ("days", "begins"),
    [
        (19, "An 19 nachgerechneten Tagen lag die Prognose im Mittel 9,2"),
        (1, "An einem nachgerechneten Tag lag die Prognose 9,2"),
    ],
)
def test_a_forecast_says_on_how_many_days_it_was_measured(days: int, begins: str) -> None:
    """A young shop has no eight weeks to look back on."""
    assert letter.honesty(Errors(920, 1030, days)).startswith(begins)
    assert letter.honesty(Errors(None, None, 0)) == ""
