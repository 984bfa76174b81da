"""The books in the office: proof, papers for adviser and tax office, the auditor let in."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from smartecr.register.books import auditing, bookproof, closing
from smartecr.register.books.bookmodels import AuditAccess, Notice
from smartecr.register.shop import options
from smartecr.register.signing import tselife
from support.screens import words
from support.shop import ESPRESSO, MANAGER, OWNER, ROLL, Clock, pay_cash, ring
from support.tampering import unguard

if TYPE_CHECKING:
    from django.test import Client

    from smartecr.register.till import Till

AtTill = Callable[..., "Client"]


def a_day(till: Till) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    closing.close_day(till, MANAGER, till.new_id(), None)


def test_the_proof_is_green_then_red_with_its_reason(till: Till, at_till: AtTill) -> None:
    client = at_till("Murat")
    assert "Noch nicht geprüft" in words(client.get("/office/books"))
    a_day(till)
    assert bookproof.prove(till, MANAGER).holds
    page = words(client.get("/office/books"))
    assert "Die Bücher stimmen Geprüft am 24. November 2026 um 8:42 von Murat" in page
    assert "Abschlüsse: 1 aus Belegen und Export neu gerechnet" in page
    unguard()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE register_receipt SET total_cents = 250")
    assert not bookproof.prove(till, MANAGER).holds
    page = words(client.get("/office/books"))
    assert "Die Bücher stimmen nicht" in page
    assert "total_cents weicht vom Journal ab" in page


def test_the_proof_under_way_tells_how_far_it_is(till: Till, at_till: AtTill, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    class Thread:
        def __init__(self, **told: object) -> None:
            started.append(str(told["name"]))

        def start(self) -> None:
            """Not now."""

    proof = bookproof.Proof()
    monkeypatch.setattr(bookproof, "PROOF", proof)
    monkeypatch.setattr(bookproof.threading, "Thread", Thread)
    client = at_till("Murat")
    assert "Die Bücher werden geprüft Es beginnt …" in words(client.post("/office/books/prove"))
    assert not proof.start(till, MANAGER)
    proof._tell(1, 4, "20 Belege, 100 Einträge")
    page = client.get("/office/books", headers={"HX-Request": "true"})
    assert "20 Belege, 100 Einträge 25 %" in words(page)
    assert 'hx-trigger="every 1s"' in page.content.decode()
    assert started == ["proof"]
    monkeypatch.setattr(bookproof.connection, "close", lambda: None)
    proof._run(till, MANAGER)
    assert "Die Bücher stimmen" in words(client.get("/office/books"))


def test_a_proof_that_ends_while_its_page_is_made_is_asked_for_again(
    till: Till, at_till: AtTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = bookproof.Proof(running=True)
    monkeypatch.setattr(bookproof, "PROOF", proof)
    client = at_till("Murat")
    before = bookproof.prove(till, MANAGER)

    def last(_register_id: str) -> bookproof.Result:
        proof.running = False
        return before

    monkeypatch.setattr(bookproof, "last", last)
    page = client.get("/office/books", headers={"HX-Request": "true"})
    assert "Die Bücher werden geprüft" in words(page)
    assert 'hx-trigger="every 1s"' in page.content.decode()
    assert "Die Bücher stimmen" in words(client.get("/office/books", headers={"HX-Request": "true"}))


def test_what_is_agreed_with_the_adviser_is_checked_and_kept(till: Till, at_till: AtTill) -> None:
    a_day(till)
    client = at_till("Christine")
    early = client.get("/office/books/papers/datev?first=2026-11-03&last=2026-11-05")
    assert early.status_code == 422
    assert "Noch nichts ausgegeben. Beraternummer und Mandantennummer fehlen." in words(early)
    assert 'value="2026-11-03"' in early.content.decode()  # what was asked for is still there
    form = {"form": "datev", "consultant": "1001", "client": "7", "length": "4", "year_begins": "1", "chart": "SKR04"}
    for change, say in (
        ({"consultant": "5"}, "Die Beraternummer liegt zwischen 1001 und 9999999."),
        ({"client": "x"}, "„x“ ist keine ganze Zahl."),
        ({"account.Umsatz.1": "44a0"}, "Ein Konto besteht nur aus Ziffern."),
        ({"account.Bar": "160"}, "„160“ passt nicht: Ein Konto hat hier 4 Stellen. Führende Nullen gehören dazu."),
        ({"account.Bar": "16000", "length": "6"}, "„16000“ passt nicht: Ein Konto hat hier 6 Stellen."),
        ({"account.Verrechnung": "1600"}, "Konto 1600 ist Verrechnungskonto und „Kasse“ zugleich."),
        ({"account.Bar": "1461"}, "Konto 1461 ist Verrechnungskonto und „Kasse“ zugleich."),
    ):
        assert say in words(client.post("/office/books/papers", {**form, **change}))
    kept = client.post("/office/books/papers", {**form, "account.Umsatz.1": "4401"})
    assert kept.headers["Location"].endswith("?saved=datev")
    assert options.read(till.shop_id, "datev")["account.Umsatz.1"] == "4401"
    assert "Gespeichert." in words(client.get(kept.headers["Location"]))
    data = client.get("/office/books/papers/datev?first=2026-11-01&last=2026-11-30")
    with zipfile.ZipFile(io.BytesIO(data.content)) as archive:
        assert archive.namelist()[0] == "EXTF_Kasse_2026-11.csv"
        assert ";1461;4401;" in archive.read("EXTF_Kasse_2026-11.csv").decode()
    for span, say in (
        ("first=2027-01-01", "In diesem Zeitraum gibt es keinen Kassenabschluss."),
        ("first=2026-11-30&last=2026-11-01", "Der letzte Tag liegt vor dem ersten. Die Tage prüfen."),
    ):
        refused = client.get(f"/office/books/papers/datev?{span}")
        assert refused.status_code == 422
        assert f"Noch nichts ausgegeben. {say}" in words(refused)
    long = {**form, "length": "6", "account.Bar": "160001", "account.Forderung": "1000001", "account.Umsatz.2": "4301"}
    assert client.post("/office/books/papers", long).status_code == 302


def test_the_notification_is_filled_in_and_noted(till: Till, at_till: AtTill) -> None:
    a_day(till)
    client = at_till("Christine")
    page = words(client.get("/office/books/papers"))
    assert "Fällig bis 24. Dezember 2026" in page
    assert "Noch zu ergänzen: Kasse" in page
    client.post("/till/preferences", {"language": "en"})
    english = words(client.get("/office/books/papers"))
    assert "Due by 24 December 2026" in english
    assert "Still missing: Till SECR-" in english and ": certificate of the TSE (BSI-K-TR-nnnn-yyyy)" in english
    client.post("/till/preferences", {"language": "de"})
    cut = client.post("/office/books/papers", {"form": "notice", "bsi_id": "BSI-K-TR-05", "tse_kind": "1"})
    assert (cut.status_code, "„BSI-K-TR-05“ ist keine Zertifikatsnummer." in words(cut)) == (422, True)
    ahead = client.post("/office/books/papers", {"form": "notice", "tse_since": "2026-12-24", "tse_kind": "1"})
    assert (ahead.status_code, "TSE in Betrieb seit: Dieser Tag kommt erst noch." in words(ahead)) == (422, True)
    turned = client.post("/office/books/papers", {"form": "notice", "acquired": "2026-11-03", "since": "2026-11-02"})
    assert (turned.status_code, "Dieser Tag liegt nach der Inbetriebnahme." in words(turned)) == (422, True)
    client.post("/office/books/papers", {"form": "notice", "bsi_id": "bsi-k-tr-0500-2023", "tse_kind": "1"})
    serial = tselife.in_service(till.register_id)
    assert options.read(till.shop_id, "notice") == {f"bsi_id.{serial}": "0500-2023", f"tse_kind.{serial}": "1"}
    with zipfile.ZipFile(io.BytesIO(client.get("/office/books/papers/notice").content)) as archive:
        assert b"<ArtTSE>1</ArtTSE>" in archive.read("Mitteilung_146a.xml")
    assert "Dieser Tag geht hier nicht." in words(
        client.post("/office/books/papers", {"form": "sent", "entry": till.new_id(), "day": "2026-12-01"})
    )
    client.post("/office/books/papers", {"form": "sent", "entry": till.new_id(), "day": "2026-11-24", "ticket": "et1"})
    assert Notice.objects.get().ticket == "et1"
    assert "Zuletzt gemeldet am 24.11.2026, Transferticket et1" in words(client.get("/office/books/papers"))
    with zipfile.ZipFile(io.BytesIO(client.get("/office/books/papers/notice").content)) as archive:
        sheet = archive.read("Mitteilung_146a.txt").decode()
    assert "Zuletzt gemeldet am 24.11.2026, Transferticket et1\n" in sheet


def test_what_was_typed_of_a_tse_stays_with_it(till: Till, at_till: AtTill) -> None:
    a_day(till)
    client, old, new = at_till("Christine"), tselife.in_service(till.register_id), "cd" * 32
    typed = {"form": "notice", "bsi_id": "0500-2023", "tse_kind": "1", "tse_since": "2026-11-02", "model": "SP1"}
    client.post("/office/books/papers", typed)
    tselife.append(till, OWNER, "adopted", new)
    page = client.get("/office/books/papers")
    assert ("0500-2023" in words(page), 'value="0500-2023"' in page.content.decode()) == (False, False)
    assert f"gelten für die TSE {new[:8]}" in words(page)
    assert "Zertifikat der TSE (BSI-K-TR-nnnn-jjjj)" in words(page).partition("Noch zu ergänzen:")[2]
    with zipfile.ZipFile(io.BytesIO(client.get("/office/books/papers/notice").content)) as archive:
        told = archive.read("Mitteilung_146a.xml").decode()
        assert "Zertifikat BSI-K-TR-      fehlt noch" in archive.read("Mitteilung_146a.txt").decode()
    assert f"<SeriennummerTSE>{new}" in told
    assert ("BSIID" in told, "ArtTSE" in told, "<InbetriebnahmeTSE>24.11.2026" in told) == (False, False, True)
    client.post("/office/books/papers", {**typed, "bsi_id": "0612-2024", "tse_kind": "4", "tse_since": ""})
    with zipfile.ZipFile(io.BytesIO(client.get("/office/books/papers/notice").content)) as archive:
        told = archive.read("Mitteilung_146a.xml").decode()
    assert ("<BSIID>0612-2024<" in told, "<ArtTSE>4<" in told, "<Modell>SP1<" in told) == (True, True, True)
    tselife.append(till, OWNER, "adopted", old)
    page = client.get("/office/books/papers").content.decode()
    assert ('value="0500-2023"' in page, 'value="2026-11-02"' in page) == (True, True)
    client.post("/office/books/papers", {**typed, "bsi_id": ""})
    assert 'value="0500-2023"' not in client.get("/office/books/papers").content.decode()


def test_each_till_tells_the_tax_office_of_itself(
    till: Till, second: Till, at_till: AtTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smartecr.register.books import notice
    from smartecr.server import wiring

    options.save(till, OWNER, "notice", {"maker": "Kassenbau", "tse_kind": "1"})
    client = at_till("Christine")
    assert "Angaben zu „Kasse 1“." in words(client.get("/office/books/papers"))
    form = {"form": "notice", "maker": "Kassenbau", "tse_kind": "1", "bsi_id": "BSI-K-TR-0500-2023"}
    assert client.post("/office/books/papers", form).status_code == 302
    monkeypatch.setattr(wiring, "till", lambda: second)
    page = client.get("/office/books/papers")
    assert ("Angaben zu „Kasse 2“." in words(page), "0500-2023" in page.content.decode().split("facts")[0]) == (
        True,
        False,
    )
    other = {"form": "notice", "maker": "", "tse_kind": "2", "bsi_id": "BSI-K-TR-0412-2024", "since": "2026-11-24"}
    assert client.post("/office/books/papers", other).status_code == 302
    told = {one.serial: (one.maker, one.bsi_id, one.tse_kind) for one in notice.current(till.shop_id).systems}
    assert told == {till.serial: ("Kassenbau", "0500-2023", "1"), second.serial: ("smartECR", "0412-2024", "2")}


def test_only_the_owner_lets_an_auditor_in(till: Till, at_till: AtTill) -> None:
    form = {"access": till.new_id(), "name": "Frau Adler", "badge": "FA-77", "hours": "4"}
    assert at_till("Murat").post("/office/books/auditors/open", form).status_code == 403
    client = at_till("Christine")
    assert "Wer prüft?" in words(client.post("/office/books/auditors/open", {**form, "name": " "}))
    assert "So lange geht es nicht." in words(client.post("/office/books/auditors/open", {**form, "hours": "99"}))
    page = words(client.post("/office/books/auditors/open", form))
    assert "Offen für Frau Adler bis 12:42 Uhr" in page
    access = AuditAccess.objects.get()
    assert client.post(f"/office/books/auditors/{access.id}/close").status_code == 302
    assert "Schließen" not in words(client.get("/office/books/auditors"))
    assert options.read(till.shop_id, "notice") == {}
    assert OWNER.role == "owner"


def test_a_visit_over_midnight_says_on_which_day_it_ends(till: Till, at_till: AtTill, clock: Clock) -> None:
    auditing.let_in(till, OWNER, till.new_id(), "Frau Adler", "FA-77", 4)
    clock.now = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    auditing.let_in(till, OWNER, till.new_id(), "Herr Falk", "", 4)
    page = words(at_till("Christine").get("/office/books/auditors"))
    assert "Herr Falk 24.11.2026 23:30 – 25.11.2026 03:30, " in page
    assert "Frau Adler Dienstausweis FA-77 24.11.2026 08:42 – 12:42, " in page


def test_closings_are_found_read_and_taken_along(till: Till, at_till: AtTill, monkeypatch: pytest.MonkeyPatch) -> None:
    from smartecr.web.office import closings

    for _day in range(2):
        ring(till, ESPRESSO)
        pay_cash(till)
        closing.close_day(till, MANAGER, till.new_id(), None)
    newest, older = closing.closings(till)
    client = at_till("Christine")
    assert "Z 2 " in (page := words(client.get("/office/books/closings"))) and "Z 1 " in page
    assert "An diesem Tag gibt es keinen Abschluss." in words(client.get("/office/books/closings?day=2020-02-30"))
    assert "Z 2 " in words(client.get(f"/office/books/closings?day={newest.business_day}"))
    monkeypatch.setattr(closings, "SHOWN", 1)
    first = client.get("/office/books/closings").content.decode()
    assert older.id not in first and "/office/books/closings?below=2" in first
    assert older.id in client.get("/office/books/closings?below=2", headers={"HX-Request": "true"}).content.decode()
    for broken in ("below=x", "below=" + "9" * 40, "day=gestern"):
        assert newest.id in client.get(f"/office/books/closings?{broken}").content.decode()
    assert "Z-Bericht 1" in words(client.get(f"/office/books/closings/{older.id}"))
    paper = client.get(f"/office/books/closings/{older.id}.pdf")
    assert (paper.headers["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert f'filename="Z-1-{older.business_day}.pdf"' in paper.headers["Content-Disposition"]
    for gone in ("0", "0.pdf"):
        assert client.get(f"/office/books/closings/{gone}").status_code == 404


def test_receipts_of_another_till_are_found_too(
    till: Till, second: Till, at_till: AtTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smartecr.web.till import receipts

    ring(till, ESPRESSO)
    mine = pay_cash(till)
    ring(second, ROLL)
    other = pay_cash(second)
    client = at_till("Murat")
    page = client.get("/office/receipts").content.decode()
    assert (">Kasse 2</option>" in page, mine.id in page, other.id in page) == (True, True, False)
    address = f"/office/receipts?register={second.register_id}"
    there = client.get(address).content.decode()
    assert (mine.id in there, other.id in there) == (False, True)
    assert f'value="{second.register_id}" selected' in there
    found = client.get(f"{address}&q=3,20", headers={"HX-Request": "true"}).content.decode()
    assert (other.id in found, mine.id in found) == (True, False)
    assert "Kasse 2" in words(client.get(f"/office/receipts/{other.id}"))
    assert mine.id in client.get("/office/receipts?register=elsewhere").content.decode()
    assert "<select" not in client.get(f"/receipts?register={second.register_id}").content.decode()
    ring(second, ROLL)
    pay_cash(second)
    monkeypatch.setattr(receipts, "REACH", 1)
    narrow = client.get(f"{address}&q=Espresso").content.decode()
    assert f"all=1&amp;register={second.register_id}" in narrow, "a wider search keeps to the register"


def test_closings_of_another_till_are_found_too(till: Till, second: Till, at_till: AtTill) -> None:
    client = at_till("Murat")
    a_day(till)
    a_day(till)
    a_day(second)
    (other,) = closing.closings(second)
    page = client.get("/office/books/closings").content.decode()
    assert (">Kasse 2</option>" in page, other.id in page, "Z 2" in page) == (True, False, True)
    address = f"/office/books/closings?register={second.register_id}&day={other.business_day}"
    there = client.get(address).content.decode()
    assert (other.id in there, "Z 2" in there) == (True, False)
    assert f'value="{second.register_id}" selected' in there
    assert client.get(f"/office/books/closings/{other.id}").status_code == 200
    assert "Z 2" in client.get("/office/books/closings?register=elsewhere").content.decode()
