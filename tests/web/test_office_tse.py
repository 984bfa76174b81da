"""The TSE's pages in the office: state, commissioning, swap, and the checks of exports and receipts."""

from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.shortcuts import render

from smartecr.tse.gauge import DAY
from smartecr.tse.gaugebook import GaugeBook
from smartecr.web.office import proofs
from support.screens import words

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.test import Client

    from smartecr.register.till import Till
    from support.shop import Clock

PAGES = ("/office/tse", "/office/tse/commission", "/office/tse/swap", "/office/proofs")


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


@pytest.fixture
def fresh(till: Till, tmp_path: Path) -> Till:
    """The till with a factory-new device whose PINs are the shop's."""
    from smartecr.register.signing.tselife import Care
    from smartecr.server.equipment.tse_secrets import TseSecrets
    from smartecr.tse.service import TseService
    from smartecr.tse.virtual import VirtualTse

    till.tse.close()
    secrets = TseSecrets(tmp_path)
    seconds = lambda: till.clock().timestamp()  # noqa: E731
    till.care = Care(
        pin_of=secrets.pin_of,
        keep_pins=secrets.keep,
        gauges=GaugeBook(tmp_path / "gauge.json"),
        exports=tmp_path / "exports",
    )
    till.tse = TseService(
        lambda: VirtualTse(tmp_path / "new", seconds),
        seconds,
        clients=(till.serial,),
        pin_of=secrets.pin_of,
        timeout=2.0,
    )
    until(lambda: till.tse.state.level == "bad")
    return till


# ---- who may see it


@pytest.mark.parametrize("page", PAGES)
def test_only_those_who_may_look_after_devices(at_till: Callable[..., Client], page: str) -> None:
    assert at_till("Jana").get(page).status_code == 403
    assert at_till("Murat").get(page).status_code == 200


@pytest.mark.parametrize(
    "address", ["/office/tse/do", "/office/tse/commission", "/office/tse/swap", "/office/proofs/own",
                "/office/proofs/receipt", "/office/proofs/upload/" + "a" * 32],
)  # fmt: skip
def test_nobody_else_does_anything(till: Till, at_till: Callable[..., Client], address: str) -> None:
    from smartecr.register.models import Journal

    before = Journal.objects.count()
    for do in ("begin", "test", "retire", "hours"):
        assert at_till("Jana").post(address, {"do": do}).status_code == 403
    assert Journal.objects.exclude(kind="login").count() <= before + 4
    assert till.care is not None
    assert till.care.proof is None


# ---- state


def test_the_state_is_shown_and_cared_for(till: Till, at_till: Callable[..., Client]) -> None:
    client = at_till("Murat")
    shown = words(client.get("/office/tse"))
    assert "Die TSE signiert." in shown
    assert till.tse.info().serial in shown
    before = till.tse.operate(lambda tse: tse.info().signature_counter).result(10)
    for do, told in (("test", "Der Selbsttest ist bestanden."), ("time", "Die Uhr der TSE ist gestellt.")):
        answer = client.post("/office/tse/do", {"do": do}, follow=True)
        assert told in words(answer)
    after = till.tse.operate(lambda tse: tse.info().signature_counter).result(10)
    assert after is not None
    assert before is not None
    assert after >= before + 2
    assert client.post("/office/tse/do", {"do": "nonsense"}).status_code == 302


def test_a_device_still_on_its_way_is_waited_for(till: Till, at_till: Callable[..., Client], tmp_path: Path) -> None:
    """Just after a start the page says what the device says, and never "signs" of one that was not heard yet."""
    from smartecr.tse.service import TseService
    from smartecr.tse.virtual import VirtualTse

    arrived = threading.Event()
    seconds = lambda: till.clock().timestamp()  # noqa: E731

    def late() -> VirtualTse:
        arrived.wait(20)
        return VirtualTse(tmp_path / "late", seconds)

    client = at_till("Murat")
    till.tse.close()
    till.tse = TseService(late, seconds, clients=(till.serial,), timeout=20.0)
    threading.Timer(0.2, arrived.set).start()
    shown = words(client.get("/office/tse"))
    assert "In Betrieb nehmen" in shown
    assert "Die TSE signiert." not in shown


