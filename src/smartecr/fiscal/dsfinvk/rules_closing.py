"""Rules on a closing as a whole: its sums are those of its Vorgänge, its numbers have no gaps, its cash adds up."""

from __future__ import annotations

from itertools import accumulate, pairwise

from smartecr.core.kinds import NO_PAYMENT
from smartecr.fiscal.dsfinvk import tables
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.state import ClosingState, State, Summary
from smartecr.fiscal.dsfinvk.values import Numbers, money

_UNDETERMINED = "7"


def finish(closing: ClosingState, state: State, findings: Findings) -> None:
    """Compare a closing with its Vorgänge and remember what its neighbours are held against."""
    numbers = state.numbers
    cases = _cases(closing, numbers, findings)
    paid = _payments(closing, numbers, findings)
    _heads(closing, cases, paid, numbers, findings)
    _flag(closing, findings)
    state.closings.append(_summary(closing, findings))


def _cases(closing: ClosingState, numbers: Numbers, findings: Findings) -> int:
    rows = closing.master[tables.BUSINESSCASES]
    file = rows.table.file
    written: dict[tuple[str, str, str, str], int] = {}
    places: dict[tuple[str, str, str, str], int] = {}
    for number, row in zip(rows.numbers, rows.rows, strict=True):
        case, name, agency, key, gross, net, tax = row[3:10]
        if numbers[gross] != numbers[net] + numbers[tax]:
            findings.add("amount.vat_split", file, number, "Z_UMS_BRUTTO", gross=gross, net=net, tax=tax)
        place = (case, name, agency or "0", key)
        written[place] = written.get(place, 0) + numbers[gross]
        places[place] = number
    for place in sorted(written.keys() | closing.cases.keys()):
        found, wanted = closing.cases.get(place, 0), written.get(place, 0)
        if found != wanted:
            facts = {"case": place[0], "key": place[3], "found": money(found), "wanted": money(wanted)}
            findings.add("closing.case", file, places.get(place, 0), "Z_UMS_BRUTTO", **facts)
    return sum(written.values())


def _payments(closing: ClosingState, numbers: Numbers, findings: Findings) -> dict[tuple[str, str], int]:
    rows = closing.master[tables.PAYMENT]
    written = {(row[3], row[4]): numbers[row[5]] for row in rows.rows}
    places = {(row[3], row[4]): number for number, row in zip(rows.numbers, rows.rows, strict=True)}
    for place in sorted(written.keys() | closing.payments.keys()):
        found, wanted = closing.payments.get(place, 0), written.get(place, 0)
        if found != wanted or (place not in written and place[0] != NO_PAYMENT):
            facts = {"kind": place[0], "found": money(found), "wanted": money(wanted)}
            findings.add("closing.payment", rows.table.file, places.get(place, 0), "Z_ZAHLART_BETRAG", **facts)
    cash = closing.master[tables.CASH_PER_CURRENCY]
    by_currency = {row[3]: (numbers[row[4]], number) for number, row in zip(cash.numbers, cash.rows, strict=True)}
    for currency in sorted(by_currency.keys() | closing.cash.keys()):
        amount, number = by_currency.get(currency, (0, 0))
        found = closing.cash.get(currency, 0)
        if found != amount:
            facts = {"currency": currency, "found": money(found), "wanted": money(amount)}
            findings.add("closing.cash", cash.table.file, number, "ZAHLART_BETRAG_WAEH", **facts)
    return written


def _heads(
    closing: ClosingState, cases: int, payments: dict[tuple[str, str], int], numbers: Numbers, findings: Findings
) -> None:
    rows = closing.master[tables.CASHPOINTCLOSING]
    paid = sum(payments.values())
    cash = sum(amount for (kind, _), amount in payments.items() if kind == "Bar")
    for number, row in zip(rows.numbers, rows.rows, strict=True):
        for code, found, column in (
            ("closing.paid", paid, "Z_SE_ZAHLUNGEN"),
            ("closing.paid_cash", cash, "Z_SE_BARZAHLUNGEN"),
        ):
            text = row[rows.table.place(column)]
            if numbers[text] != found:
                findings.add(code, rows.table.file, number, column, found=money(found), wanted=text)
        if cases != paid:
            place = (rows.table.file, number, "Z_SE_ZAHLUNGEN")
            findings.add("closing.balance", *place, found=money(cases), wanted=money(paid))
        _span(closing, number, row[5], row[6], findings)


