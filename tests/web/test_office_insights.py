"""Pages of figures without a browser: what they say, for whom, and that any address gets an answer."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from smartecr.register import queries
from support.screens import words
from support.shop import ESPRESSO, JUICE, OWNER, ROLL, pay_cash, ring

if TYPE_CHECKING:
    from django.test import Client

    from smartecr.register.till import Till
    from support.shop import Clock

AtTill = Callable[..., "Client"]


@pytest.fixture
def week(till: Till, clock: Clock) -> Till:
    """A Tuesday with 9,00 € of revenue and 25 cents of deposit, closed; a week later an espresso."""
    from smartecr.register.books import closing

    ring(till, ESPRESSO, JUICE, ROLL)
    pay_cash(till)
    closing.close_day(till, OWNER, till.new_id(), None)
    clock.forward(days=7, minutes=3)
    ring(till, ESPRESSO)
    pay_cash(till)
    return till


def test_today_says_how_it_stands(week: Till, at_till: AtTill) -> None:
    page = words(at_till("Christine").get("/office/today"))
    assert "Dienstag, 1. Dezember Im Handbuch nachlesen live, 08:45 Uhr" in page
    assert "2,40 € −6,60 € (−73,3 %) gegen letzten Dienstag, 08:45" in page
    assert "1 Bon 2,40 € je Bon" in page
    assert "Die Bücher sind noch nicht geprüft Abschluss 1 mit Kassendifferenz 0,00 €." in page
    assert "Zertifikat bis" in page
    assert "Bar 2,40 €" in page
    assert "Spitze: Di, 8 Uhr" in page


def test_a_chart_says_what_its_strokes_are_and_a_rise_bears_a_plus(week: Till, at_till: AtTill) -> None:
    client = at_till("Christine")
    for address in ("/office/figures/hours?length=week", "/office/today?length=week"):
        assert "Striche: 23. bis " in words(client.get(address))
    assert "Striche:" not in words(client.get("/office/figures/hours?length=week&day=2026-11-24"))
    assert "Heute läuft noch" in words(client.get("/office/figures/hours?length=week"))
    empty = words(client.get("/office/figures/hours?length=week&day=2026-11-03"))
    assert "Heute läuft noch" not in empty
    assert empty.count("In diesem Zeitraum gibt es dazu nichts.") == 3
    ring(week, ESPRESSO, ESPRESSO, ESPRESSO, ROLL)
    pay_cash(week)
    assert "9,00 € +42,2 %" in words(client.get("/office/figures/groups?length=week"))


def test_every_length_and_any_nonsense_is_answered(week: Till, at_till: AtTill) -> None:
    client = at_till("Christine")
    for query, heading in {
        "length=week": "30. November bis 6. Dezember 2026",
        "length=month&day=2026-11-24": "November 2026",
        "length=year": "2026",
        "length=day&day=2026-11-24": "Dienstag, 24. November",
        "length=century&day=2026-13-45": "Dienstag, 1. Dezember",
        "length=day&day=2025-11-24": "Montag, 24. November 2025",
        "length=month&day=2027-05-01": "Dezember 2026",
        "from=2027-05-01&to=2027-05-31": "Dienstag, 1. Dezember",
        "from=2026-11-30&to=2026-11-20": "20. bis 30. November 2026",
        "from=2025-11-20&to=2026-11-30": "20. November 2025 bis 30. November 2026",
        "from=0001-01-01&to=9999-12-31": "Dienstag, 1. Dezember",
    }.items():
        answer = client.get(f"/office/today?{query}")
        assert answer.status_code == 200, query
        assert heading in words(answer), query
    november = words(client.get("/office/today?length=month&day=2026-11-24"))
    assert "9,00 €" in november
    assert "live," not in november


def test_an_empty_shop_is_told_kindly(at_till: AtTill) -> None:
    page = words(at_till("Christine").get("/office/today"))
    assert "Noch kein Verkauf. Der erste Bon zeichnet hier seinen Punkt." in page
    assert "Noch kein Abschluss." in page


def test_the_last_proof_of_the_books_is_told(week: Till, at_till: AtTill) -> None:
    from smartecr.register.ledger import writing
    from smartecr.sql import select

    client = at_till("Christine")
    for holds, sentence in ((True, "Die Bücher stimmen."), (False, "Die Bücher stimmen nicht: 2 Befunde")):
        with writing(week, OWNER) as writer:
            body = {"holds": holds, "lines": [], "explained": [], "findings": [], "count": 0 if holds else 2}
            writer.append("books_verified", body)
        page = words(client.get("/office/today"))
        assert f"{sentence} Geprüft am 1. Dezember um 8:45." in page
    plan = "EXPLAIN QUERY PLAN SELECT at FROM register_journal WHERE register_id = %s AND kind = 'books_verified'"
    told = str(select(f"{plan} ORDER BY seq DESC LIMIT 1", [week.register_id]))
    assert "journal_kind" in told, "no walk through the journal each time the page is looked at"


@pytest.fixture
def busy(week: Till, clock: Clock) -> Till:
    """The week before, and today a discount, a void after parking and a cancellation."""
    from smartecr.register.sale import refunding, selling
    from support.shop import MANAGER, command

    outcomes = ring(week, ESPRESSO, ROLL)
    selling.run(week, MANAGER, [command(week, "discount", kind="percent", value=1000, reason="Treue")])
    selling.run(week, MANAGER, [command(week, "park", label="Tisch 4")])
    basket = queries.parked(week)[0].id
    selling.run(week, MANAGER, [command(week, "recall", basket=basket)])
    selling.run(week, MANAGER, [command(week, "void", line=outcomes[0].line_id)])
    paid = pay_cash(week)
    refunding.refund(week, MANAGER, week.new_id(), paid.id, "=Falsch gebongt")
    return week


@pytest.fixture
def anna(busy: Till) -> str:
    """Anna, who laid her card on a sale of 3,20 €; the id of her card."""
    from smartecr.register.regulars import guests
    from smartecr.register.sale import selling
    from support.shop import MANAGER, command

    guest = guests.save(busy, MANAGER, busy.new_id(), {"name": "Anna Müller"})
    ring(busy, ROLL)
    selling.run(busy, MANAGER, [command(busy, "guest", customer=guest.id)])
    pay_cash(busy)
    return guest.id


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("hours", ["Nach Wochentag", "Nach Stunde", "8 Uhr 1 2,40 € 2,40 €"]),
        ("articles", ["1 von 1 Artikeln bringen 80 % des Umsatzes.", "A Espresso 1 2,40 €", "Sekt 5 0 0,00 €"]),
        ("groups", ["Kaffee 1 2,40 €", "Zusammen 2,40 €"]),
        ("together", ["In diesem Zeitraum gibt es dazu nichts."]),
        (
            "people",
            [
                "Jana 2 5,28 € 2,64 € 1 −0,32 € 0 0",
                "Murat -1 −2,88 € 0,00 € 0 0,00 € 1 1",
                "Zusammen 1 2,40 € 2,40 € 1 −0,32 € 1 1",
            ],
        ),
        ("means", ["Bar 3 2,40 € 100,0 %", "Zusammen 3 2,40 €"]),
        ("vat", ["19 % 2,40 € 2,02 € 0,38 €", "Umsatz, wie er hier steht 2,40 €", "Kassenabschlüssen 2,40 €"]),
        (
            "given",
            ["Bons mit Rabatt von Hand 1 −0,32 €", "nachdem der Bon geparkt war 1 −2,40 €", "Murat", "=Falsch gebongt"],
        ),
        ("odd", ["Nichts Auffälliges", "Ab hundert Tagen sagt dieser Test etwas"]),
        ("ahead", ["Eine Prognose braucht vier Wochen Verkauf."]),
    ],
)
def test_each_page_says_its_figures(busy: Till, at_till: AtTill, name: str, said: list[str]) -> None:
    answer = at_till("Christine").get(f"/office/figures/{name}?length=month")
    assert answer.status_code == 200
    page = words(answer)
    for one in said:
        assert one.replace("Murat -1", "Murat −1") in page, page
    assert "style=" not in answer.content.decode()


@pytest.mark.parametrize("name", ["hours", "articles", "groups", "people", "customers", "means", "given"])
def test_nothing_is_compared_with_days_before_the_shop(week: Till, clock: Clock, at_till: AtTill, name: str) -> None:
    from smartecr.register.books import closing

    closing.close_day(week, OWNER, week.new_id(), None)
    clock.forward(days=20)
    client = at_till("Christine")
    since = "Noch kein Vergleich: Verkauft wird hier erst seit 24.11.2026."
    half, live = (words(client.get(f"/office/figures/{name}?{days}")) for days in (
        "from=2026-12-01&to=2026-12-13", "from=2026-12-01&to=2026-12-14"))  # fmt: skip
    assert since in half, "17 to 29 November: of 13 days the shop was there for six"
    assert ("Änderung " in half, "–29.11.2026" in half, "Striche:" in half) == (False, False, False)
    assert since not in live
    assert "17.–30.11.2026" in live, "what it is compared with"
    last_year = words(client.get(f"/office/figures/{name}?length=month&against=year"))
    assert (since in last_year, "Änderung " in last_year) == (True, False)


def test_a_file_of_figures_compares_no_days_before_the_shop(busy: Till, at_till: AtTill) -> None:
    client = at_till("Christine")
    heads = [
        client.get(f"/office/figures/articles/articles.csv?{days}").content.decode("utf-8-sig").split("\r\n")[0]
        for days in ("length=week", "length=month")
    ]
    assert heads == ["Artikel;Menge;Umsatz;23.–24.11.2026;Änderung", "Artikel;Menge;Umsatz"]


def test_a_group_of_pieces_and_kilograms_has_no_quantity(busy: Till, at_till: AtTill) -> None:
    from smartecr.catalog.models import Article

    Article.objects.filter(id=ROLL).update(unit="kg")  # the other article of the group is sold by the piece
    ring(busy, ESPRESSO, ROLL)
    pay_cash(busy)
    page = words(at_till("Christine").get("/office/figures/groups?length=month"))
    assert "Kaffee 2 4,80 €" in page
    assert re.search(r"Back\S+ 3,20 €", page), page


def test_of_many_findings_the_clearest_are_shown(week: Till, at_till: AtTill, monkeypatch: pytest.MonkeyPatch) -> None:
    from smartecr.insights.odd import finder
    from smartecr.web.office import insights_odd
    from support.oddyear import Year

    year = Year(7)
    for what, person, month in (("quiet", "Anna", 4), ("burst", "Anna", 6), ("discount", "Bela", 9)):
        year.plant(what, person, month, 60 if what == "discount" else 6)
    found = finder.find(year.evidence())
    assert len(found) > 2
    monkeypatch.setattr(finder, "gather", lambda *_asked: year.evidence())
    client = at_till("Christine")
    assert "deutlichsten" not in words(client.get("/office/figures/odd"))
    monkeypatch.setattr(insights_odd, "SHOWN", 2)
    page = words(client.get("/office/figures/odd"))
    assert f"Hier stehen die 2 deutlichsten von {len(found)} Funden" in page
    assert [one.sentence in page for one in found[:2]] == [True, True]
    assert found[2].sentence not in page


def test_each_page_has_an_english_face(busy: Till, at_till: AtTill) -> None:
    from smartecr.web.office.insights_pages import PAGES

    client = at_till("Christine")
    for name in PAGES:
        page = words(client.get(f"/office/figures/{name}?against=year&length=week", headers={"Accept-Language": "en"}))
        assert "Figures" in page or "Auswertungen" in page


def test_tables_go_out_as_csv_and_xlsx(busy: Till, at_till: AtTill) -> None:
    client = at_till("Christine")
    answer = client.get("/office/figures/given/events.csv?length=month")
    assert answer.headers["Content-Disposition"].endswith('given-events-2026-12-01-2026-12-31.csv"')
    text = answer.content.decode()
    assert text.startswith("\ufeffWann;Was;Wer;Bon;")
    assert ";'=Falsch gebongt;" in text, "no spreadsheet takes it for a formula"
    book = client.get("/office/figures/articles/articles.xlsx?length=month").content
    with ZipFile(io.BytesIO(book)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        texts = archive.read("xl/sharedStrings.xml").decode()
    assert "<v>2.4</v>" in sheet, "a number, in euros"
    assert "Espresso" in texts
    assert "<f>" not in sheet
    for address in ("given/nothing.csv", "given/events.pdf", "nothing/events.csv", "nothing.pdf"):
        assert client.get(f"/office/figures/{address}").status_code == 404


def test_names_of_customers_stay_on_the_page(busy: Till, anna: str, at_till: AtTill) -> None:
    """Files bear the number of the card; who was erased is counted without a name."""
    from smartecr.core.vouchers import shown
    from smartecr.register.regulars import guests

    client = at_till("Christine")
    answer = client.get("/office/figures/customers?length=month")
    page = words(answer)
    assert "1 Karte brachte 57,1 % des Umsatzes, 1 davon ist neu." in page
    assert "Mit Karte 1 3,20 € 3,20 € 57,1 % Ohne Karte 1 2,40 € 2,40 € 42,9 %" in page
    assert "Anna Müller 1 3,20 € 3,20 € 01.12.2026" in page
    assert f"/office/customers/{anna}" in answer.content.decode()
    number = shown(guests.search("Anna")[0].number)
    for kind in ("csv", "xlsx"):
        content = client.get(f"/office/figures/customers/customers.{kind}?length=month").content
        if kind == "xlsx":
            with ZipFile(io.BytesIO(content)) as archive:
                content = archive.read("xl/sharedStrings.xml")
        assert "Anna" not in content.decode()
        assert number in content.decode()
    guests.erase(busy, OWNER, anna)
    page = words(client.get("/office/figures/customers?length=month"))
    assert "Anna" not in page
    assert "Gelöschte Karten 1 3,20 €" in page


def test_every_page_goes_out_as_pdf(busy: Till, anna: str, at_till: AtTill) -> None:
    from smartecr.web.office.insights_pages import PAGES

    client = at_till("Christine")
    for name in PAGES:
        answer = client.get(f"/office/figures/{name}.pdf?length=month")
        assert answer.content.startswith(b"%PDF"), name
        assert answer.headers["Content-Disposition"].endswith(f'{name}-2026-12-01-2026-12-31.pdf"')
        assert (
            f"/office/figures/{name}.pdf?length=month&amp;day=2026-12-01"
            in client.get(f"/office/figures/{name}?length=month").content.decode()
        )


def test_letters_lie_in_a_list(busy: Till, at_till: AtTill) -> None:
    from smartecr.server.serving.letter_post import LetterPost

    client = at_till("Christine")
    page = words(client.get("/office/letters"))
    assert "23. bis 29. November 2026 9,00 € auf Wunsch" in page
    assert "30. November" not in page, "that week is not over"
    assert client.get("/office/letters/2026-11-23.png").status_code == 404
    assert LetterPost(lambda: busy).look()
    page = words(client.get("/office/letters"))
    assert "23. bis 29. November 2026 9,00 € 1.12., 08:" in page
    assert client.get("/office/letters/2026-11-23.png").content.startswith(b"\x89PNG")
    answer = client.get("/office/letters/2026-11-23.pdf")
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="wochenbrief-2026-11-23.pdf"'
    for monday in ("2026-11-30", "2026-11-24", "2026-11-16", "1999-01-04", "x"):
        assert client.get(f"/office/letters/{monday}.pdf").status_code == 404, monday


def test_views_are_kept_and_forgotten_by_their_owner(busy: Till, at_till: AtTill) -> None:
    from smartecr.insights.models import SavedView

    client = at_till("Christine")
    address = "/office/figures/articles/keep?length=year&day=2026-03-03&against=year"
    kept = client.post(address, {"called": " Mein  Jahr "})
    assert kept.headers["Location"] == "/office/figures/articles?length=year&day=2026-01-01&against=year"
    client.post("/office/figures/groups/keep?from=2026-11-01&to=2026-11-07", {"called": "Mein Jahr"})
    view = SavedView.objects.get()
    assert (view.name, view.page, view.query) == ("Mein Jahr", "groups", "from=2026-11-01&to=2026-11-07")
    assert "Mein Jahr" in words(client.get("/office/figures/hours"))
    other = at_till("Murat")
    assert "Mein Jahr" not in words(other.get("/office/figures/hours"))
    assert other.post(f"/office/figures/views/{view.id}/forget").status_code == 404
    at_till("Christine").post(f"/office/figures/views/{view.id}/forget")
    assert not SavedView.objects.exists()


def test_figures_are_for_the_management(busy: Till, at_till: AtTill) -> None:
    client = at_till("Jana")
    for address in (
        "today",
        "insights",
        "figures/people",
        "figures/people/people.csv",
        "figures/people.pdf",
        "letters",
        "letters/2026-11-23.pdf",
    ):
        assert client.get(f"/office/{address}").status_code == 403
    assert client.post("/office/figures/people/keep", {"called": "x"}).status_code == 403
