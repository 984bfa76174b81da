"""Kassen-Nachschau: in with a code, reading only, everything taken along with checksums, every look written down."""

from __future__ import annotations

import errno
import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from smartecr.catalog import rows as catalog_rows
from smartecr.catalog.models import Article
from smartecr.core import moments
from smartecr.fiscal.dsfinvk import validator
from smartecr.register import queries
from smartecr.register.books import auditing, closing, handing, procedure, verify
from smartecr.register.cashdesk import cash, foreign
from smartecr.register.errors import RegisterError
from smartecr.register.models import Journal
from smartecr.register.sale import refunding
from smartecr.register.shop import masterdata
from smartecr.register.signing import tselife
from smartecr.register.till import Till
from smartecr.server.cmdline.command_dsfinvk import check_signature
from smartecr.sql import select
from smartecr.tse.checking import scan
from smartecr.web.audit import tables
from support.screens import words
from support.shop import CASHIER, ESPRESSO, MANAGER, OWNER, ROLL, Clock, pay_cash, ring

if TYPE_CHECKING:
    from django.test import Client

AtTill = Callable[..., "Client"]


@pytest.fixture
def door(till: Till, at_till: AtTill) -> Client:
    """A browser at the auditor's door, with a day behind the shop."""
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 10000, "")
    cash.open_drawer(till, MANAGER, till.new_id(), "Wechseln")
    ring(till, ESPRESSO, ROLL)
    pay_cash(till)
    closing.close_day(till, MANAGER, till.new_id(), None)
    return at_till("Christine")


def let_in(till: Till, hours: int = 4) -> str:
    return auditing.let_in(till, OWNER, till.new_id(), "Frau Adler", "FA-77", hours)[1]


def inside(till: Till, client: Client) -> Client:
    answer = client.post("/audit/", {"code": let_in(till)})
    assert answer.headers["Location"] == "/audit/receipts"
    return client


def facts(kind: str) -> list[str]:
    return [row[0] for row in select("SELECT body FROM register_journal WHERE kind = %s ORDER BY seq", [kind])]


def test_only_the_code_opens_and_only_for_its_time(till: Till, door: Client, clock: Clock) -> None:
    code = let_in(till, hours=1)
    assert door.get("/audit/receipts").headers["Location"] == "/audit/"
    wrong = door.post("/audit/", {"code": f"{(int(code) + 1) % 10**8:08d}"})
    assert wrong.status_code == 422
    assert "Dieser Code öffnet nichts." in words(wrong)
    assert door.post("/audit/", {"code": f" {code[:4]} {code[4:]} "}).status_code == 302
    assert door.get("/audit/receipts").status_code == 200
    clock.forward(minutes=61)
    assert door.get("/audit/receipts").headers["Location"] == "/audit/"
    assert door.post("/audit/", {"code": code}).status_code == 422
    assert len(facts("audit_refused")) == 2


def test_all_closings_can_be_reached_and_what_was_taken_back_is_shown(
    till: Till, door: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring(till, ESPRESSO, ROLL)
    whole = pay_cash(till)
    refunding.refund(till, MANAGER, till.new_id(), whole.id, "Falsch getippt")
    ring(till, ESPRESSO, ROLL)
    part = pay_cash(till)
    line = next(one.line_id for one in part.content.lines if one.text == "Espresso")
    refunding.refund_lines(till, MANAGER, till.new_id(), part.id, {line: 1000}, "Ware zurück")
    closing.close_day(till, MANAGER, till.new_id(), None)
    client = inside(till, door)
    page = client.get("/audit/closings")
    assert f"Storno {whole.number} Murat Falsch getippt −5,60" in words(page)
    assert f"Rücknahme {part.number} Murat Ware zurück −2,40" in words(page)
    assert "?below=" not in page.content.decode()
    monkeypatch.setattr(tables, "MOST", 1)
    page = client.get("/audit/closings")
    assert 'href="?below=2"' in page.content.decode()
    older = client.get("/audit/closings?below=2")
    assert "24.11.2026 08:42:00 Murat 5,60" in words(older)
    assert "?below=" not in older.content.decode()


def test_what_was_taken_back_is_found_by_small_indexes(till: Till) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan is read from SQLite; PostgreSQL scans small tables on purpose")
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "'Storno'" in sql:
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        tables.closings(till)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked[0][0]}", asked[0][1])
        steps = [row[3] for row in cursor.fetchall()]
    assert "SCAN r USING INDEX receipt_reference" in steps
    assert "SCAN l USING INDEX receipt_line_reference" in steps


