"""The official worked examples of DSFinV-K: our register books them, our export shows the official figures."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from smartecr.core.kinds import CASH_KINDS
from smartecr.core.receipt import Payment
from smartecr.fiscal.dsfinvk import validator, writer
from smartecr.register import queries
from smartecr.register.books import closing, exporting
from smartecr.register.cashdesk import cash
from smartecr.register.queries import ReceiptState
from smartecr.register.sale import paying, selling
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.server.cmdline.command_dsfinvk import check_signature
from support.dsfinvkbooks import Tables, taken_apart
from support.samples import sample
from support.shop import BREAD, COFFEE, MANAGER, OWNER, article_row, command
from support.workbooks import Example, examples

FOLDER = "dsfinvk/official-examples"
NAMES = {
    "1a": "V_2_1_01 a Beispiele_Behandlung von Forderungen_processing flag_true.xlsx",
    "1b": "V_2_1_01 b Beispiele_Behandlung von Forderungen_processing flag_false_Bil-IST.....xlsx",
    "1c": "V_2_1_01 c Beispiele_Behandlung von Forderungen_processing flag_false_Bil-SOLL....xlsx",
    "2": "V_2_1_02 Beispiele_Behandlung von Mehrzweckgutscheinen.xlsx",
    "3": "V_2_1_03 Beispiele_Behandlung von Einzweckgutscheinen.xlsx",
    "4": "V_2_1_04 Beispiele_Behandlung von Anzahlungen.xlsx",
    "5": "V_2_1_05 Beispiele_Behandlung von Privatvorgängen.xlsx",
    "6": "V_2_1_06 Beispiele_Behandlung von Wechselgeld & Geldtransit Vorgängen.xlsx",
    "7": "V_2_1_07 Beispiele_Behandlung von Differenzbeträgen.xlsx",
}
START = 4370_00
"""What lies in the drawer before: the calculated cash of example 7."""


def cents(text: str) -> int:
    return int((Decimal(text.replace(",", ".")) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def ring_article(till: Till, number: int, line: dict[str, str]) -> None:
    """Ring up a line as an article of its kind, key and price."""
    article = f"{0xE000 + number:032x}"
    key, price = int(line["UST_SCHLUESSEL"]), cents(line["POS_BRUTTO"])
    text = line.get("ARTIKELTEXT", line["GV_TYP"])
    kinds = {"vat_key_in": key, "vat_key_out": key, "gv_typ": line["GV_TYP"]}
    masterdata.save_articles(till, OWNER, [article_row(article, str(1000 + number), text, COFFEE, price, **kinds)])
    do(till, "article", article=article)


def do(till: Till, what: str, **arguments: object) -> None:
    (outcome,) = selling.run(till, MANAGER, [command(till, what, **arguments)])
    assert outcome.ok, outcome


def pay(till: Till, example: Example) -> ReceiptState:
    state = queries.current(till)
    kind = example.head["ZAHLART_TYP"].capitalize()
    given = [] if kind == "Keine" else [Payment(kind=kind, cents=state.priced.total_cents)]
    return paying.pay(till, MANAGER, state.id, till.new_id(), given)


def book(till: Till, name: str, number: int, example: Example, before: ReceiptState | None) -> ReceiptState | None:
    """Book one example with the use case a person would take."""
    first = example.lines[0]
    kind, amount = first["GV_TYP"], cents(first["POS_BRUTTO"])
    if kind == "DifferenzSollIst":
        return None  # the closing books it from the count
    if kind in CASH_KINDS:
        return cash.move(till, MANAGER, till.new_id(), kind, amount, "Beispiel")
    for place, line in enumerate(example.lines):
        use = (name, line["GV_TYP"])
        if use == ("4", "Anzahlungseinstellung"):
            do(till, "advance", cents=cents(line["POS_BRUTTO"]), group=COFFEE, text="Reparatur")
        elif use == ("4", "Anzahlungsaufloesung") and before is not None:
            do(till, "use_advance", receipt=before.id)
        elif use == ("1c", "Forderungsentstehung"):
            do(till, "on_account", name="Kunde A")
        elif use == ("1c", "Forderungsaufloesung") and before is not None:
            do(till, "account", receipt=before.id)
        else:
            ring_article(till, number * 10 + place, line)
    return pay(till, example)


def rows(tables: Tables, name: str, bon_id: str) -> list[dict[str, str]]:
    header, *values = tables[f"{name}.csv"]
    found = [dict(zip(header, row, strict=True)) for row in values]
    return [row for row in found if row["BON_ID"] == bon_id]


def wanted_vat(row: dict[str, str]) -> tuple[int, int, int, int]:
    """Return key, gross, net, tax; the books leave out, or write 0 for, the net of what is not taxed (1.6, 2.1)."""
    gross = cents(row["BON_BRUTTO"])
    if row["UST_SCHLUESSEL"] == "5":
        return 5, gross, gross, 0
    return int(row["UST_SCHLUESSEL"]), gross, cents(row["BON_NETTO"]), cents(row["BON_UST"])


@pytest.mark.parametrize("name", NAMES)
def test_an_official_example_is_booked_and_exported_with_its_figures(till: Till, tmp_path: Path, name: str) -> None:
    found = examples(sample(f"{FOLDER}/{NAMES[name]}"))
    assert len(found) == (1 if name == "7" else 2)
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", START, "")
    before: ReceiptState | None = None
    for number, example in enumerate(found):
        before = book(till, name, number, example, before)
    counts = {100_00: 42, 50_00: 1, 20_00: 1, 10_00: 1, 2_00: 1, 1_00: 1} if name == "7" else None
    closing.close_day(till, MANAGER, till.new_id(), counts, "Beispiel 7")
    path = tmp_path / "x.zip"
    writer.write(path, exporting.books(exporting.chosen()), at=datetime(2026, 11, 30, tzinfo=UTC))
    verdict = validator.validate(path, signatures=check_signature)
    assert verdict.errors == 0, verdict.findings
    tables = taken_apart(path)[0]
    for number, example in enumerate(found, 2):
        agrees(tables, str(number), example)
    if name in ("1c", "4"):
        (reference,) = rows(tables, "references", "3")
        assert (reference["REF_TYP"], reference["REF_BON_ID"]) == ("Transaktion", "2")
    header, flag = tables["cashregister.csv"]
    assert flag[header.index("KEINE_UST_ZUORDNUNG")] == example.head["KEINE_UST_ZUORDNUNG"]


def agrees(tables: Tables, bon_id: str, example: Example) -> None:
    (head,) = rows(tables, "transactions", bon_id)
    (paid,) = rows(tables, "datapayment", bon_id)
    assert head["BON_TYP"] == example.head["BON_TYP"]
    total = example.head.get("UMS_BRUTTO", example.head.get("BASISWAEH_BETRAG", example.lines[0]["POS_BRUTTO"]))
    assert cents(head["UMS_BRUTTO"]) == cents(paid["BASISWAEH_BETRAG"]) == cents(total)
    assert paid["ZAHLART_TYP"].casefold() == example.head.get("ZAHLART_TYP", "Bar").casefold()
    vat = [
        (int(row["UST_SCHLUESSEL"]), cents(row["BON_BRUTTO"]), cents(row["BON_NETTO"]), cents(row["BON_UST"]))
        for row in rows(tables, "transactions_vat", bon_id)
    ]
    assert vat == [wanted_vat(row) for row in example.vat]
    amounts = {row["POS_ZEILE"]: row for row in rows(tables, "lines_vat", bon_id)}
    lines = [
        (row["GV_TYP"], amounts[row["POS_ZEILE"]]["UST_SCHLUESSEL"], cents(amounts[row["POS_ZEILE"]]["POS_BRUTTO"]))
        for row in rows(tables, "lines", bon_id)
    ]
    assert lines == [(row["GV_TYP"], row["UST_SCHLUESSEL"], cents(row["POS_BRUTTO"])) for row in example.lines]
    taxes = [amounts[row["POS_ZEILE"]]["POS_UST"] for row in rows(tables, "lines", bon_id)]
    for tax, row in zip(taxes, example.lines, strict=True):
        assert "POS_UST" not in row or cents(tax) == cents(row["POS_UST"])


def test_the_bakery_day_of_annex_f(till: Till, tmp_path: Path) -> None:
    """Anhang F with its closing: 5.00 at 19 %, 11.50 at 7 %, cash 257.00, card 4.50 (a claim is booked with key 5)."""

    def sale(*parts: tuple[str, int], card: bool = False) -> None:
        for group, amount in parts:
            do(till, "open_amount", group=group, cents=amount)
        state = queries.current(till)
        kind, brand = ("Kreditkarte", "Mastercard") if card else ("Bar", "")
        given = Payment(kind=kind, cents=state.priced.total_cents, name=brand)
        paying.pay(till, MANAGER, state.id, till.new_id(), [given])

    cash.move(till, MANAGER, till.new_id(), "Geldtransit", 25000, "aus dem Tresor")
    sale((BREAD, 200), (COFFEE, 250))
    sale((BREAD, 200), (COFFEE, 250), card=True)
    cash.move(till, MANAGER, till.new_id(), "Privatentnahme", -500, "privat")
    do(till, "advance", cents=250, group=BREAD, text="10 Brötchen")
    sale()
    do(till, "use_advance", receipt=queries.receipts(till)[0].id)
    sale((BREAD, 250))
    do(till, "advance", cents=100, group=BREAD, text="10 Brötchen")
    sale()
    do(till, "use_advance", receipt=queries.receipts(till)[0].id)
    sale((BREAD, 250))
    do(till, "open_amount", group=BREAD, cents=250)
    state = queries.current(till)
    do(till, "on_account", name="Nachbarin")
    do(till, "price", line=queries.current(till).newest_line_id, cents=-150, reason="100 bar bezahlt")
    assert state.priced.total_cents == 250
    sale()
    do(till, "account", receipt=queries.receipts(till)[0].id)
    sale()
    day = closing.close_day(till, MANAGER, till.new_id(), None)
    gross = {(case[0], case[2]): case[4:] for case in day.totals.businesscases}
    assert gross["Umsatz", 1] == (500, 420, 80)
    assert gross["Umsatz", 2] == (1150, 1075, 75)
    assert gross["Geldtransit", 5][0] == 25000
    assert gross["Privatentnahme", 5][0] == -500
    assert gross["Anzahlungseinstellung", 2][0] == -gross["Anzahlungsaufloesung", 2][0] == 350
    assert gross["Forderungsentstehung", 5][0] == -gross["Forderungsaufloesung", 5][0] == -150
    assert day.totals.payments == (("Bar", "", 25700), ("Kreditkarte", "Mastercard", 450))
