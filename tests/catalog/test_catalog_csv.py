"""Articles as CSV: exact round trip, every error at its place, nothing by halves."""

from __future__ import annotations

import itertools
import random
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartecr.catalog import checks, codes, csvcells, csvfile, rows
from smartecr.catalog.models import Article, Barcode, Group

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 23)


def text(*lines: str) -> bytes:
    """A file of these lines."""
    return "\r\n".join(lines).encode()


def ids() -> Any:
    """Ids that count."""
    return map("{:032x}".format, itertools.count(1)).__next__


def refused(data: bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(csvfile.CsvError) as caught:
        csvfile.read(data, ids(), DAY)
    return [(problem.line, problem.column, problem.message) for problem in caught.value.problems]


@pytest.fixture
def shop(add, group: str, write) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """Three articles: a deposit, a bottle with codes, an espresso."""
    found = {"900": add("900", "Pfand 0,25", gv_typ="Pfand", price_cents=25, favourite_position=None)}
    found["601"] = add(
        "601",
        "Apfel\u00adschorle 0,33 l",
        ["4006381333931"],
        price_cents=340,
        deposit_article_id=found["900"],
        prices={2: 300},
        favourite_position=21,
    )
    found["101"] = add("101", "Espresso", price_cents=240, cost_cents=31, vat_key_out=2, sold_out=True)
    write([rows.barcode_row("14006381333938", found["601"], 6000)])
    return found


SHORTENED = "Die Tabellenkalkulation hat diesen Code verkürzt. Spalte als Text formatieren, Code neu eintragen."
EXPORT = [
    (
        "Nummer;Name;Warengruppe;Preis;Preis 2;Einkauf netto;Freier Preis;Einheit;MwSt im Haus;MwSt außer Haus;Codes;"
        "Pfandartikel;Ab Alter;Ausverkauft;Favorit;Position;Symbol;Bild;Art;Aktiv"
    ),
    "101;Espresso;Kaffee;2,40;;0,31;nein;;allgemein;ermäßigt;;;0;ja;;0;;;Umsatz;ja",
    (
        "601;Apfel\u00adschorle 0,33 l;Kaffee;3,40;3,00;;nein;;allgemein;allgemein;"
        '"=""14006381333938*6 | 4006381333931""";900;0;nein;21;0;;;Umsatz;ja'
    ),
    "900;Pfand 0,25;Kaffee;0,25;;;nein;;allgemein;allgemein;;;0;nein;;0;;;Pfand;ja",
]


def test_the_file_as_people_see_it(shop: dict[str, str]) -> None:
    assert csvfile.export_articles() == "\ufeff" + "".join(f"{line}\r\n" for line in EXPORT)


def test_contents_go_out_and_come_in(shop: dict[str, str], write) -> None:  # type: ignore[no-untyped-def]
    write(csvfile.read(text("Nummer;Inhalt", "601;0,33 Liter"), ids(), DAY).rows)
    article = Article.objects.get(number="601")
    assert (article.content, article.content_unit, article.unit_price_text(340)) == (330, "l", "1 l = 10,30 €")
    lines = csvfile.export_articles().splitlines()
    assert ";Einheit;Inhalt;" in lines[0]
    assert ";0,33 l;" in lines[2]
    assert csvfile.read(csvfile.export_articles().encode(), ids(), DAY).rows == []
    assert refused(text("Nummer;Inhalt", "601;drei", "900;1 l")) == [
        (2, "Inhalt", "„drei“ ist kein Inhalt. Beispiel: 250 g, 0,33 l"),
        (3, "Inhalt", "Einen Inhalt hat nur eine Ware, kein Pfand und kein Gutschein."),
    ]
    write(csvfile.read(text("Nummer;Inhalt", "601;"), ids(), DAY).rows)
    assert Article.objects.get(number="601").content is None


def test_its_own_export_changes_nothing(shop: dict[str, str]) -> None:
    reading = csvfile.read(csvfile.export_articles().encode(), ids(), DAY)
    assert reading == csvfile.Reading(rows=[], created=0, changed=0, unchanged=3, notices=[])


def test_only_what_differs_is_written(shop: dict[str, str], write) -> None:  # type: ignore[no-untyped-def]
    reading = csvfile.read(text("Nummer;Preis", "101;2,60", "601;3,40"), ids(), DAY)
    assert [(row["table"], row["key"]) for row in reading.rows] == [("catalog_article", shop["101"])]
    assert (reading.created, reading.changed, reading.unchanged) == (0, 1, 1)
    write(reading.rows)
    article = Article.objects.get(number="101")
    assert (article.price_cents, article.name, article.sold_out, article.vat_key_out) == (260, "Espresso", True, 2)


def test_new_articles_groups_codes_and_deposit(db: None, write) -> None:  # type: ignore[no-untyped-def]
    data = text(
        "Nummer;Name;Warengruppe;Preis;MwSt im Haus;MwSt außer Haus;Codes;Pfandartikel;Art;Ab Alter",
        "1;Limo;Kaltes;2,90;19 %;19;4006381333931|96385074*2,5;9;;",
        "9;Pfand;Kaltes;0,15;19,0 %;19;;;Pfand;",
        "2;Bier;Kaltes;3,20;;;;9;Umsatz;ab 16",
        "3;Buch;Papier;12;7%;7 %;;;;0",
    )
    reading = csvfile.read(data, ids(), DAY)
    assert (reading.created, reading.changed) == (4, 0)
    write(reading.rows)
    groups = list(Group.objects.values_list("name", "vat_key_in", "vat_key_out", "position"))
    assert groups == [("Kaltes", 1, 1, 1), ("Papier", 2, 2, 2)]
    beer = Article.objects.select_related("deposit_article").get(number="2")
    assert (beer.age, beer.vat_key_in, beer.price_cents) == (16, 1, 320)
    assert beer.deposit_article is not None
    assert beer.deposit_article.number == "9"
    found = dict(Barcode.objects.values_list("code", "quantity"))
    assert found == {"4006381333931": 1000, "96385074": 2500}


def test_codes_move_between_articles_and_go(shop: dict[str, str], write) -> None:  # type: ignore[no-untyped-def]
    reading = csvfile.read(text("Nummer;Codes", "101;4006381333931", "601;"), ids(), DAY)
    write(reading.rows)
    assert dict(Barcode.objects.values_list("code", "article__number")) == {"4006381333931": "101"}
    assert (reading.changed, reading.unchanged) == (2, 0)


def test_kind_and_deposit_change_together(shop: dict[str, str], write) -> None:  # type: ignore[no-untyped-def]
    write(csvfile.read(text("Nummer;Art;Pfandartikel;Codes", "601;Pfand;;", "101;;601;"), ids(), DAY).rows)
    deposits = dict(Article.objects.values_list("number", "deposit_article__number"))
    assert deposits == {"101": "601", "601": None, "900": None}


@pytest.mark.parametrize(
    ("lines", "problems"),
    [
        (["Nummer;Preis", "101;2,4x"], [(2, "Preis", "„2,4x“ ist kein Betrag. Beispiel: 12,50")]),
        (
            ["Nummer;Name;Warengruppe;Preis;Ab Alter", "Ä1;;Kaffee;1,234;17", "101;\u00ad;Kaffee;1;x"],
            [
                (2, "Preis", "Ein Betrag hat höchstens zwei Stellen nach dem Komma."),
                (2, "Name", "Ein neuer Artikel braucht diese Angabe."),
                (3, "Ab Alter", "Hier gehört eine ganze Zahl hin."),
                (3, "Name", "Der Text hat 1 bis 120 Zeichen."),
            ],
        ),
        (
            ["Nummer;Preis", "101;1", "", "601;1", "101;2"],
            [(5, "Nummer", "Die Nummer 101 steht schon in Zeile 2.")],
        ),
        (
            ["Nummer;Codes", "101;4006381333932", "601;4,00638E+12"],
            [
                (2, "Codes", "Die Prüfziffer von 4006381333932 stimmt nicht. Richtig wäre 1 am Ende."),
                (
                    3,
                    "Codes",
                    SHORTENED,
                ),
            ],
        ),
        (
            ["Nummer;Codes", "101;036000291452", "601;0036000291452"],
            [(3, "Codes", "Der Code 0036000291452 steht schon in Zeile 2.")],
        ),
        (["Nummer;Codes", "101;4006381333931"], [(2, "Codes", "Der Code 4006381333931 gehört schon zum Artikel 601.")]),
        (["Nummer;Codes", "101;A|B|A"], [(2, "Codes", "Der Code A steht zweimal in der Zelle.")]),
        (["Nummer;Codes", "101;A*0"], [(2, "Codes", "Ein Code steht für mehr als nichts.")]),
        (["Nummer;Pfandartikel", "101;77"], [(2, "Pfandartikel", "Den Pfandartikel 77 gibt es nicht.")]),
        (
            ["Nummer;Pfandartikel", "101;601"],
            [(2, "Pfandartikel", "Der Artikel 601 ist kein Pfand für diesen Artikel.")],
        ),
        (["Nummer;Art", "900;Umsatz"], [(2, "Art", "Der Artikel 601 nimmt diesen als Pfand.")]),
        (
            ["Nummer;Art", "101;Rabatt"],
            [(2, "Art", "Ein Artikel ist Umsatz, Pfand, PfandRueckzahlung oder Gutschein.")],
        ),
        (["Nummer;Preis", "101;-1"], [(2, "Preis", "Negativ ist nur der Preis einer Pfandrückgabe.")]),
        (["Nummer;Preis 2", "101;-1"], [(2, "alle", "Negativ ist nur der Preis einer Pfandrückgabe.")]),
        (
            ["Nummer;MwSt im Haus", "101;16 %"],
            [(2, "MwSt im Haus", "Diesen Steuersatz gibt es nicht. Möglich: 19 %, 7 %, nicht steuerbar, steuerfrei.")],
        ),
        (["Nummer;Aktiv", "101;vielleicht"], [(2, "Aktiv", "Hier gehört ja oder nein hin.")]),
        (["Nummer;Preis", ";1"], [(2, "Nummer", "Die Nummer fehlt.")]),
        (["Nummer;Name;Preis", "99;Tee;1"], [(2, "Warengruppe", "Ein neuer Artikel braucht diese Angabe.")]),
        (["Nummer;Preis", "101;1;2"], [(2, "alle", "Die Zeile hat mehr Zellen als die 2 Überschriften.")]),
        (["Name;Preis", "x;1"], [(1, "Nummer", "Die Spalte Nummer fehlt.")]),
        (["Nummer;Farbe", "101;rot"], [(1, "Farbe", "Diese Überschrift ist unbekannt.")]),
        (["Nummer;Preis;Verkaufspreis", "1;1;1"], [(1, "Preis", "Diese Überschrift kommt zweimal vor.")]),
        ([""], [(1, "alle", "Die Datei ist leer.")]),
        (
            ["Nummer;Name", '101;"offen', "x;y"],
            [(2, "alle", "Die Anführungszeichen gehen nicht auf, oder eine Zelle ist zu lang.")],
        ),
        (
            ["Nummer;Name", '101;"a', 'b"', "101;c"],
            [
                (2, "Name", "Der Text enthält unsichtbare Zeichen."),
                (4, "Nummer", "Die Nummer 101 steht schon in Zeile 2."),
            ],
        ),
        (["Nummer;Warengruppe", "101;" + "x" * 51], [(2, "Warengruppe", "Der Text hat 1 bis 50 Zeichen.")]),
        (
            ["Nummer;Favorit;Position", "101;0;9999999"],
            [
                (2, "Favorit", "Die Zahl liegt zwischen 1 und 999999."),
                (2, "Position", "Die Zahl liegt zwischen 0 und 999999."),
            ],
        ),
    ],
)  # fmt: skip
def test_errors_are_named_by_line_and_column(
    shop: dict[str, str], lines: list[str], problems: list[tuple[int, str, str]]
) -> None:
    assert refused(text(*lines)) == problems


def test_a_shortened_number_is_named(db: None) -> None:
    problems = refused(text("Nummer;Name;Warengruppe;Preis", "4,00638E+12;x;y;1"))
    assert problems[0][:2] == (2, "Nummer")
    assert "verkürzt" in problems[0][2]


def test_errors_are_capped_and_counted(db: None) -> None:
    data = text("Nummer;Name;Warengruppe;Preis", *(f"{number};;;" for number in range(150)))
    with pytest.raises(csvfile.CsvError) as caught:
        csvfile.read_articles(data)
    assert caught.value.total == 450
    assert len(caught.value.problems) == csvfile.MAX_PROBLEMS + 1
    assert caught.value.problems[-1].message == "… und 350 weitere"


@pytest.mark.parametrize(
    "lines",
    [
        ["sep=;", "Nummer;Preis", "101;2,60"],
        ["", ";;", "Nummer;Preis;;", "101;2,60;;", ";;;"],
        ['"Nummer";"Preis"', '="101";"2,60 €"'],
        ["ARTIKELNUMMER; verkaufspreis ", "101;2.60"],
        ["Preis;Nummer", " 2,60 ;\u00a0101"],
        ["Nummer;Preis;Name", "101;2,60"],
        ["Nummer,Preis", '101,"2,60"'],
        ["sep=,", "Nummer,Preis", "101,2.60"],
        ["Nummer\tPreis", "101\t2,60"],
        ["Nummer;Preis;Aktiv;Ausverkauft;Freier Preis", "101;2,6;WAHR;x;FALSCH"],
    ],
)
def test_what_spreadsheets_do_to_files(shop: dict[str, str], lines: list[str]) -> None:
    for ending in ("\r\n", "\n", "\r"):
        for start in ("", "\ufeff"):
            reading = csvfile.read((start + ending.join(lines)).encode(), ids(), DAY)
            assert [(row["columns"] or {})["price_cents"] for row in reading.rows] == [260]
            assert (reading.changed, reading.notices) == (1, [])
        reading = csvfile.read(ending.join(lines).encode("utf-16"), ids(), DAY)
        assert [(row["columns"] or {})["price_cents"] for row in reading.rows] == [260]


def test_windows_text_is_read_with_a_notice(shop: dict[str, str]) -> None:
    reading = csvfile.read("Nummer;Name;MwSt außer Haus\n101;Café Crème;ermäßigt".encode("cp1252"), ids(), DAY)
    assert [(row["columns"] or {})["name"] for row in reading.rows] == ["Café Crème"]
    assert "Windows-Text" in reading.notices[0]


@pytest.mark.parametrize(
    ("data", "line", "word"),
    [
        (b"\xff\xfeN", 1, "unbekannt"),
        (b"Nummer;Name\n1;\x81\xe4", 2, "unlesbare Zeichen"),
        (b"", 1, "leer"),
        (b"\xef\xbb\xbf", 1, "leer"),
        (b"x" * (csvfile.MAX_BYTES + 1), 1, "größer als 64 MB"),
        (b"Nummer;Name\n1;" + b"x" * 200_000, 2, "zu lang"),
        (b"\x00" * 50, 1, "unbekannt"),
    ],
)
def test_files_that_are_none(db: None, data: bytes, line: int, word: str) -> None:
    problems = refused(data)
    assert problems[0][0] == line
    assert word in problems[0][2]


def test_too_many_rows(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csvfile, "MAX_ROWS", 3)
    lines = ["Nummer;Name;Warengruppe;Preis", *(f"{number};x;y;1" for number in range(1, 6))]
    assert csvfile.read(text(*lines[:4]), ids(), DAY).created == 3
    assert refused(text(*lines)) == [(5, "alle", "Mehr als 3 Artikel sind zu viel.")]


def test_formulas_do_not_leave_the_house(add) -> None:  # type: ignore[no-untyped-def]
    add("1", "=HYPERLINK(1)", unit="+kg")
    add("2", "@SUM")
    add("3-4", "'quoted")
    add("007", "007")
    add("5", "1/2")
    exported = csvfile.export_articles()
    lines = exported.splitlines()[1:]
    assert [line.split(";")[:2] for line in lines] == [
        ['"=""007"""', '"=""007"""'],
        ["1", "'=HYPERLINK(1)"],
        ["2", "'@SUM"],
        ['"=""3-4"""', "''quoted"],
        ["5", '"=""1/2"""'],
    ]
    assert csvfile.read(exported.encode(), ids(), DAY).unchanged == 5


def test_group_names_are_found_as_they_are_written(shop: dict[str, str], group: str) -> None:
    reading = csvfile.read(text("Nummer;Warengruppe", "101;kaffee", "601;Ka\u0066\u0066ee "), ids(), DAY)
    assert reading.unchanged == 2


def test_vat_words_are_read_back() -> None:
    read = csvcells.vat_reader(DAY)
    assert {key: read(word.upper()) for key, word in csvcells.VAT_WORDS.items()} == {key: key for key in range(1, 9)}
    assert [read(rate) for rate in ("19", "7 %", "7,8 %", "5,50 %")] == [1, 2, 3, 4]


NAMES = st.text(
    st.one_of(st.sampled_from("abzäöüß '\"=+-@;,|*#\u00ad 0123456789"), st.characters(codec="utf-8")),
    min_size=1,
    max_size=24,
)
NUMBERS = st.from_regex(r"[0-9A-Za-z]([0-9A-Za-z._/-]{0,6}[0-9A-Za-z])?", fullmatch=True)
CODES = st.one_of(
    st.text(st.sampled_from("ABC12 '\"=+-;,@#"), min_size=1, max_size=7),
    st.integers(1, 999_999_999_999).map(lambda stem: f"{stem:012d}" + codes.check_digit(f"{stem:012d}")),
)
ARTICLES = st.fixed_dictionaries(
    {
        "name": NAMES,
        "group": NAMES,
        "vat_key_in": st.integers(1, 8),
        "vat_key_out": st.integers(1, 8),
        "price_cents": st.integers(0, 99_999_999),
        "prices": st.dictionaries(st.integers(2, 9), st.integers(0, 99_999_999), max_size=3),
        "open_price": st.booleans(),
        "unit": st.sampled_from(["", "kg", "Stück", "=x", "1/4"]),
        "favourite_position": st.none() | st.integers(1, 999_999),
        "position": st.integers(0, 999_999),
        "sold_out": st.booleans(),
        "age": st.sampled_from([0, 16, 18]),
        "icon": st.sampled_from(["", "coffee"]),
        "active": st.booleans(),
        "codes": st.dictionaries(CODES, st.integers(1, 9_999_999), max_size=2),
        "kind": st.sampled_from(["Umsatz", "Pfand", "PfandRueckzahlung", "with deposit"]),
    }
)


def build(articles: dict[str, dict[str, Any]], write: Any) -> None:
    """Write what hypothesis thought up, as far as the rules allow it."""
    new_id = ids()
    groups: dict[str, str] = {}
    changes: list[rows.Row] = []
    taken: set[str] = set()
    deposits = [number for number, values in articles.items() if values["kind"] == "Pfand"]
    keys = {number: new_id() for number in articles}
    for number, values in articles.items():
        columns = {key: value for key, value in values.items() if key not in ("group", "codes", "kind")}
        name = rows.tidy(values["group"])
        if name.casefold() not in {known.casefold() for known in groups}:
            try:
                group = rows.group_row({"id": new_id(), "name": name, "position": len(groups) + 1})
            except rows.CatalogError:
                name = "Reste"
                group = rows.group_row({"id": new_id(), "name": name, "position": len(groups) + 1})
            if name not in groups:
                groups[name] = group["key"]
                changes.append(group)
        key = next(key for known, key in groups.items() if known.casefold() == name.casefold())
        columns |= {"id": keys[number], "number": number, "group_id": key}
        columns["gv_typ"] = values["kind"].replace("with deposit", "Umsatz")
        if values["kind"] == "PfandRueckzahlung":
            columns["price_cents"] *= -1
            columns["prices"] = {}
        if values["kind"] == "with deposit" and deposits:
            columns["deposit_article_id"] = keys[deposits[0]]
        try:
            row = rows.article_row(columns)
        except rows.CatalogError:
            row = rows.article_row({**columns, "name": "Ersatz", "unit": ""})
        changes.append(row)
        for code, quantity in values["codes"].items():
            try:
                barcode = rows.barcode_row(code, keys[number], quantity)
            except rows.CatalogError:
                continue
            if barcode["key"] not in taken:
                taken.add(barcode["key"])
                changes.append(barcode)
    changes.sort(key=lambda row: row["table"] != rows.GROUP)
    write(changes)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.dictionaries(NUMBERS, ARTICLES, max_size=5))