def test_five_wrong_codes_make_everybody_wait(till: Till, door: Client, clock: Clock) -> None:
    code = let_in(till)
    for number in range(5):
        assert door.post("/audit/", {"code": f"0000000{number}"}).status_code == 422
    assert "Zu viele falsche Codes." in words(door.post("/audit/", {"code": code}))
    clock.forward(minutes=11)
    assert door.post("/audit/", {"code": code}).status_code == 302


def test_an_auditor_reads_and_the_till_stays_closed(till: Till, door: Client) -> None:
    client = inside(till, door)
    assert client.get("/").headers["Location"] == "/login"
    assert client.get("/office/books").status_code == 302
    assert client.post("/till/pay", {}).status_code in (302, 401)
    before = select("SELECT count(*) FROM register_receipt")
    shown = words(client.get("/audit/receipts?q=Espresso"))
    assert "Verkauf Jana signiert 5,60" in shown
    assert "Anfangsbestand" not in shown
    receipt = queries.receipts(till)[0]
    page = words(client.get(f"/audit/receipts/{receipt.id}"))
    assert "KOPIE" in page
    assert "Vorgangsdaten der TSE Beleg^" in page
    (done,) = closing.every(till.register_id)
    assert "Z-Bericht 1" in words(client.get(f"/audit/closings/{done.id}"))
    for address, part in (
        ("closings", "Murat"),
        ("cash", "Kassensoll jetzt: 105,60 €"),
        ("cash", "Wechseln"),
        ("master", "Espresso"),
        ("master?q=Morgenrot", "Morgenrot"),
        ("tse", "Ausfälle"),
        ("documents", "VERFAHRENSDOKUMENTATION"),
        ("documents", "Mitteilung nach § 146a"),
        ("handover", "Noch nichts."),
    ):
        assert part in words(client.get(f"/audit/{address}")), (address, part)
    master = words(client.get("/audit/master"))
    assert master.count("Änderungen der Stammdaten") == 2, "the tab and one heading"
    assert master.rindex("Änderungen der Stammdaten") < master.index("Artikel, Person oder Wert")
    for address in ("receipts/0", "closings/0"):
        assert client.get(f"/audit/{address}").status_code == 404
    assert select("SELECT count(*) FROM register_receipt") == before
    assert any("q=Espresso" in body for body in facts("audit_looked"))
    assert client.post("/audit/leave").headers["Location"] == "/audit/"
    assert client.get("/audit/receipts").status_code == 302
    assert verify.examine().findings == []


def test_changes_of_master_data_are_told_in_words_alone(till: Till, door: Client) -> None:
    """Names of columns, ids, True and False are the programme's."""
    values = {"id": till.new_id(), "level": 1, "cents": 260, "begins": moments.read("01.12.2026 07:00"), "ends": ""}
    article = Article.objects.filter(id=ESPRESSO).values()[0]
    masterdata.save_articles(till, MANAGER, [catalog_rows.price_row(values, article)])
    masterdata.save_register(till, OWNER, "Theke")
    page = words(inside(till, door).get("/audit/master"))
    assert "Preis mit Datum Espresso, 2,60 ab 01.12.2026 07:00 – Betrag 2,60, Preisebene 1, Gilt ab 01.12.2026" in page
    found = set(re.findall(r"\b(?:True|False|[a-z]+_[a-z_]+|begun|ended|level|cents|serial|demo|training)\b", page))
    assert found == set()


