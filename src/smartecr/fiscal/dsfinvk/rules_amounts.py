"""Rules on amounts: lines, VAT, payments and total of a Vorgang tell one story. Amounts are 1/100000.

Lines voided before the signature count nowhere, AV types never count in the closing. Receipts with receivables carry
VAT that differs from their lines (Anhang F), so only total, lines and payments are held against each other there; what
was abandoned has lines and no VAT.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from operator import add, mul

from smartecr.core.kinds import CASH, CASH_KINDS, NO_PAYMENT, RECEIPT
from smartecr.core.records import dataclass
from smartecr.fiscal.dsfinvk import tables
from smartecr.fiscal.dsfinvk.blocks import Block, Rows
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.state import MOST_VOUCHERS, ClosingState, State
from smartecr.fiscal.dsfinvk.values import CENT, INSTANTS, NUMBERS, ONE, Numbers, money

Line = tuple[str, str]
Case = tuple[str, str, str]
"""GV_TYP, GV_NAME, agency."""

_CREDIT = frozenset({"Forderungsentstehung", "Forderungsaufloesung"})
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
    """What the lines of a block add up to; `totals` and `counts` (in the closing) are in the order of the lines."""

    totals: list[int]
    counts: list[bool]
    by_key: dict[Line, int]
    by_receipt: dict[str, int]
    net_method: bool

    def of_line(self, lines: Rows) -> dict[Line, tuple[int, bool]]:
        """Return total and whether it counts by line."""
        keys = zip(lines.columns[3], lines.columns[4], strict=True)
        return dict(zip(keys, zip(self.totals, self.counts, strict=True), strict=True))


def check(block: Block, closing: ClosingState, state: State, findings: Findings) -> None:
    """Check the amounts of a block and add them to its closing."""
    numbers = NUMBERS
    heads, lines = block[tables.TRANSACTIONS], block[tables.LINES]
    kinds = dict(zip(heads.columns[3], heads.column("BON_TYP"), strict=True))
    sums = _add_lines(block, kinds, closing, numbers, findings)
    _lines(lines, sums, numbers, findings)
    _pricing(block, sums, numbers, findings)
    cases = lines.column("GV_TYP")
    apart = {receipt for receipt, kind in kinds.items() if kind == "AVBelegabbruch"}
    if _CREDIT.intersection(cases):
        apart |= {receipt for receipt, case in zip(lines.columns[3], cases, strict=True) if case in _CREDIT}
    taxed = _vat(block, closing, apart, sums, numbers, findings)
    paid = _payments(block, kinds, closing, numbers, findings)
    _totals(block, sums, taxed, paid, apart, numbers, findings)
    if _SPECIAL.intersection(cases):
        _special(block, sums, closing, state, findings)


def _add_lines(
    block: Block, kinds: dict[str, str], closing: ClosingState, numbers: Numbers, findings: Findings
) -> _Sums:
    lines, rows = block[tables.LINES], block[tables.LINES_VAT]
    amounts, net_method = _amounts(rows, numbers, findings)
    places = _places(lines, rows)
    totals = [0] * len(lines)
    if isinstance(places, range):
        totals = amounts
    else:
        for place, amount in zip(places, amounts, strict=True):
            if place >= 0:
                totals[place] += amount
    voided = lines.column("P_STORNO")
    cases = list(zip(lines.column("GV_TYP"), lines.column("GV_NAME"), lines.column("AGENTUR_ID"), strict=True))
    counts = [kinds.get(receipt) == RECEIPT for receipt in lines.columns[3]]
    by_key: defaultdict[Line, int] = defaultdict(int)
    by_case: defaultdict[tuple[Case, str], int] = defaultdict(int)
    for place, receipt, key, amount in zip(places, rows.columns[3], rows.columns[5], amounts, strict=True):
        if place >= 0 and voided[place] != "1":
            by_key[receipt, key] += amount
            if counts[place]:
                by_case[cases[place], key] += amount
    for ((case, name, agency), key), amount in by_case.items():
        closing.cases[case, name, agency or "0", key] += amount
    by_receipt: defaultdict[str, int] = defaultdict(int)
    for (receipt, _), amount in by_key.items():
        by_receipt[receipt] += amount
    return _Sums(totals, counts, by_key, by_receipt, net_method)


def _amounts(rows: Rows, numbers: Numbers, findings: Findings) -> tuple[list[int], bool]:
    """Return the gross of each row of lines_vat and whether some give only net and tax; gross is net plus tax."""
    texts = rows.columns[6], rows.columns[7], rows.columns[8]
    gross, net, tax = (list(map(numbers.__getitem__, column)) for column in texts)
    sums = list(map(add, net, tax))
    if sums == gross:
        return gross, False
    net_method = False
    for place, (of_gross, of_net, of_tax) in enumerate(zip(*texts, strict=True)):
        if not of_gross:
            gross[place] = sums[place]
            net_method = True
        elif of_net and of_tax and sums[place] != gross[place]:
            facts = {"gross": of_gross, "net": of_net, "tax": of_tax}
            findings.add("amount.vat_split", rows.table.file, rows.numbers[place], "POS_BRUTTO", **facts)
    return gross, net_method


def _places(lines: Rows, rows: Rows) -> Sequence[int]:
    """Return for each row of lines_vat the place of its line, -1 where there is none."""
    if lines.columns[3] == rows.columns[3] and lines.columns[4] == rows.columns[4]:
        return range(len(lines))
    places = {key: place for place, key in enumerate(zip(lines.columns[3], lines.columns[4], strict=True))}
    return [places.get(key, -1) for key in zip(rows.columns[3], rows.columns[4], strict=True)]


def _lines(rows: Rows, sums: _Sums, numbers: Numbers, findings: Findings) -> None:
    """Price times quantity over factor is the line's amount; only fractions leave room for rounding."""
    texts = [rows.column(name) for name in ("MENGE", "FAKTOR", "STK_BR")]
    quantities, factors, prices = (list(map(numbers.__getitem__, column)) for column in texts)
    products = list(map(mul, prices, quantities))
    if products == list(map(mul, sums.totals, factors)):
        return
    for place, (quantity, factor, price) in enumerate(zip(*texts, strict=True)):
        per = numbers[factor] or ONE
        product, total = products[place], sums.totals[place]
        if not quantity or not price or product == total * per:
            continue
        exact = not product % per and not (product // per) % CENT
        if abs(product - total * per) > (0 if exact else 3 * CENT // 2 * abs(per)):
            facts = {"found": money(product // per), "wanted": money(total)}
            findings.add("amount.line", rows.table.file, rows.numbers[place], "STK_BR", **facts)


def _pricing(block: Block, sums: _Sums, numbers: Numbers, findings: Findings) -> None:
    rows = block[tables.ITEMAMOUNTS]
    if not len(rows):
        return
    of_line = sums.of_line(block[tables.LINES])
    priced: dict[Line, tuple[int, int]] = {}
    for number, row in zip(rows.numbers, rows.rows, strict=True):
        receipt, line, _, _, gross, net, tax = row[3:10]
        if not gross and not net:
            continue
        if gross and net and tax and numbers[net] + numbers[tax] != numbers[gross]:
            findings.add("amount.vat_split", rows.table.file, number, "PF_BRUTTO", gross=gross, net=net, tax=tax)
        amount = numbers[gross] if gross else numbers[net] + numbers[tax]
        first, total = priced.get((receipt, line), (number, 0))
        priced[receipt, line] = (first, total + amount)
    for key, (number, total) in priced.items():
        wanted, _ = of_line.get(key, (total, False))
        if total != wanted:
            facts = {"found": money(total), "wanted": money(wanted)}
            findings.add("amount.pricing", rows.table.file, number, "PF_BRUTTO", **facts)


def _vat(
    block: Block, closing: ClosingState, apart: set[str], sums: _Sums, numbers: Numbers, findings: Findings
) -> dict[str, int]:
    """Check transactions_vat against itself and the lines; return the sum by Vorgang."""
    rows = block[tables.TRANSACTIONS_VAT]
    file, rates = rows.table.file, closing.rates
    by_receipt: defaultdict[str, int] = defaultdict(int)
    by_key: defaultdict[Line, int] = defaultdict(int)
    texts = rows.columns[5], rows.columns[6], rows.columns[7]
    gross, net, tax = (list(map(numbers.__getitem__, column)) for column in texts)
    if list(map(add, net, tax)) != gross:
        for place, amount in enumerate(gross):
            if amount != net[place] + tax[place]:
                facts = {name: column[place] for name, column in zip(("gross", "net", "tax"), texts, strict=True)}
                findings.add("amount.vat_split", file, rows.numbers[place], "BON_BRUTTO", **facts)
    for receipt, key, amount in zip(rows.columns[3], rows.columns[4], gross, strict=True):
        by_receipt[receipt] += amount
        by_key[receipt, key] += amount
    wrong = {
        taxed for taxed in set(zip(rows.columns[4], gross, tax, strict=True)) if _wrong(*taxed, rates.get(taxed[0], 0))
    }
    if wrong:
        for place, taxed in enumerate(zip(rows.columns[4], gross, tax, strict=True)):
            if taxed in wrong:
                facts = {"gross": texts[0][place], "tax": texts[2][place]}
                findings.add("amount.tax", file, rows.numbers[place], "BON_UST", **facts)
    if by_key == sums.by_key:
        return by_receipt
    numbered = dict(zip(zip(rows.columns[3], rows.columns[4], strict=True), rows.numbers, strict=True))
    room = CENT * 100 if sums.net_method else 0
    for pair in by_key.keys() | sums.by_key.keys():
        found, wanted = sums.by_key.get(pair, 0), by_key.get(pair, 0)
        if pair[0] not in apart and abs(found - wanted) > room:
            facts = {"key": pair[1], "found": money(found), "wanted": money(wanted)}
            findings.add("amount.receipt_vat", file, numbered.get(pair, 0), "BON_BRUTTO", **facts)
    return by_receipt


def _wrong(_key: str, gross: int, tax: int, rate: int) -> bool:
    """Whether a tax is more than a cent off what the rate takes out of the gross."""
    return abs(tax * (100 * ONE + rate) - gross * rate) > CENT * (100 * ONE + rate)


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
                closing.moves.append((INSTANTS[end] or 0, row, amount))
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
    keys = zip(lines.columns[3], lines.columns[4], strict=True)
    facts = zip(lines.column("GV_TYP"), lines.column("GUTSCHEIN_NR"), sums.totals, sums.counts, strict=True)
    of_line = dict(zip(keys, facts, strict=True))
    payments = block[tables.DATAPAYMENT]
    cashless = {
        receipt
        for receipt, kind in zip(payments.columns[3], payments.column("ZAHLART_TYP"), strict=True)
        if kind not in (CASH, NO_PAYMENT)
    }
    rows = block[tables.LINES_VAT]
    for number, receipt, line, key in zip(rows.numbers, *rows.columns[3:6], strict=True):
        case, voucher, total, counts = of_line.get((receipt, line), ("", "", 0, False))
        if case in CASH_KINDS:
            closing.opening_float = closing.opening_float or (counts and case == "Anfangsbestand")
            if key != _UNTAXED or receipt in cashless:
                findings.add("amount.cash_case", rows.table.file, number, "UST_SCHLUESSEL", case=case)
        elif case in _VOUCHER_KEYS and _VOUCHER_KEYS[case] != (key == _UNTAXED):
            findings.add("amount.voucher_key", rows.table.file, number, "UST_SCHLUESSEL", case=case, key=key)
        if voucher and counts and len(state.vouchers) < MOST_VOUCHERS and "gutschein" in case:
            balance = state.vouchers.setdefault(voucher, [0, 0])
            balance[not case.endswith("Kauf")] += total


def vouchers(state: State, findings: Findings) -> None:
    """Report vouchers sold in this export of which more was redeemed than sold."""
    for voucher, (sold, redeemed) in state.vouchers.items():
        if sold > 0 and sold + redeemed < 0:
            findings.add("voucher.overdrawn", tables.LINES.file, 0, "GUTSCHEIN_NR", voucher=voucher)
