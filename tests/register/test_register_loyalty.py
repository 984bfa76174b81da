"""Promotions, points, stamps and earlier receipts at the till: given, collected, spent, taken back to the piece."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from smartecr.core.promotions import Promotion
from smartecr.customers.models import Entry, Token
from smartecr.printer import text
from smartecr.register import queries
from smartecr.register.books import verify
from smartecr.register.errors import RegisterError
from smartecr.register.paper import receipts
from smartecr.register.queries import ReceiptState
from smartecr.register.regulars import guests, loyalty
from smartecr.register.regulars.previewing import Preview, preview
from smartecr.register.sale import refunding, selling
from smartecr.register.till import Till
from smartecr.tse import log_message, receipt_qr
from smartecr.tse.virtual import Faults
from support.shop import (
    BREAD,
    CASHIER,
    COFFEE,
    ESPRESSO,
    JUICE,
    MANAGER,
    OWNER,
    ROLL,
    Clock,
    command,
    pay_cash,
    ring,
)

RULE, STAMPS, REWARD = (f"{number:032x}" for number in (0xD0, 0xD1, 0xD2))


def one(till: Till, do: str, actor: Any = CASHIER, **more: Any) -> selling.Outcome:
    return selling.run(till, actor, [command(till, do, **more)])[0]


def rule(till: Till, key: str = RULE, **values: Any) -> Promotion:
    made = Promotion(id=key, **{"name": "Aktion", "kind": "percent", "value": 1000, **values})
    loyalty.save(till, MANAGER, made)
    return made


def anna(till: Till, **values: str) -> guests.Guest:
    return guests.save(till, CASHIER, till.new_id(), {"name": "Anna", **values})


def total(till: Till) -> int:
    return queries.current(till).priced.total_cents


def bought(till: Till, guest: guests.Guest, *articles: str) -> ReceiptState:
    ring(till, *articles)
    assert one(till, "scan", code=guest.code).ok
    return pay_cash(till)


def test_three_for_two_follows_every_tap(till: Till) -> None:
    rule(till, name="3 für 2", kind="n_for_m", value=2, count=3, groups=(BREAD,))
    ring(till, ROLL, ROLL, ESPRESSO)
    assert total(till) == 880
    ring(till, ROLL)
    assert total(till) == 880
    (line,) = [line for line in queries.current(till).basket.lines if line.promotion]
    assert line.quantity == 3000, "taps still count up on a line in a promotion"
    assert line.discount is not None
    assert line.discount.text == "Rabatt 3,20 € (3 für 2)"
    assert one(till, "quantity", line=line.id, quantity=2000).ok
    assert total(till) == 880
    receipt = pay_cash(till)
    assert [line.gv_typ for line in receipt.content.lines] == ["Umsatz", "Umsatz"]
    assert verify.examine().findings == []


def test_without_rules_nothing_is_asked(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    ring(till, ESPRESSO)
    assert till.promotions == ()

    def asked(*_arguments: object) -> Any:
        raise AssertionError("a plain sale asks nothing about guests")

    for room, name in ((loyalty, "fetch"), (loyalty, "select"), (guests, "fetch")):
        monkeypatch.setattr(room, name, asked)
    ring(till, ROLL)
    pay_cash(till)


def test_a_discount_by_hand_stands(till: Till) -> None:
    rule(till)
    ring(till, ESPRESSO)
    assert total(till) == 216
    line = queries.current(till).basket.lines[0].id
    assert one(till, "discount_line", MANAGER, line=line, kind="amount", value=100).ok
    assert total(till) == 140
    assert one(till, "discount_line", MANAGER, line=line, kind="amount", value=0).ok
    assert total(till) == 216


def test_happy_hour_is_local_time(till: Till, clock: Clock) -> None:
    rule(till, start="17:00", end="18:00")
    ring(till, ESPRESSO)
    assert total(till) == 240
    clock.now = clock.now.replace(hour=16)  # 17:00 in Berlin
    ring(till, ESPRESSO)
    assert total(till) == 432


def test_a_coupon_is_laid_down_once(till: Till) -> None:
    rule(till, code="HERBST24", value=5000)
    ring(till, ESPRESSO)
    assert one(till, "scan", code="RB:WINTER24").code == "coupon"
    assert one(till, "scan", code="RB:HERBST24").ok
    assert total(till) == 120
    assert one(till, "scan", code="RB:HERBST24").code == "twice"
    pay_cash(till)
    ring(till, ESPRESSO)
    assert total(till) == 240


def test_birthday_and_welcome_need_the_card(till: Till) -> None:
    rule(till, value=1000, occasion="birthday")
    rule(till, REWARD, value=2000, occasion="welcome")
    guest = anna(till, birthday="28.11.1990")
    ring(till, ESPRESSO)
    assert one(till, "scan", code=guest.code).ok
    assert total(till) == 192
    assert one(till, "guest_off").ok
    assert total(till) == 240
    assert one(till, "scan", code=guest.code).ok
    pay_cash(till)
    ring(till, ESPRESSO)
    assert one(till, "scan", code=guest.code).ok
    assert total(till) == 216, "welcome is once"


@pytest.mark.parametrize(
    ("kept", "day", "near"),
    [
        ("--11-24", "2026-11-24", True), ("--11-24", "2026-12-01", True), ("--11-24", "2026-12-02", False),
        ("1990-01-02", "2026-12-30", True), ("--12-30", "2027-01-05", True), ("--02-29", "2027-02-28", True),
        ("", "2026-11-24", False),
    ],
)  # fmt: skip
def test_a_birthday_is_kept_for_a_week(kept: str, day: str, near: bool) -> None:
    from datetime import date

    assert loyalty.near_birthday(kept, date.fromisoformat(day)) is near


def test_points_are_collected_spent_and_given_back_exactly(till: Till, clock: Clock) -> None:
    rule(till, "e" * 32, name="Punkte", kind="earn", value=100)
    rule(till, REWARD, name="1 € für 5 Punkte", kind="amount", value=100, points=5)
    guest = anna(till)
    receipt = bought(till, guest, ESPRESSO, ROLL, JUICE)  # 9,00 and a deposit, which is no turnover
    assert loyalty.accounts(guest.id) == {"points": 9}
    assert "Punkte: +9, jetzt 9" in text.render(receipts.document(receipt.id), 48)
    ring(till, ESPRESSO)
    assert one(till, "reward", promotion=REWARD).code == "card"
    assert one(till, "scan", code=guest.code).ok
    assert one(till, "reward", promotion=REWARD).ok
    assert one(till, "reward", promotion=REWARD).code == "twice"
    assert total(till) == 140
    clock.forward(seconds=1)
    spent = pay_cash(till)
    assert loyalty.accounts(guest.id) == {"points": 9 + 1 - 5}
    ring(till, ESPRESSO)
    assert one(till, "scan", code=guest.code).ok
    assert one(till, "reward", promotion="f" * 32).code == "reward"
    one(till, "discard")
    clock.forward(seconds=1)
    refunding.refund(till, MANAGER, till.new_id(), spent.id, "Ware zurück")
    assert loyalty.accounts(guest.id) == {"points": 9}
    refunding.refund(till, MANAGER, till.new_id(), receipt.id, "Ware zurück")
    assert loyalty.accounts(guest.id) == {"points": 0}
    assert verify.examine().findings == []


def test_the_second_look_keeps_points_from_being_spent_twice(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    from smartecr.register.regulars import guestkeys

    rule(till, "e" * 32, kind="earn", value=100)
    rule(till, REWARD, kind="amount", value=100, points=5)
    guest = anna(till)
    bought(till, guest, ESPRESSO, ROLL)
    monkeypatch.setattr(guestkeys, "_only_here", lambda *_arguments: None)
    for parked in (True, False):
        ring(till, ESPRESSO)
        assert one(till, "scan", code=guest.code).ok
        assert one(till, "reward", promotion=REWARD).ok
        if parked:
            assert one(till, "park").ok
    pay_cash(till)
    assert one(till, "recall", basket=queries.parked(till)[0].id).ok
    with pytest.raises(RegisterError) as refused:
        pay_cash(till)
    assert refused.value.code == "points"
    assert loyalty.accounts(guest.id) == {"points": 5 - 5 + 1}


def test_the_tenth_coffee_is_free(till: Till) -> None:
    rule(till, STAMPS, name="Der zehnte Kaffee", kind="stamps", count=9, groups=(COFFEE,))
    guest = anna(till)
    bought(till, guest, *[ESPRESSO] * 8, ROLL)
    assert loyalty.accounts(guest.id) == {STAMPS: 8}
    ring(till, ESPRESSO)
    assert one(till, "scan", code=guest.code).ok
    assert total(till) == 240
    pay_cash(till)
    ring(till, ESPRESSO, ROLL)
    assert one(till, "scan", code=guest.code).ok
    assert total(till) == 320
    free = pay_cash(till)
    assert loyalty.accounts(guest.id) == {STAMPS: 0}
    assert "Der zehnte Kaffee: -9 Stempel, jetzt 0" in text.render(receipts.document(free.id), 48)
    refunding.refund(till, MANAGER, till.new_id(), free.id, "Ware zurück")
    assert loyalty.accounts(guest.id) == {STAMPS: 9}


def qr_of(receipt: ReceiptState) -> str:
    return receipts.document(receipt.id).qr


def test_receipts_are_stamps_without_a_name(till: Till) -> None:
    rule(till, STAMPS, name="Der dritte Kaffee", kind="stamps", count=2, groups=(COFFEE,))
    shown = []
    for _ in range(2):
        ring(till, ESPRESSO)
        shown.append(pay_cash(till))
    ring(till, ESPRESSO)
    assert one(till, "token", code=qr_of(shown[0])).ok
    assert total(till) == 240
    assert one(till, "token", code=qr_of(shown[0])).code == "twice"
    assert one(till, "token", code=f"https://kasse.example/r/{shown[1].token}/").ok
    assert total(till) == 0
    free = pay_cash(till)
    assert set(Token.objects.values_list("receipt_id", "counted_on")) == {(one_.id, free.id) for one_ in shown}
    ring(till, ESPRESSO)
    again = one(till, "token", code=qr_of(shown[0]))
    assert (again.code, "Jeder Bon zählt einmal" in again.message) == ("counted", True)
    one(till, "discard")
    refunding.refund(till, MANAGER, till.new_id(), free.id, "Ware zurück")
    assert not Token.objects.exists(), "what had counted counts again"
    assert verify.examine().findings == []


def test_a_receipt_shown_in_vain_is_not_used_up(till: Till) -> None:
    rule(till, STAMPS, kind="stamps", count=9, groups=(COFFEE,))
    ring(till, ESPRESSO)
    shown = pay_cash(till)
    ring(till, ROLL)
    assert one(till, "token", code=qr_of(shown)).ok
    pay_cash(till)
    assert not Token.objects.exists()


def test_receipts_shown_with_a_card_go_onto_it(till: Till) -> None:
    rule(till, STAMPS, kind="stamps", count=9, groups=(COFFEE,))
    ring(till, ESPRESSO, ESPRESSO)
    shown = pay_cash(till)
    guest = anna(till)
    ring(till, ESPRESSO)
    assert one(till, "token", code=qr_of(shown)).ok
    assert one(till, "scan", code=guest.code).ok
    with_card = pay_cash(till)
    assert loyalty.accounts(guest.id) == {STAMPS: 3}
    ring(till, ESPRESSO)
    assert one(till, "token", code=qr_of(shown)).code == "counted"
    assert one(till, "token", code=qr_of(with_card)).code == "counted"
    assert Entry.objects.count() == 1


def test_altered_foreign_and_cancelled_receipts_do_not_count(till: Till, faults: Faults) -> None:
    rule(till, STAMPS, kind="stamps", count=9)
    ring(till, ESPRESSO)
    shown = pay_cash(till)
    good = qr_of(shown)
    altered = good.replace("^2.40_", "^9.40_")
    assert altered != good
    signature = good.split(";")[-2]
    resigned = good.replace(signature, signature[:-4] + "AAA=")
    ring(till, ROLL)
    for text_ in (altered, resigned, "V0;x", "https://kasse.example/r/" + "A" * 46 + "/", "4012345678901", ""):
        outcome = one(till, "token", code=text_)
        assert (outcome.ok, outcome.code) == (False, "token"), text_
        assert outcome.message.endswith(".")
    one(till, "discard")
    refunding.refund(till, MANAGER, till.new_id(), shown.id, "Ware zurück")
    ring(till, ROLL)
    assert one(till, "token", code=good).code == "refunded"


def forged(good: str) -> str:
    """The same receipt signed by a TSE of the forger's own: a valid signature, and not the one in the books."""
    read = receipt_qr.parse(good)
    assert read.algorithm is not None
    key = ec.generate_private_key(ec.BrainpoolP384R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    serial = hashlib.sha256(point).digest()
    signed = log_message.Encoder(serial, read.algorithm, read.time_formats[0]).transaction(
        log_message.FINISH, read.client_id, read.process_data.encode(), read.process_type, read.transaction_number,
        read.signature_counter, read.log_time, indefinite=False, milliseconds=read.log_milliseconds,
    )  # fmt: skip
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(read.algorithm.hash)))
    plain = r.to_bytes(48, "big") + s.to_bytes(48, "big")
    return ";".join([*good.split(";")[:-2], b64encode(plain).decode(), b64encode(point).decode()])