def test_round_trip(write, articles: dict[str, dict[str, Any]]) -> None:  # type: ignore[no-untyped-def]
    with transaction.atomic():
        build(articles, write)
        exported = csvfile.export_articles()
        assert csvfile.read(exported.encode(), ids(), DAY).rows == []
        Barcode.objects.all().delete()
        Article.objects.update(deposit_article=None)
        Article.objects.all().delete()
        Group.objects.all().delete()
        fresh = csvfile.read(exported.encode(), ids(), DAY)
        assert (fresh.created, fresh.changed, fresh.unchanged) == (len(articles), 0, 0)
        checks.verify(fresh.rows)
        write(fresh.rows)
        assert csvfile.export_articles() == exported
        transaction.set_rollback(True)


HEADINGS = [column.heading for column in csvcells.columns(DAY)]
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["101", "601", "900", "ja", "1,50", "-3", "19 %", "Pfand", "4006381333931", "Kaffee", '="7"', "'", '"']
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(HEADINGS), min_size=1, max_size=6, unique=True),
    st.lists(st.lists(CELLS, max_size=7), max_size=6),
)
def test_any_file_is_answered_and_what_is_accepted_fits(
    shop: dict[str, str], headings: list[str], lines: list[list[str]]
) -> None:
    data = "\n".join(";".join(cells) for cells in [["Nummer", *headings[1:]], *lines]).encode("utf-8", "replace")
    try:
        reading = csvfile.read(data, ids(), DAY)
    except csvfile.CsvError as error:
        assert error.problems
        assert all(problem.line >= 1 and problem.column and problem.message for problem in error.problems)
    else:
        checks.verify(reading.rows)


@given(st.binary(max_size=300))
def test_any_bytes_are_answered(data: bytes) -> None:
    with pytest.raises(csvfile.CsvError) as caught:
        csvfile.read(data, ids(), DAY)
    assert caught.value.total >= 1


@pytest.mark.slow
def test_a_large_file_is_read_in_time(group: str) -> None:
    random_ = random.Random(3)
    lines = ["Nummer;Name;Warengruppe;Preis;MwSt im Haus;MwSt außer Haus;Codes"]
    for number in range(5_000):
        stem = f"20{number:010d}"
        cents = random_.randint(10, 9999)
        code = stem + codes.check_digit(stem)
        lines.append(f"{number};Artikel {number};Gruppe {number % 40};{cents // 100},{cents % 100:02d};19 %;7 %;{code}")
    reading = csvfile.read(text(*lines), ids(), DAY)
    assert reading.created == 5_000
    assert len(reading.rows) == 10_040