def test_the_download_has_everything_and_its_checksums(till: Till, door: Client, tmp_path: Path) -> None:
    client = inside(till, door)
    answer = client.post("/audit/handover/take", {"way": "download", "tse": "1"})
    data = io.BytesIO(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    with zipfile.ZipFile(data) as archive:
        names = {name.partition("/")[2]: name for name in archive.namelist()}
        book = f"kassenbuch-{till.register_id[-6:]}.csv"
        assert set(names) == {
            "LIESMICH.txt", "abschluesse.txt", "dsfinvk.zip", "journal.jsonl", book, "mitteilung-146a.txt",
            "pruefsummen.sha256", "tse.tar", "verfahrensdokumentation.pdf",
            "verfahrensdokumentation.txt",
        }  # fmt: skip
        sums = dict(
            reversed(line.split("  ")) for line in archive.read(names["pruefsummen.sha256"]).decode().splitlines()
        )
        for name in set(names) - {"pruefsummen.sha256"}:
            assert hashlib.sha256(archive.read(names[name])).hexdigest() == sums[name], name
        archive.extractall(tmp_path)
    (folder,) = [path for path in tmp_path.iterdir() if path.name.startswith("kassendaten-")]
    verdict = validator.validate(folder / "dsfinvk.zip", signatures=check_signature)
    assert (verdict.errors, verdict.closings) == (0, 1)
    assert scan.check_export([folder / "tse.tar"], complete=True).ok
    assert len((folder / "journal.jsonl").read_bytes().splitlines()) > 10
    assert "Z-Bericht 1" in (folder / "abschluesse.txt").read_text()
    log = words(client.get("/audit/handover"))
    assert "an Frau Adler (Download), von Anfang an bis 24.11.2026, durch Prüfer Frau Adler" in log
    assert sums["dsfinvk.zip"] in log
    assert sums["dsfinvk.zip"] in facts("data_handed_over")[0]


def test_a_stick_without_room_a_period_without_closings_and_a_dead_tse(
    till: Till, door: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = inside(till, door)
    stick = tmp_path / "STICK"
    stick.mkdir()
    monkeypatch.setattr(handing, "sticks", lambda: [stick])
    assert "keinen Kassenabschluss" in words(client.post("/audit/handover/take", {"first": "2027-01-01"}))
    turned = client.post("/audit/handover/take", {"way": str(stick), "first": "2026-11-25", "last": "2026-11-24"})
    assert "Der letzte Tag liegt vor dem ersten. Die Tage prüfen." in words(turned)
    page = turned.content.decode()
    assert ('value="2026-11-25"' in page, f'value="{stick}" selected' in page, "checked" in page) == (True, True, False)
    assert list(stick.iterdir()) == []
    done = client.post("/audit/handover/take", {"way": str(stick), "first": "2026-11-24", "last": "2026-11-24"})
    assert re.search(r"Übergeben \S+: 8 Dateien", words(done))
    assert "Der Export der TSE wurde nicht verlangt." in words(done)
    assert "(USB-Stick), 24.11.2026 bis 24.11.2026, durch" in words(client.get("/audit/handover"))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(handing, "_sums", full)
        refused = client.post("/audit/handover/take", {"way": str(stick)})
    assert refused.status_code == 422
    assert "Das lässt sich nicht schreiben" in words(refused)
    assert [path.name.startswith("kassendaten-") for path in stick.iterdir()] == [True]
    assert len(facts("data_handed_over")) == 1


def test_the_procedure_document_is_a_version_each_time_it_changes(till: Till, door: Client) -> None:
    first = procedure.current(till)
    assert procedure.current(till) == first
    assert till.serial in first.text
    masterdata.save_shop(till, OWNER, {"name": "Abendrot", "street": "Lindenweg 1", "postcode": "10115"})
    saved, described = Journal.objects.order_by("-seq")[:2][::-1]
    assert (saved.kind, described.kind) == ("shop_saved", "procedure_changed")
    assert (saved.at, saved.actor_name) == (described.at, described.actor_name)
    second = procedure.current(till)
    assert (second.number, [one.number for one in procedure.versions(till.register_id)]) == (2, [1, 2])
    assert (second.gone[-1], second.come[-1], second.person) == (
        "Betriebsstätte: Morgenrot, Lindenweg 1, 10115 Berlin",
        "Betriebsstätte: Abendrot, Lindenweg 1, 10115 Berlin",
        "Christine",
    )
    client = inside(till, door)
    page = words(client.get("/audit/documents"))
    assert "Was diese Version ändert, durch Christine Bisher Morgenrot" in page
    assert "Morgenrot" in words(client.get("/audit/documents?version=1"))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda till: foreign.save(till, OWNER, {"CHF.rate": "1,065"}), "1 CHF = 1,065 Euro"),
        (lambda till: masterdata.save_register(till, OWNER, "Kasse am Fenster"), "Kasse Kasse am Fenster: "),
        (lambda till: masterdata.save_shop(till, OWNER, {"paper_always": True}), "jeder Beleg wird gedruckt"),
        (lambda till: tselife.append(till, OWNER, "checked", "ab" * 32), ""),
    ],
)
def test_what_the_document_names_makes_a_version_with_its_change(
    till: Till, change: Callable[[Till], object], line: str
) -> None:
    procedure.current(till)
    change(till)
    known = procedure.versions(till.register_id)
    assert len(known) == (2 if line else 1)
    assert line in "".join(known[-1].come)
    assert procedure.current(till) == known[-1]


