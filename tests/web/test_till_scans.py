"""Codes from the scanners on the till's pages: taken once, handed to a payment, learnt, explained; the camera."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from smartecr.register import queries
from smartecr.register.paper.receipts import document
from smartecr.register.sale.arrivals import Arrivals
from smartecr.register.till import Till
from smartecr.scanner.code import Kind
from smartecr.scanner.layout import Layout
from support.screens import words
from support.shop import COFFEE, JUICE, JUICE_CODE, pay_cash, ring

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

UNKNOWN = "4006381333931"


@pytest.fixture
def arrivals(till: Till) -> Arrivals:
    till.arrivals = Arrivals(till.new_id, lambda: till.clock().timestamp(), till.publish)
    return till.arrivals


def test_codes_are_taken_once_and_booked_under_their_id(
    at_till: Callable[..., Client], send: Callable[..., HttpResponse], arrivals: Arrivals, till: Till
) -> None:
    client = at_till()
    arrivals.put("]E0" + JUICE_CODE)
    (scan,) = client.post("/till/scans").json()["scans"]
    assert client.post("/till/scans").json() == {"scans": []}
    for _ in range(2):  # two windows, one line
        send(client, {"do": "scan", **scan})
    assert [line.quantity for line in queries.current(till).basket.lines] == [1000, 1000]  # the bottle and its deposit


def test_strangers_get_no_codes(client: Client, at_till: Callable[..., Client], arrivals: Arrivals) -> None:
    at_till()
    client.post("/logout")
    arrivals.put(JUICE_CODE)
    assert client.post("/till/scans", headers={"HX-Request": "true"}).status_code == 401
    assert len(arrivals.take()) == 1


@pytest.mark.parametrize(("code", "status"), [(JUICE_CODE, 204), (JUICE_CODE[:-1] + "2", 422), ("98" + "1" * 18, 422)])
def test_beside_a_payment(at_till: Callable[..., Client], code: str, status: int) -> None:
    answer = at_till().post("/till/scans/paying", {"code": code}, headers={"HX-Request": "true"})
    assert answer.status_code == status
    if status == 422:
        assert words(answer)


def test_the_sheet_for_a_new_article(at_till: Callable[..., Client]) -> None:
    client = at_till()
    page = client.get("/till/sheet/learn", {"code": UNKNOWN})
    assert page.status_code == 200
    assert UNKNOWN in words(page)
    assert f'data-learn-group="{COFFEE}"' in page.content.decode()
    press = Layout("419IIIIIPPPPC", Kind.PRESS).build(item=12345, value=320)
    assert 'value="3,20"' in client.get("/till/sheet/learn", {"code": press}).content.decode()
    for code in (UNKNOWN[:-1] + "0", "KD:MUSTER-1", ""):
        assert client.get("/till/sheet/learn", {"code": code}).status_code == 404


def test_the_sheet_of_a_receipt_proves_its_signature(at_till: Callable[..., Client], till: Till) -> None:
    ring(till, JUICE)
    receipt = pay_cash(till)
    code = document(receipt.id, copy=False).qr
    client = at_till()
    page = client.get("/till/sheet/scanned", {"code": code})
    assert f"/receipts/{receipt.id}" in page.content.decode()
    assert "strip-bad" not in page.content.decode()
    changed = client.get("/till/sheet/scanned", {"code": code.replace("Beleg^3.65", "Beleg^3.56")})
    assert "strip-bad" in changed.content.decode()
    assert client.get("/till/sheet/scanned", {"code": JUICE_CODE}).status_code == 404


def test_trouble_with_a_scanner_is_a_word_among_the_states(at_till: Callable[..., Client], arrivals: Arrivals) -> None:
    client = at_till()
    assert "Scanner" not in words(client.get("/till/status"))
    arrivals.tell("camera", "Die Kamera ist nicht erreichbar. Nummern lassen sich eintippen; Stecker prüfen.")
    assert "Scanner" in words(client.get("/till/status"))


def test_frames_of_the_browsers_camera(at_till: Callable[..., Client], arrivals: Arrivals) -> None:
    client = at_till()

    def post(body: bytes) -> int:
        return client.post("/camera/frame", body, content_type="image/jpeg").status_code

    assert (client.get("/camera/").status_code, post(b"x")) == (404, 404)
    assert "frame-src" not in client.get("/").headers["Content-Security-Policy"]
    seen: list[bytes] = []
    arrivals.look = lambda frame: seen.append(frame) is None and frame != b"away"
    assert client.get("/camera/").status_code == 200
    assert "frame-src 'self'" in client.get("/").headers["Content-Security-Policy"]
    assert [post(b"frame"), post(b"away"), post(b""), post(b"x" * 2_000_001)] == [204, 409, 413, 413]
    assert seen == [b"frame", b"away"]


def test_learning_through_the_page(
    at_till: Callable[..., Client], send: Callable[..., HttpResponse], till: Till
) -> None:
    client = at_till()
    order = {"do": "learn", "code": UNKNOWN, "group": COFFEE, "cents": 250, "name": "Stift", "quantity": 1000}
    assert "Stift" in words(send(client, order))
    assert queries.current(till).priced.total_cents == 250