def test_another_tse_and_another_time_do_not_count(till: Till) -> None:
    rule(till, STAMPS, kind="stamps", count=9)
    ring(till, ESPRESSO)
    good = qr_of(pay_cash(till))
    ring(till, ROLL)
    other_key = forged(good)
    assert receipt_qr.verify(other_key).valid, "by itself it looks right"
    parts = good.split(";")
    later = ";".join([*parts[:7], parts[7].replace("2026", "2027"), *parts[8:]])
    assert later != good
    for text_, sentence in ((other_key, "nicht der, den diese Kasse"), (later, "verändert")):
        outcome = one(till, "token", code=text_)
        assert (outcome.code, sentence in outcome.message) == ("token", True), outcome
    assert one(till, "token", code=good).ok


def test_a_preview_says_what_a_rule_would_have_cost(till: Till) -> None:
    for articles in ((ESPRESSO, ROLL), (ROLL, ROLL, ROLL), (JUICE,)):
        ring(till, *articles)
        pay_cash(till)
    cancelled = queries.last_receipt(till)
    assert cancelled is not None
    refunding.refund(till, MANAGER, till.new_id(), cancelled.id, "Ware zurück")
    buns = Promotion(id=RULE, name="3 für 2", kind="n_for_m", value=2, count=3, groups=(BREAD,))
    assert preview(buns, "2026-11-24", "2026-11-24") == Preview(3, 1, 320, 560 + 960 + 340, None)
    assert preview(buns, "2026-11-25", "2026-11-30").receipts == 0