def test_opening_hours_are_kept_or_explained(till: Till, at_till: Callable[..., Client]) -> None:
    from smartecr.register.shop import opening

    client = at_till("Murat")
    wrong = client.post("/office/tse/do", {"do": "hours", "hours": "immer <b>"})
    assert wrong.status_code == 422
    assert "„immer <b>“ ist nicht zu verstehen" in words(wrong)
    assert opening.closed(opening.text(till.shop_id), till.clock()) is None
    client.post("/office/tse/do", {"do": "hours", "hours": " Mo-Fr  9-18 "})
    assert opening.text(till.shop_id) == "Mo-Fr 9-18"
    assert till.care is not None
    assert opening.closed(till.care.hours, till.clock()) is True  # 8:42 in Berlin
    client.post("/office/tse/do", {"do": "hours", "hours": "Mo-Fr 8-18"})
    assert opening.closed(till.care.hours, till.clock()) is False


def test_outages_are_listed(till: Till, faults: Any, at_till: Callable[..., Client]) -> None:
    from support.shop import ESPRESSO, pay_cash, ring

    faults.unplugged = True
    ring(till, ESPRESSO)
    pay_cash(till)
    shown = words(at_till("Murat").get("/office/tse"))
    assert "dauert an" in shown
    assert "TSE ausgefallen" in shown


@pytest.mark.parametrize(
    ("days", "who", "told"),
    [(120, "Murat", False), (89, "Murat", True), (89, "Jana", False), (29, "Jana", True), (6, "Jana", True)],
)
def test_the_end_is_told_in_time_to_whom_it_concerns(
    till: Till, at_till: Callable[..., Client], days: int, who: str, told: bool
) -> None:
    info = till.tse.info()
    now = int(till.clock().timestamp())
    till.tse._info = replace(info, certificate_expires=now + days * DAY + 60)
    page = words(at_till(who).get("/till/status", headers={"HX-Request": "true"}))
    assert (f"Das Zertifikat der TSE läuft in {days} Tagen ab." in page) is told


def test_weeks_until_full_stand_on_the_page(till: Till, at_till: Callable[..., Client]) -> None:
    info = till.tse.info()
    assert till.care is not None
    now = int(till.clock().timestamp())
    for day in range(1, 11):
        used = replace(info, storage_total=10_000_000, storage_used=100_000 * (10 - day))
        till.care.gauges._rows.setdefault(info.serial, []).insert(
            0, (now - day * DAY, used.signatures_remaining, 10_000_000 - (used.storage_used or 0))
        )
    till.tse._info = replace(info, storage_total=10_000_000, storage_used=1_000_000)
    shown = words(at_till("Murat").get("/office/tse"))
    assert "voll in 12 Wochen" in shown
    assert "Der Speicher der TSE ist in 90 Tagen voll." in shown


# ---- commissioning


