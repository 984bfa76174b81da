"""Business cases beyond the plain sale: orders, practice, advance payments, accounts, staff meals."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartecr.core.kinds import ADVANCE, ON_ACCOUNT
from smartecr.core.receipt import Payment
from smartecr.fiscal.dsfinvk import validator, writer
from smartecr.register import queries, standing
from smartecr.register.books import closing, exporting, verify
from smartecr.register.cashdesk import cash
from smartecr.register.errors import RegisterError
from smartecr.register.models import Basket, Receipt
from smartecr.register.paper import receipts
from smartecr.register.queries import ReceiptState
from smartecr.register.sale import credit, ordering, paying, refunding, selling, training
from smartecr.register.signing import recovery, securing
from smartecr.register.till import Till
from smartecr.server.cmdline.command_dsfinvk import check_signature
from smartecr.tse.virtual import Faults
from support.dsfinvkbooks import Tables, taken_apart
from support.shop import BREAD, CASHIER, COFFEE, ESPRESSO, JUICE, MANAGER, ROLL, Clock, command, pay_cash, ring


def do(till: Till, what: str, **arguments: object) -> None:
    (outcome,) = selling.run(till, MANAGER, [command(till, what, **arguments)])
    assert outcome.ok, outcome


def refused(till: Till, what: str, **arguments: object) -> str:
    (outcome,) = selling.run(till, MANAGER, [command(till, what, **arguments)])
    assert not outcome.ok
    return outcome.code


def order(till: Till, label: str = "Tisch 4") -> ReceiptState:
    return ordering.order(till, CASHIER, queries.current(till).id, till.new_id(), label)


def recall(till: Till) -> None:
    do(till, "recall", basket=queries.parked(till)[0].id)


def export(till: Till, path: Path) -> Tables:
    """Close, insist that the books hold and the export has no error, and return its tables."""
    closing.close_day(till, MANAGER, till.new_id(), None)
    assert verify.examine().findings == []
    writer.write(path, exporting.books(exporting.chosen()), at=datetime(2026, 11, 30, tzinfo=UTC))
    verdict = validator.validate(path, signatures=check_signature)
    assert verdict.errors == 0, verdict.findings
    return taken_apart(path)[0]


def rows(tables: Tables, name: str, **wanted: str) -> list[dict[str, str]]:
    header, *values = tables[f"{name}.csv"]
    found = [dict(zip(header, row, strict=True)) for row in values]
    return [row for row in found if all(row[key] == value for key, value in wanted.items())]


def test_an_order_is_secured_at_once_and_told_on_the_receipt(till: Till, clock: Clock, tmp_path: Path) -> None:
    ring(till, ESPRESSO, ESPRESSO, JUICE)
    first = order(till)
    assert (first.type, first.signed) == ("AVBestellung", True)
    assert first.process_data == '2;"Espresso";2.40\r1;"Apfelschorle 0,33 l";3.40\r1;"Pfand";0.25'
    assert queries.current(till).id == ""
    clock.forward(minutes=20)
    recall(till)
    ring(till, ROLL)
    assert order(till, "").process_data == '1;"Mohnschnecke";3.20'
    clock.forward(minutes=10)
    recall(till)
    do(till, "void", line=queries.current(till).basket.lines[0].id)
    sale = pay_cash(till)
    assert (sale.total_cents, sale.label) == (685, "Tisch 4")
    document = receipts.document(sale.id)
    assert document.tse is not None
    assert document.tse.first_order is not None
    assert document.tse.first_order.timestamp() == first.tse_start
    assert document.tse.started.timestamp() == first.tse_start + 30 * 60
    tables = export(till, tmp_path / "x.zip")
    assert [(row["BON_TYP"], row["UMS_BRUTTO"]) for row in rows(tables, "transactions")] == [
        ("AVBestellung", "0,00"),
        ("AVBestellung", "0,00"),
        ("AVBestellung", "0,00"),
        ("Beleg", "6,85"),
    ]
    assert {row["ABRECHNUNGSKREIS"] for row in rows(tables, "allocation_groups")} == {"Tisch 4"}
    assert [row["MENGE"] for row in rows(tables, "lines", BON_ID="3")] == ["-2,000"]
    assert rows(tables, "lines", P_STORNO="1") == []
    kinds = [row["TSE_TA_VORGANGSART"] for row in rows(tables, "transactions_tse")]
    assert kinds == ["Bestellung-V1"] * 3 + ["Kassenbeleg-V1"]


def test_an_order_thrown_away_is_taken_back(till: Till) -> None:
    ring(till, ESPRESSO)
    order(till)
    assert ordering.order(till, CASHIER, "x", Receipt.objects.get().id).type == "AVBestellung"
    recall(till)
    with pytest.raises(RegisterError) as nothing:
        order(till)
    assert nothing.value.code == "nothing"
    do(till, "discard")
    ends = [(row.type, row.process_data) for row in Receipt.objects.order_by("number")]
    assert ends[1] == ("AVBestellung", '-1;"Espresso";2.40')
    assert [kind for kind, _ in ends] == ["AVBestellung", "AVBestellung", "AVBelegabbruch"]
    assert Basket.objects.count() == 0
    assert verify.examine().findings == []


def test_an_order_thrown_away_in_a_cut_is_taken_back_at_the_next_start(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring(till, ESPRESSO)
    order(till)
    recall(till)
    with monkeypatch.context() as cut:
        cut.setattr(ordering, "end", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            do(till, "discard")
    assert Basket.objects.get().state == "ending"
    recovery.recover(till)
    kinds = list(Receipt.objects.order_by("number").values_list("type", flat=True))
    assert kinds == ["AVBestellung", "AVBestellung", "AVBelegabbruch"]
    assert Basket.objects.count() == 0
    assert verify.examine().findings == []


def test_an_order_in_an_outage_waits_for_nothing(till: Till, faults: Faults) -> None:
    faults.unplugged = True
    ring(till, ESPRESSO)
    assert order(till).outage_reason
    recall(till)
    assert pay_cash(till).total_cents == 240
    assert verify.examine().findings == []


def test_an_order_cut_off_is_completed(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    ring(till, ESPRESSO)
    order(till)
    recall(till)
    ring(till, ROLL)

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(securing, "secure", cut)
        with pytest.raises(KeyboardInterrupt):
            order(till)
    assert recovery.recover(till) == 1
    last = queries.receipts(till)[0]
    assert (last.type, last.signed) == ("AVBestellung", True)
    recall(till)
    assert pay_cash(till).total_cents == 560
    assert verify.examine().findings == []


def test_practice_is_signed_and_counts_nowhere(till: Till, tmp_path: Path) -> None:
    ring(till, ROLL)
    with pytest.raises(RegisterError) as busy:
        training.switch(till, MANAGER, True)
    assert busy.value.code == "busy"
    do(till, "park", label="echt")
    with pytest.raises(RegisterError) as right:
        training.switch(till, CASHIER, True)
    assert right.value.right == "training"
    training.switch(till, MANAGER, True)
    training.switch(till, MANAGER, True)
    assert standing.status(till).training
    ring(till, ESPRESSO)
    practised = pay_cash(till, 500)
    assert (practised.type, practised.change_cents, practised.signed) == ("AVTraining", 260, True)
    assert practised.process_data == "AVTraining^2.40_0.00_0.00_0.00_0.00^"
    assert practised.content.payments == ()
    assert "TRAINING" in receipts.document(practised.id).marks
    assert queries.cash_stock(till) == 0
    assert refused(till, "recall", basket=queries.parked(till)[0].id) == "training"
    for act in (
        lambda: cash.move(till, MANAGER, till.new_id(), "Einzahlung", 100, "x"),
        lambda: closing.close_day(till, MANAGER, till.new_id(), None, carry=True),
        lambda: refunding.refund(till, MANAGER, till.new_id(), practised.id, "x"),
    ):
        with pytest.raises(RegisterError) as kept_out:
            act()
        assert kept_out.value.code == "training"
    training.switch(till, MANAGER, False)
    recall(till)
    pay_cash(till)
    tables = export(till, tmp_path / "x.zip")
    (trained,) = rows(tables, "transactions", BON_TYP="AVTraining")
    assert rows(tables, "datapayment", BON_ID=trained["BON_ID"]) == []
    (head,) = rows(tables, "cashpointclosing")
    assert head["Z_SE_ZAHLUNGEN"] == "3,20"


def test_an_advance_is_taxed_when_taken_and_used_once(till: Till, clock: Clock, tmp_path: Path) -> None:
    assert refused(till, "advance", cents=0, group=BREAD, text="Torte") == "amount"
    assert refused(till, "advance", cents=500, group=BREAD, text=" ") == "text"
    do(till, "advance", cents=500, group=BREAD, text="Torte für Samstag")
    taken = pay_cash(till)
    assert taken.process_data == "Beleg^0.00_5.00_0.00_0.00_0.00^5.00:Bar"
    (item,) = credit.open_items(till, ADVANCE)
    assert (item.receipt_id, item.cents, item.vat_key, item.text) == (taken.id, 500, 2, "Anzahlung: Torte für Samstag")
    clock.forward(minutes=5)
    do(till, "open_amount", group=BREAD, cents=2500)
    do(till, "use_advance", receipt=taken.id)
    assert refused(till, "use_advance", receipt=taken.id) == "twice"
    used = queries.current(till).newest_line_id
    assert refused(till, "price", line=used, cents=-501, reason="") == "open"
    assert refused(till, "quantity", line=used, quantity=2000) == "open"
    final = pay_cash(till)
    assert final.total_cents == 2000
    assert credit.open_items(till, ADVANCE) == []
    assert refused(till, "use_advance", receipt=taken.id) == "gone"
    with pytest.raises(RegisterError) as kept:
        refunding.refund(till, MANAGER, till.new_id(), taken.id, "doch nicht")
    assert kept.value.code == "used"
    refunding.refund(till, MANAGER, till.new_id(), final.id, "falsch")
    assert [one.cents for one in credit.open_items(till, ADVANCE)] == [500]
    refunding.refund(till, MANAGER, till.new_id(), taken.id, "doch nicht")
    assert credit.open_items(till, ADVANCE) == []
    tables = export(till, tmp_path / "x.zip")
    references = [(row["BON_ID"], row["POS_ZEILE"], row["REF_BON_ID"]) for row in rows(tables, "references")]
    assert references == [("2", "2", "1"), ("3", "", "2"), ("3", "2", "1"), ("4", "", "1")]


def test_a_sale_on_account_is_paid_later(till: Till, clock: Clock, tmp_path: Path) -> None:
    ring(till, ROLL, ESPRESSO)
    (asked,) = selling.run(till, CASHIER, [command(till, "on_account", name="Kanzlei Roth")])
    assert asked.right == "cash_move"
    do(till, "on_account", name="Kanzlei Roth")
    sold = pay_cash(till, 0)
    assert sold.process_data == "Beleg^2.40_3.20_0.00_0.00_-5.60^"
    assert sold.content.payments == ()
    (item,) = credit.open_items(till, ON_ACCOUNT)
    assert (item.text, item.cents) == ("Auf Rechnung: Kanzlei Roth", 560)
    clock.forward(minutes=5)
    do(till, "account", receipt=sold.id)
    paid = paying.pay(
        till, CASHIER, queries.current(till).id, till.new_id(), [Payment(kind="ECKarte", cents=560, name="girocard")]
    )
    assert paid.process_data == "Beleg^0.00_0.00_0.00_0.00_5.60^5.60:Unbar"
    assert credit.open_items(till, ON_ACCOUNT) == []
    tables = export(till, tmp_path / "x.zip")
    assert rows(tables, "transactions", BON_ID="1")[0]["KUNDE_NAME"] == "Kanzlei Roth"
    assert [row["ZAHLART_TYP"] for row in rows(tables, "datapayment")] == ["Keine", "ECKarte"]


def test_a_staff_meal_names_who_ate_and_moves_no_money(till: Till, tmp_path: Path) -> None:
    ring(till, ROLL)
    basket = queries.current(till).id
    with pytest.raises(RegisterError) as nobody:
        paying.give(till, MANAGER, basket, till.new_id(), " ")
    assert nobody.value.code == "name"
    with pytest.raises(RegisterError) as right:
        paying.give(till, CASHIER, basket, till.new_id(), "Jana")
    assert right.value.right == "discount"
    meal_id = till.new_id()
    meal = paying.give(till, MANAGER, basket, meal_id, "Jana")
    assert paying.give(till, MANAGER, basket, meal_id, "Jana") == queries.receipt(meal.id)
    assert meal.process_data == "AVSachbezug^0.00_3.20_0.00_0.00_0.00^"
    do(till, "advance", cents=500, group=COFFEE, text="Feier")
    with pytest.raises(RegisterError) as more:
        paying.give(till, MANAGER, queries.current(till).id, till.new_id(), "Jana")
    assert more.value.code == "kind"
    do(till, "discard")
    tables = export(till, tmp_path / "x.zip")
    (head,) = rows(tables, "transactions", BON_TYP="AVSachbezug")
    assert (head["KUNDE_NAME"], head["KUNDE_TYP"]) == ("Jana", "Mitarbeiter")
    assert rows(tables, "cashpointclosing")[0]["Z_SE_ZAHLUNGEN"] == "0,00"


@pytest.mark.parametrize(("gv_typ", "cents"), [("Lohnzahlung", -5000), ("Geldtransit", 25000), ("Geldtransit", -5000)])
def test_wages_and_transit_both_ways(till: Till, gv_typ: str, cents: int) -> None:
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 10000, "")
    moved = cash.move(till, MANAGER, till.new_id(), gv_typ, cents, "Vorschuss")
    assert moved.content.lines[0].gv_typ == gv_typ
    assert queries.cash_stock(till) == 10000 + cents