def test_a_preview_for_cards_takes_the_guests_there_were(till: Till, clock: Clock) -> None:
    """Anna buys three espressi one by one, somebody without a card two: after two stamps Anna's third is free."""
    card = Promotion(id=STAMPS, name="Karte", kind="stamps", count=2, articles=(ESPRESSO,))
    ring(till, ESPRESSO, ESPRESSO)
    pay_cash(till)
    assert preview(card, "2026-11-24", "2026-11-24") == Preview(1, 1, 240, 480, None), "no cards: a full one each"
    guest = anna(till, birthday="28.11.1990")
    for _ in range(3):
        clock.forward(minutes=1)
        bought(till, guest, ESPRESSO)
    assert preview(card, "2026-11-24", "2026-11-24") == Preview(4, 1, 240, 1200, 3)
    percent = Promotion(id=RULE, name="x", kind="percent", value=1000)
    for more, cents in ({"occasion": "welcome"}, 24), ({"occasion": "birthday"}, 72), ({"customers": "ab" * 16}, 0):
        told = preview(replace(percent, **more), "2026-11-24", "2026-11-24")
        assert (told.cents, told.cards) == (cents, 3), more
    assert preview(percent, "2026-11-24", "2026-11-24") == Preview(4, 4, 120, 1200, None)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"), ({"kind": "magic"}, "kind"), ({"value": 10_001}, "value"),
        ({"kind": "n_for_m", "value": 3, "count": 3}, "count"), ({"kind": "stamps", "count": 1}, "count"),
        ({"kind": "amount", "value": -500}, "value"), ({"value": -1000}, "value"), ({"from_cents": -1}, "least"),
        ({"kind": "amount", "value": 0}, "value"), ({"kind": "combo", "value": 500}, "groups"),
        ({"start": "18:00", "end": "16:00"}, "end"), ({"start": "18:00", "end": "18:00"}, "end"),
        ({"first": "2026-12-24", "last": "2026-12-01"}, "last"),
    ],
)  # fmt: skip
def test_a_rule_nobody_can_mean_is_refused(till: Till, values: dict[str, Any], field: str) -> None:
    with pytest.raises(RegisterError) as refused:
        rule(till, **values)
    assert refused.value.code == field
    assert loyalty.rules(till) == ()


def test_a_rule_out_of_force_gives_nothing(till: Till) -> None:
    made = rule(till)
    loyalty.save(till, OWNER, made, active=False)
    ring(till, ESPRESSO)
    assert total(till) == 240
    assert [active for _rule, active in loyalty.every()] == [False]


def test_points_go_back_with_the_lines(till: Till) -> None:
    rule(till, kind="earn", value=100)
    guest = anna(till)
    receipt = bought(till, guest, ESPRESSO, ESPRESSO, ROLL)
    assert loyalty.accounts(guest.id)["points"] == 8
    espresso, roll = (line.line_id for line in receipt.content.lines)
    for back, left in ((espresso, 6), (roll, 3), (espresso, 0)):
        refunding.refund_lines(till, MANAGER, till.new_id(), receipt.id, {back: 1000}, "zurück")
        assert loyalty.accounts(guest.id).get("points", 0) == left
    assert verify.examine().findings == []