def test_other_software_is_another_version_from_the_start_on(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    from smartecr.server import wiring

    monkeypatch.setattr(wiring, "till", lambda: till)
    wiring.describe()
    assert procedure.versions(till.register_id) == []
    procedure.current(till)
    monkeypatch.setattr(procedure, "__version__", "99.1")
    wiring.describe()
    assert procedure.last(till.register_id).come == (f"Software: smartECR 99.1; Datenbank: {connection.display_name}",)


def test_the_owner_alone_opens_and_closes(till: Till) -> None:
    for actor in (CASHIER, MANAGER):
        with pytest.raises(RegisterError) as right:
            auditing.let_in(till, actor, till.new_id(), "Frau Adler", "", 1)
        assert right.value.right == "staff"
    access, code = auditing.let_in(till, OWNER, till.new_id(), "Frau Adler", "", 1)
    assert auditing.enter(till, code) == access
    auditing.let_out(till, OWNER, access.id)
    with pytest.raises(RegisterError):
        auditing.enter(till, code)
    assert code not in "".join(facts("audit_opened"))
    with pytest.raises(RegisterError):
        auditing.find("0" * 32)


def test_the_procedure_document_is_a_pdf_for_every_version(till: Till, at_till: AtTill) -> None:
    from smartecr.register.books import procedure
    from smartecr.register.cashdesk import foreign
    from smartecr.register.paper import procedurepaper
    from support.shop import OWNER

    first = procedure.current(till)
    foreign.save(till, OWNER, {"CHF.rate": "1,065"})
    second = procedure.current(till)
    assert (first.number, second.number) == (1, 2)
    assert "1 CHF = 1,065 Euro" in second.text
    data = procedurepaper.pdf(first)
    assert data == procedurepaper.pdf(procedure.versions(till.register_id)[0])
    assert b"pdfaid:part" in data
    answer = at_till("Christine").get("/office/books/papers/procedure")
    assert answer.content == procedurepaper.pdf(second)


def test_an_auditor_sees_every_register_of_the_shop(till: Till, door: Client) -> None:
    """Two tills close on the same day; each has its receipts, closings and cash book, chosen by name."""
    from dataclasses import replace

    from smartecr.register.books import bookkeeping, verify
    from smartecr.register.shop import masterdata
    from smartecr.sql import fetch

    other = replace(till, register_id=till.new_id(), memory=None, starts={}, securing={})
    masterdata.save_register(other, OWNER, "Theke")
    cash.move(other, MANAGER, other.new_id(), "Anfangsbestand", 5000, "")
    ring(other, ROLL, ROLL)
    sold = pay_cash(other)
    refunding.refund(other, MANAGER, other.new_id(), sold.id, "Doppelt kassiert")
    closing.close_day(other, MANAGER, other.new_id(), None)
    ring(other, ROLL)
    closing_twice = pay_cash(other)
    closing.close_day(other, MANAGER, other.new_id(), None)
    client = inside(till, door)
    assert "Doppelt kassiert" not in words(client.get("/audit/closings"))
    own = words(client.get("/audit/receipts"))
    assert "Theke" in own
    theirs = words(client.get(f"/audit/receipts?register={other.register_id}"))
    assert "6,40" in theirs
    assert "Doppelt kassiert" in words(client.get("/audit/closings"))  # the choice stays
    assert "Kassensoll jetzt: 53,20" in words(client.get("/audit/cash"))
    assert "signiert" in words(client.get(f"/audit/receipts?q={closing_twice.number}"))
    assert client.get(f"/audit/receipts?register={'0' * 32}").status_code == 200
    days = bookkeeping.days(till.shop_id)
    assert [(day.register, day.number) for day in days if day.register == "Theke"] == [("Theke", 1), ("Theke", 2)]
    assert len({row["business_day"] for row in fetch("SELECT business_day FROM register_closing")}) == 1
    assert verify.examine().findings == []


@pytest.mark.parametrize("text", ["5,60", "Jana", "espresso"])
def test_receipts_are_found_by_amount_person_and_article(till: Till, door: Client, text: str) -> None:
    client = inside(till, door)
    assert "5,60" in words(client.get(f"/audit/receipts?q={text}"))
    assert "Kein Beleg gefunden." in words(client.get("/audit/receipts?q=99,99"))


def test_the_cash_book_of_any_days(till: Till, door: Client) -> None:
    client = inside(till, door)
    assert "Einnahmen" in words(client.get("/audit/cash"))
    assert "Einnahmen" not in words(client.get("/audit/cash?first=2020-01-01&last=2020-12-31"))