def test_a_new_device_is_led_to_its_first_signature(
    fresh: Till, at_till: Callable[..., Client], tmp_path: Path
) -> None:
    client = at_till("Murat")
    page = "/office/tse/commission"
    assert "TSE nicht in Betrieb genommen." in words(client.get("/office/tse"))
    assert "TSE gefunden" in words(client.get(page))
    assert fresh.care is not None
    assert fresh.care.pending is None
    client.post(page, {"do": "begin"})
    shown = client.get(page)
    assert "no-store" in shown.headers["Cache-Control"]
    digits = dict(re.findall(r'data-secret="(\w+)">([\d ]+)<', shown.content.decode()))
    assert set(digits) == {"admin_pin", "admin_puk", "time_admin_pin", "time_admin_puk"}
    hidden = client.post(page, {"do": "hide"}, headers={"HX-Request": "true"})
    assert "Stimmt der Zettel?" in words(hidden)
    for number in digits.values():
        assert number not in hidden.content.decode()
    parts = {name: number.replace(" ", "")[-3:] for name, number in digits.items()}
    for name in parts:
        slipped = parts | {name: f"{(int(parts[name]) + 1) % 1000:03}"}
        assert client.post(page, {"do": "confirm", **slipped}).status_code == 422
        assert fresh.care.pending is not None
        assert not fresh.care.pending.confirmed
    client.post(page, {"do": "confirm", **parts})
    assert "Jetzt in Betrieb nehmen" in words(client.get(page))
    assert not (tmp_path / "tse-secrets.json").exists()
    ready = client.post(page, {"do": "go"}, headers={"HX-Request": "true"})
    assert "Kasse angemeldet" in words(ready)
    assert 'data-on="0"' not in ready.content.decode()
    done = client.post(page, {"do": "sign"}, headers={"HX-Request": "true"})
    assert "Fertig. Die TSE signiert." in words(done)
    assert "Bis 24.12.2026 dem Finanzamt melden" in words(done)
    assert fresh.tse.info().serial in words(done)
    for number in digits.values():
        assert number not in done.content.decode()


def test_the_demo_says_that_there_is_nothing_to_do(till: Till, at_till: Callable[..., Client]) -> None:
    assert till.care is not None
    shown = words(at_till("Murat").get("/office/tse/commission"))
    assert "Diese TSE ist zum Üben da" in shown


def test_a_blocked_pin_is_set_anew_by_the_puk(fresh: Till, at_till: Callable[..., Client]) -> None:
    from smartecr.register.signing import commissioning
    from smartecr.tse.credentials import Role, Secret
    from support.shop import MANAGER

    made = commissioning.begin(fresh, MANAGER, {})
    made.confirmed = True
    commissioning.commission(fresh, MANAGER)
    client = at_till("Murat")
    wrong = {"do": "unblock", "role": "admin", "puk": "000000", "new_pin": "11223"}
    answer = client.post("/office/tse/do", wrong)
    assert answer.status_code == 422
    assert "Noch 2 Versuche." in words(answer)
    puk = made.credentials.admin_puk.reveal().decode()
    assert "Die neue PIN gilt." in words(client.post("/office/tse/do", wrong | {"puk": puk}, follow=True))
    assert fresh.care is not None
    assert fresh.care.pin_of(Role.ADMIN) == Secret("11223")


# ---- proofs


def archive_of(till: Till) -> bytes:
    sink = io.BytesIO()
    till.tse.export(sink).result(10)
    return sink.getvalue()


def send(client: Client, data: bytes, piece: int = 4096, upload: str = "b" * 32, **more: Any) -> Any:
    """Upload in pieces; return the last answer."""
    answer = None
    for offset in range(0, max(1, len(data)), piece):
        query = f"?offset={offset}&size={len(data)}&name=shop.tar&complete=1"
        body = data[offset : offset + piece]
        answer = client.post(
            f"/office/proofs/upload/{upload}{query}", body, content_type="application/octet-stream", **more
        )
        if answer.status_code != 204:
            break
    return answer


def finished(client: Client, till: Till) -> Any:
    assert till.care is not None
    assert till.care.proof is not None
    assert till.care.proof.wait(20)
    return client.get("/office/proofs?part=proof")


def test_an_uploaded_export_is_checked_and_goes(till: Till, at_till: Callable[..., Client]) -> None:
    client = at_till("Murat")
    data = archive_of(till)
    assert send(client, data).status_code == 201
    shown = words(finished(client, till))
    assert "Keine Fehler." in shown
    assert "shop.tar" in shown
    assert till.tse.info().serial in shown
    assert till.care is not None
    assert list((till.care.exports / "uploads").iterdir()) == []


