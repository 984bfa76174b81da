"""Rules on amounts: lines, VAT, payments and total of a Vorgang tell one story. Amounts are 1/100000.

Lines voided before the signature count nowhere, AV types never count in the closing. Receipts with receivables carry
VAT that differs from their lines (Anhang F), so only total, lines and payments are held against each other there; what
was abandoned has lines and no VAT.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from smartecr.core.kinds import CASH, CASH_KINDS, NO_PAYMENT, RECEIPT
from smartecr.fiscal.dsfinvk import tables
from smartecr.fiscal.dsfinvk.blocks import Block
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.state import MOST_VOUCHERS, ClosingState, State
from smartecr.fiscal.dsfinvk.values import CENT, ONE, Numbers, instant, money

Line = tuple[str, str]
_VOUCHER_KEYS = {
    "EinzweckgutscheinKauf": False,
    "EinzweckgutscheinEinloesung": False,
    "MehrzweckgutscheinKauf": True,
    "MehrzweckgutscheinEinloesung": True,
    "TrinkgeldAN": True,
}
"""Cases whose VAT key must (True) or must not (False) be 5."""
_SPECIAL = CASH_KINDS | _VOUCHER_KEYS.keys()
_UNTAXED = "5"


@dataclass(slots=True)
class _Sums:
    """What the lines of a block add up to; `cases` of a line: (GV_TYP, GV_NAME, agency, counts in the closing)."""

    cases: dict[Line, tuple[str, str, str, bool]] = field(default_factory=dict)
    of_line: defaultdict[Line, int] = field(default_factory=lambda: defaultdict(int))
    by_key: defaultdict[Line, int] = field(default_factory=lambda: defaultdict(int))
    by_receipt: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    net_method: bool = False


def check(block: Block, closing: ClosingState, state: State, findings: Findings) -> None:
    """Check the amounts of a block and add them to its closing."""
    numbers = state.numbers
    kinds = dict(zip(block[tables.TRANSACTIONS].columns[3], block[tables.TRANSACTIONS].column("BON_TYP"), strict=True))
    sums = _add_lines(block, kinds, closing, numbers, findings)
    _lines(block, sums, numbers, findings)
    _pricing(block, sums, numbers, findings)
    apart = {receipt for (receipt, _), case in sums.cases.items() if case[0].startswith("Forderung")}
    apart.update(receipt for receipt, kind in kinds.items() if kind == "AVBelegabbruch")
    taxed = _vat(block, closing, apart, sums, numbers, findings)
    paid = _payments(block, kinds, closing, numbers, findings)
    _totals(block, sums, taxed, paid, apart, numbers, findings)
    if _SPECIAL.intersection(block[tables.LINES].column("GV_TYP")):
        _special(block, sums, closing, state, findings)


def _add_lines(
    block: Block, kinds: dict[str, str], closing: ClosingState, numbers: Numbers, findings: Findings
) -> _Sums:
    sums = _Sums()
    lines = block[tables.LINES]
    voided = set()
    columns = ("GV_TYP", "GV_NAME", "AGENTUR_ID", "P_STORNO")
    for receipt, line, case, name, agency, void in zip(
        lines.columns[3], lines.columns[4], *(lines.column(column) for column in columns), strict=True
    ):
        sums.cases[receipt, line] = (case, name, agency or "0", kinds.get(receipt) == RECEIPT)
        if void == "1":
            voided.add((receipt, line))
    rows = block[tables.LINES_VAT]
    of_line, by_key, by_receipt, cases = sums.of_line, sums.by_key, sums.by_receipt, sums.cases
    for place, (receipt, line, key, gross, net, tax) in enumerate(zip(*rows.columns[3:9], strict=True)):
        amount = numbers[gross]
        if net and tax:
            split = numbers[net] + numbers[tax]
            if not gross:
                amount = split
                sums.net_method = True
            elif split != amount:
                facts = {"gross": gross, "net": net, "tax": tax}
                findings.add("amount.vat_split", rows.table.file, rows.numbers[place], "POS_BRUTTO", **facts)
        of_line[receipt, line] += amount
        case = cases.get((receipt, line))
        if case is None or (voided and (receipt, line) in voided):
            continue
        by_key[receipt, key] += amount
        by_receipt[receipt] += amount
        if case[3]:
            closing.cases[case[0], case[1], case[2], key] += amount
    return sums


def _lines(block: Block, sums: _Sums, numbers: Numbers, findings: Findings) -> None:
    """Price times quantity over factor is the line's amount; only fractions leave room for rounding."""
    rows = block[tables.LINES]
    of_line = sums.of_line
    columns = (rows.column(name) for name in ("MENGE", "FAKTOR", "STK_BR"))
    for place, (receipt, line, quantity, factor, price) in enumerate(
        zip(rows.columns[3], rows.columns[4], *columns, strict=True)
    ):
        if not quantity or not price:
            continue
        per = numbers[factor] or ONE
        product = numbers[price] * numbers[quantity]
        total = of_line.get((receipt, line), 0)
        if product == total * per:
            continue
        off = abs(product - total * per)
        exact = not product % per and not (product // per) % CENT
        if off > (0 if exact else 3 * CENT // 2 * abs(per)):
            wanted = money(total)
            found = money(product // per)
            findings.add("amount.line", rows.table.file, rows.numbers[place], "STK_BR", found=found, wanted=wanted)


def _pricing(block: Block, sums: _Sums, numbers: Numbers, findings: Findings) -> None:
    rows = block[tables.ITEMAMOUNTS]
    priced: dict[Line, tuple[int, int]] = {}
    for number, (receipt, line, _, _, gross, net, tax) in zip(
        rows.numbers, zip(*rows.columns[3:10], strict=True), strict=True
    ):
        if not gross and not net:
            continue
        if gross and net and tax and numbers[net] + numbers[tax] != numbers[gross]:
            findings.add("amount.vat_split", rows.table.file, number, "PF_BRUTTO", gross=gross, net=net, tax=tax)
        amount = numbers[gross] if gross else numbers[net] + numbers[tax]
        first, total = priced.get((receipt, line), (number, 0))
        priced[receipt, line] = (first, total + amount)
    for key, (number, total) in priced.items():
        if total != sums.of_line.get(key, total):
            facts = {"found": money(total), "wanted": money(sums.of_line[key])}
            findings.add("amount.pricing", rows.table.file, number, "PF_BRUTTO", **facts)


def _vat(
    block: Block, closing: ClosingState, apart: set[str], sums: _Sums, numbers: Numbers, findings: Findings
) -> dict[str, int]:
    """Check transactions_vat against itself and the lines; return the sum by Vorgang."""
    rows = block[tables.TRANSACTIONS_VAT]
    file, rates = rows.table.file, closing.rates
    by_receipt: defaultdict[str, int] = defaultdict(int)
    by_key: dict[Line, int] = {}
    places: dict[Line, int] = {}
    for number, (receipt, key, gross, net, tax) in zip(rows.numbers, zip(*rows.columns[3:8], strict=True), strict=True):
        amount, taxed = numbers[gross], numbers[tax]
        if amount != numbers[net] + taxed:
            findings.add("amount.vat_split", file, number, "BON_BRUTTO", gross=gross, net=net, tax=tax)
        rate = rates.get(key, 0)
        if abs(taxed * (100 * ONE + rate) - amount * rate) > CENT * (100 * ONE + rate):
            findings.add("amount.tax", file, number, "BON_UST", gross=gross, tax=tax)
        by_receipt[receipt] += amount
        by_key[receipt, key] = by_key.get((receipt, key), 0) + amount
        places[receipt, key] = number
    if by_key == sums.by_key:
        return by_receipt
    for place in by_key.keys() | sums.by_key.keys():
        found, wanted = sums.by_key.get(place, 0), by_key.get(place, 0)
        room = CENT * 100 if sums.net_method else 0
        if place[0] not in apart and abs(found - wanted) > room:
            facts = {"key": place[1], "found": money(found), "wanted": money(wanted)}
            findings.add("amount.receipt_vat", file, places.get(place, 0), "BON_BRUTTO", **facts)
    return by_receipt


def _payments(
    block: Block, kinds: dict[str, str], closing: ClosingState, numbers: Numbers, findings: Findings
) -> dict[str, int]:
    """Check the payments one by one and add them to the closing; return the sum by Vorgang."""
    rows = block[tables.DATAPAYMENT]
    file, currency = rows.table.file, closing.currency
    heads = block[tables.TRANSACTIONS]
    places = dict(zip(heads.columns[3], zip(heads.column("BON_ENDE"), heads.numbers, strict=True), strict=True))
    paid: defaultdict[str, int] = defaultdict(int)
    several: defaultdict[str, int] = defaultdict(int)
    nothing: dict[str, int] = {}
    for number, (receipt, kind, name, code, foreign, base) in zip(
        rows.numbers, zip(*rows.columns[3:9], strict=True), strict=True
    ):
        amount = numbers[base]
        paid[receipt] += amount
        several[receipt] += 1
        if kind == NO_PAYMENT:
            nothing[receipt] = number
            if amount:
                findings.add("amount.none_paid", file, number, "BASISWAEH_BETRAG")
        if (code not in ("", currency)) != bool(foreign) and not (code in ("", currency) and foreign == base):
            findings.add("amount.foreign", file, number, "ZAHLWAEH_BETRAG")
        of = kinds.get(receipt)
        if of == RECEIPT:
            closing.payments[kind, name] += amount
            if kind == CASH:
                closing.cash[code or currency] += numbers[foreign] if code not in ("", currency) else amount
                end, row = places[receipt]
                closing.moves.append((instant(end) or 0, row, amount))
        elif of is not None and amount:
            findings.add("amount.no_receipt", file, number, "BASISWAEH_BETRAG", type=of)
    for receipt, number in nothing.items():
        if several[receipt] > 1:
            findings.add("amount.none_paid", file, number, "ZAHLART_TYP")
    return paid


def _totals(
    block: Block,
    sums: _Sums,
    taxed: dict[str, int],
    paid: dict[str, int],
    apart: set[str],
    numbers: Numbers,
    findings: Findings,
) -> None:
    heads = block[tables.TRANSACTIONS]
    columns = (heads.columns[3], heads.column("BON_TYP"), heads.column("UMS_BRUTTO"))
    for number, receipt, kind, text in zip(heads.numbers, *columns, strict=True):
        if kind != RECEIPT:
            continue
        total = numbers[text]
        found = {
            "amount.lines_total": sums.by_receipt.get(receipt, 0),
            "amount.receipt_total": total if receipt in apart else taxed.get(receipt, 0),
            "amount.payments": paid.get(receipt, 0),
        }
        if set(found.values()) == {total}:
            continue
        for code, amount in found.items():
            room = CENT * 100 if sums.net_method and code == "amount.lines_total" else 0
            if abs(amount - total) > room:
                facts = {"found": money(amount), "wanted": text}
                findings.add(code, heads.table.file, number, "UMS_BRUTTO", **facts)


def _special(block: Block, sums: _Sums, closing: ClosingState, state: State, findings: Findings) -> None:
    """Vouchers, tips and cash movements: VAT keys, means of payment, what a voucher still holds."""
    lines = block[tables.LINES]
    vouchers = dict(
        zip(zip(lines.columns[3], lines.columns[4], strict=True), lines.column("GUTSCHEIN_NR"), strict=True)
    )
    payments = block[tables.DATAPAYMENT]
    cashless = {
        receipt
        for receipt, kind in zip(payments.columns[3], payments.column("ZAHLART_TYP"), strict=True)
        if kind not in (CASH, NO_PAYMENT)
    }
    rows = block[tables.LINES_VAT]
    for number, receipt, line, key in zip(rows.numbers, *rows.columns[3:6], strict=True):
        case, _, _, counts = sums.cases.get((receipt, line), ("", "", "", False))
        if case in CASH_KINDS:
            closing.opening_float = closing.opening_float or (counts and case == "Anfangsbestand")
            if key != _UNTAXED or receipt in cashless:
                findings.add("amount.cash_case", rows.table.file, number, "UST_SCHLUESSEL", case=case)
        elif case in _VOUCHER_KEYS and _VOUCHER_KEYS[case] != (key == _UNTAXED):
            findings.add("amount.voucher_key", rows.table.file, number, "UST_SCHLUESSEL", case=case, key=key)
        voucher = vouchers.get((receipt, line), "")
        if voucher and counts and len(state.vouchers) < MOST_VOUCHERS and "gutschein" in case:
            balance = state.vouchers.setdefault(voucher, [0, 0])
            balance[not case.endswith("Kauf")] += sums.of_line[receipt, line]


def vouchers(state: State, findings: Findings) -> None:
    """Report vouchers sold in this export of which more was redeemed than sold."""
    for voucher, (sold, redeemed) in state.vouchers.items():
        if sold > 0 and sold + redeemed < 0:
            findings.add("voucher.overdrawn", tables.LINES.file, 0, "GUTSCHEIN_NR", voucher=voucher)