def _span(closing: ClosingState, number: int, start: str, end: str, findings: Findings) -> None:
    if not closing.ids:
        return
    ids = _ids(closing)
    names = sorted(closing.ids, key=lambda pair: pair[1])
    wanted = (str(ids[0]), str(ids[-1])) if ids else (names[0][0], names[-1][0])
    if (start.lstrip("0"), end.lstrip("0")) != (wanted[0].lstrip("0"), wanted[1].lstrip("0")):
        facts = {"found": " und ".join(wanted), "wanted": f"{start} und {end}"}
        findings.add("key.span", tables.CASHPOINTCLOSING.file, number, "Z_START_ID", **facts)
    if ids and ids[-1] - ids[0] + 1 != len(ids):
        for before, after in pairwise(ids):
            if after > before + 1:
                findings.add("key.receipt_gap", tables.TRANSACTIONS.file, 0, "BON_ID", before=before, number=after)


def _ids(closing: ClosingState) -> list[int]:
    """Return the BON_IDs in ascending order, or nothing unless all are numbers."""
    if all(name.isascii() and name.isdigit() and len(name) < 19 for name, _ in closing.ids):
        return sorted(int(name) for name, _ in closing.ids)
    return []


def _flag(closing: ClosingState, findings: Findings) -> None:
    rows = closing.master[tables.CASHREGISTER]
    used = any(key == _UNDETERMINED for _, _, _, key in closing.cases)
    for number, flag in zip(rows.numbers, rows.column("KEINE_UST_ZUORDNUNG"), strict=True):
        if (flag == "1") != used:
            findings.add("closing.undetermined", rows.table.file, number, "KEINE_UST_ZUORDNUNG")


def _summary(closing: ClosingState, findings: Findings) -> Summary:
    ids = _ids(closing)
    moves = sorted(closing.moves)
    balances = list(accumulate(amount for _, _, amount in moves))
    lowest = min(balances, default=0)
    register, _, number = closing.key
    return Summary(
        register=register,
        number=int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0,
        row=closing.row,
        created=closing.created,
        first_id=ids[0] if ids else None,
        last_id=ids[-1] if ids else None,
        id_row=min((row for _, row in closing.ids), default=0),
        earliest=closing.earliest,
        cash=balances[-1] if balances else 0,
        lowest=lowest,
        lowest_row=moves[balances.index(lowest)][1] if moves else 0,
        opening_float=closing.opening_float,
        counters=_counters(closing, findings),
    )


def _counters(closing: ClosingState, findings: Findings) -> dict[str, tuple[int, int, int, int, int]]:
    """Check that each TSE's counters rise with its time; return (counter, time) of the first and last, and a row."""
    found = {}
    for serial, finished in closing.finished.items():
        finished.sort()
        for (_, earlier, _, _), (counter, later, _, row) in pairwise(finished):
            if later < earlier:
                findings.add("tse.counter_order", tables.TRANSACTIONS_TSE.file, row, "TSE_TA_SIGZ", number=counter)
        transactions = sorted({number for _, _, number, _ in finished})
        gap = next((pair for pair in pairwise(transactions) if pair[1] > pair[0] + 1), None)
        if gap is not None:
            place = (tables.TRANSACTIONS_TSE.file, finished[0][3], "TSE_TANR")
            findings.add("tse.counter_gap", *place, before=gap[0], number=gap[1])
        found[serial] = (*finished[0][:2], *finished[-1][:2], finished[0][3])
    return found


def chain(state: State, findings: Findings) -> None:
    """Follow each register's cash and each TSE's counters from closing to closing."""
    balance = 0
    register: str | None = None
    latest: dict[str, tuple[int, int]] = {}
    for summary in sorted(state.closings, key=lambda one: (one.register, one.number, one.row)):
        if summary.register != register:
            register, balance, latest = summary.register, 0, {}
        start = 0 if summary.opening_float else balance
        if start + summary.lowest < 0:
            facts = {"balance": money(start + summary.lowest)}
            findings.add("closing.cash_below_zero", tables.TRANSACTIONS.file, summary.lowest_row, **facts)
        balance = start + summary.cash
        for serial, (first, begin, last, end, row) in summary.counters.items():
            counter, time = latest.get(serial, (-1, -1))
            if first <= counter or begin < time:
                findings.add("tse.counter_order", tables.TRANSACTIONS_TSE.file, row, "TSE_TA_SIGZ", number=first)
            latest[serial] = (last, end)