def test_a_check_that_ends_while_its_page_is_made_is_asked_for_again(
    till: Till, at_till: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = at_till("Murat")
    assert send(client, archive_of(till)).status_code == 201
    finished(client, till)
    assert till.care is not None
    proof = till.care.proof
    assert proof is not None
    report = proof.report

    def ended_meanwhile(request: HttpRequest, template: str, context: dict[str, Any], **more: Any) -> HttpResponse:
        proof.report, proof.phase = report, "done"
        return render(request, template, context, **more)

    monkeypatch.setattr(proofs, "render", ended_meanwhile)
    for address in ("/office/proofs", "/office/proofs?part=proof"):
        proof.report, proof.phase = None, "check"
        page = client.get(address)
        assert "Jede Signatur wird geprüft" in words(page)
        assert "hx-get" in page.content.decode()
    assert "Keine Fehler." in words(client.get("/office/proofs?part=proof"))


def test_a_changed_byte_is_found_and_named(till: Till, at_till: Callable[..., Client]) -> None:
    client = at_till("Murat")
    data = bytearray(archive_of(till))
    place = data.index(till.serial.encode())
    data[place] ^= 1
    assert send(client, bytes(data)).status_code == 201
    shown = finished(client, till)
    assert "Nicht in Ordnung." in words(shown)
    assert "signature_invalid" in words(shown)
    assert 'data-state="bad"' in shown.content.decode()


def test_pieces_may_come_twice_but_none_may_be_missing(till: Till, at_till: Callable[..., Client]) -> None:
    client = at_till("Murat")
    data = archive_of(till)
    address = "/office/proofs/upload/" + "c" * 32

    def piece(offset: int, body: bytes) -> int:
        query = f"?offset={offset}&size={len(data)}&name=x.tar"
        return client.post(f"{address}{query}", body, content_type="application/octet-stream").status_code

    assert piece(0, data[:1000]) == 204
    assert piece(0, data[:1000]) == 204
    assert piece(2000, data[2000:3000]) == 409
    assert piece(0, data[:1000]) == 204
    assert piece(500, data[500:]) == 201
    assert "Keine Fehler." in words(finished(client, till))


@pytest.mark.parametrize(
    ("upload", "query", "status"),
    [("../../etc/passwd", "?offset=0&size=1", 404), ("Z" * 32, "?offset=0&size=1", 413), ("a" * 32, "", 400),
     ("a" * 32, "?offset=5&size=1", 413), ("a" * 32, "?offset=0&size=99999999999999", 413),
     ("a" * 32, "?offset=-1&size=1", 413)],
)  # fmt: skip
def test_impossible_uploads_are_refused(at_till: Callable[..., Client], upload: str, query: str, status: int) -> None:
    answer = at_till("Murat").post(
        f"/office/proofs/upload/{upload}{query}", b"x", content_type="application/octet-stream"
    )
    assert answer.status_code == status


def test_what_is_no_archive_is_said_to_be_none(till: Till, at_till: Callable[..., Client]) -> None:
    client = at_till("Murat")
    assert send(client, b"holiday <script>").status_code == 201
    shown = finished(client, till)
    assert "shop.tar ist kein TAR-Archiv" in words(shown)


def test_the_own_device_is_exported_checked_and_given_out(till: Till, at_till: Callable[..., Client]) -> None:
    client = at_till("Murat")
    client.post("/office/proofs/own")
    shown = finished(client, till)
    assert "Keine Fehler." in words(shown)
    assert till.care is not None
    assert till.care.proof is not None
    assert till.care.proof.archive is not None
    name = till.care.proof.archive.name
    given = client.get(f"/office/tse/archive/{name}")
    assert b"".join(given) == till.care.proof.archive.read_bytes()
    for other in ("..", ".hidden.tar", "gibtsnicht.tar", "..%2fsecret.key"):
        assert client.get(f"/office/tse/archive/{other}").status_code == 404
    assert at_till("Jana").get(f"/office/tse/archive/{name}").status_code == 403


def test_a_receipts_code_is_checked(till: Till, at_till: Callable[..., Client]) -> None:
    from smartecr.register.models import Receipt, ReceiptSignature, Tse
    from smartecr.register.signing import proof
    from support.shop import ESPRESSO, pay_cash, ring

    ring(till, ESPRESSO)
    pay_cash(till)
    client = at_till("Murat")

    row = Receipt.objects.values().get()
    signature = ReceiptSignature.objects.values().get()
    tse = Tse.objects.values().get()
    text = proof.code(till.serial, row, signature, tse)
    good = client.post("/office/proofs/receipt", {"text": text})
    assert good.status_code == 200
    assert "Die Signatur stimmt." in words(good)
    bad = client.post("/office/proofs/receipt", {"text": text.replace("2.40", "2.41", 1)})
    assert bad.status_code == 422
    assert "Die Signatur stimmt nicht." in words(bad)
    for nothing in ("", "V0;x", "<b>hallo</b>"):
        assert "Nicht lesbar" in words(client.post("/office/proofs/receipt", {"text": nothing}))


def test_a_picture_of_a_receipt_is_read(till: Till, at_till: Callable[..., Client]) -> None:
    import segno
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = at_till("Murat")
    sink = io.BytesIO()
    segno.make("nur ein Gruß", error="m").save(sink, kind="png", scale=5)
    picture = SimpleUploadedFile("bon.png", sink.getvalue(), "image/png")
    answer = client.post("/office/proofs/receipt", {"picture": picture})
    assert "nicht der eines TSE-Belegs" in words(answer)
    broken = SimpleUploadedFile("bon.png", sink.getvalue()[:100], "image/png")
    assert "Das Bild ist beschädigt" in words(client.post("/office/proofs/receipt", {"picture": broken}))


# ---- swap


def test_the_swap_shows_each_step(fresh: Till, at_till: Callable[..., Client], tmp_path: Path, clock: Clock) -> None:
    from smartecr.register.signing import commissioning, tselife
    from smartecr.tse.virtual import VirtualTse
    from support.shop import ESPRESSO, MANAGER, pay_cash, ring

    commissioning.begin(fresh, MANAGER, {}).confirmed = True
    old = commissioning.commission(fresh, MANAGER).serial
    ring(fresh, ESPRESSO)
    assert pay_cash(fresh).signed
    client = at_till("Murat")
    page = "/office/tse/swap"

    def step(do: str, **more: str) -> str:
        answer = client.post(page, {"do": do, **more}, follow=True)
        if fresh.care is not None and fresh.care.proof is not None:
            assert fresh.care.proof.wait(20)
        return words(client.get(page)) if answer.status_code == 200 else words(answer)

    assert "Eine neue TSE kommt" in words(client.get(page))
    assert "Alle Daten der alten TSE sichern" in step("begin")
    assert "Kasse an der alten TSE abmelden" in step("export")
    assert "Noch einmal sichern" in step("retire")
    assert "Die neue TSE einsetzen" in step("export")
    assert "Ein Wechsel der TSE ist begonnen." in words(client.get("/office/tse"))
    seconds = lambda: fresh.clock().timestamp()  # noqa: E731
    fresh.tse._connection._open_device = lambda: VirtualTse(tmp_path / "second", seconds)
    fresh.tse.operate(lambda tse: tse.close()).result(10)
    fresh.tse._connection.release()
    commissioning.begin(fresh, MANAGER, {}).confirmed = True
    new = commissioning.commission(fresh, MANAGER).serial
    report = words(client.get(page))
    assert "Bis 24.12.2026 dem Finanzamt melden" in report
    assert old in report
    assert new in report
    assert "Außer Betrieb seit 24.11.2026" in report
    assert "Dieser Tag geht hier nicht." in step("end", day="")
    assert "Eine neue TSE kommt" in step("end", day="2026-11-24")
    assert tselife.in_service(fresh.register_id) == new
    clock.forward(minutes=5)
    ring(fresh, ESPRESSO)
    assert pay_cash(fresh).tse_serial == new
    assert " melden " not in words(client.get("/office/tse")), "its first signature is nothing new"
