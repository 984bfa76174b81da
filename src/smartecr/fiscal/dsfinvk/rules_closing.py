"""Rules on a closing as a whole: its sums are those of its Vorgänge, its numbers have no gaps, its cash adds up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import itemgetter

from smartecr.core.kinds import NO_PAYMENT
from smartecr.fiscal.dsfinvk import tables
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.state import MOST_SPANS, ClosingState, State, Summary
from smartecr.fiscal.dsfinvk.values import NUMBERS, Numbers, money

_UNDETERMINED = "7"


def finish(closing: ClosingState, state: State, findings: Findings) -> None:
    """Compare a closing with its Vorgänge and remember what its neighbours are held against."""
    numbers = NUMBERS
    cases = _cases(closing, numbers, findings)
    paid = _payments(closing, numbers, findings)
    ids = _ids(closing)
    _heads(closing, cases, paid, ids, numbers, findings)
    _flag(closing, findings)
    state.closings.append(_summary(closing, ids, findings))


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
    closing: ClosingState,
    cases: int,
    payments: dict[tuple[str, str], int],
    ids: list[int],
    numbers: Numbers,
    findings: Findings,
) -> None:
    rows = closing.master[tables.CASHPOINTCLOSING]
    paid = sum(payments.values())
    cash = sum(amount for (kind, _), amount in payments.items() if kind == "Bar")
    span = _span(closing, ids)
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
        if span is not None and (row[5].lstrip("0"), row[6].lstrip("0")) != (span[0].lstrip("0"), span[1].lstrip("0")):
            facts = {"found": " und ".join(span), "wanted": f"{row[5]} und {row[6]}"}
            findings.add("key.span", rows.table.file, number, "Z_START_ID", **facts)
        if ids and ids[-1] - ids[0] + 1 != len(ids):
            for before, after in pairwise(ids):
                if after > before + 1:
                    findings.add("key.receipt_gap", tables.TRANSACTIONS.file, 0, "BON_ID", before=before, number=after)


def _span(closing: ClosingState, ids: list[int]) -> tuple[str, str] | None:
    """Return the first and the last BON_ID: by number, or as they stand where not all are numbers."""
    if ids:
        return str(ids[0]), str(ids[-1])
    rows = sorted(closing.ids, key=itemgetter(1))
    return (rows[0][0], rows[-1][0]) if rows else None


def _ids(closing: ClosingState) -> list[int]:
    """Return the BON_IDs in ascending order, or nothing unless all are numbers."""
    names = [name for name, _ in closing.ids]
    text = "".join(names)
    numbers = text.isascii() and text.isdigit() and "" not in names and len(max(names, key=len)) < 19
    return sorted(map(int, names)) if numbers else []


def _flag(closing: ClosingState, findings: Findings) -> None:
    rows = closing.master[tables.CASHREGISTER]
    used = any(key == _UNDETERMINED for _, _, _, key in closing.cases)
    for number, flag in zip(rows.numbers, rows.column("KEINE_UST_ZUORDNUNG"), strict=True):
        if (flag == "1") != used:
            findings.add("closing.undetermined", rows.table.file, number, "KEINE_UST_ZUORDNUNG")


def _summary(closing: ClosingState, ids: list[int], findings: Findings) -> Summary:
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
        spans={serial: _spans(finished) for serial, finished in closing.finished.items()},
    )


def _counters(closing: ClosingState, findings: Findings) -> dict[str, tuple[int, int, int, int, int]]:
    """Check that each TSE's counters rise with its time; return (counter, time) of the first and last, and a row."""
    found = {}
    for serial, finished in closing.finished.items():
        finished.sort()
        for (_, earlier, _, _), (counter, later, _, row) in pairwise(finished):
            if later < earlier:
                findings.add("tse.counter_order", tables.TRANSACTIONS_TSE.file, row, "TSE_TA_SIGZ", number=counter)
        found[serial] = (*finished[0][:2], *finished[-1][:2], finished[0][3])
    return found


def _spans(finished: Sequence[tuple[int, int, int, int]]) -> list[tuple[int, int]]:
    """Return the transactions of a TSE without a gap, first and last; what is beyond `MOST_SPANS` as one."""
    found: list[tuple[int, int]] = []
    for number in sorted({number for _, _, number, _ in finished}):
        if found and (number == found[-1][1] + 1 or len(found) == MOST_SPANS):
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found


def _gaps(state: State, findings: Findings) -> None:
    """Name what is missing of each TSE's transactions in all closings: one may end in a later period than it began."""
    spans: dict[str, list[tuple[int, int, int]]] = {}
    for summary in state.closings:
        for serial, own in summary.spans.items():
            row = summary.counters[serial][4]
            spans.setdefault(serial, []).extend((first, last, row) for first, last in own)
    for found in spans.values():
        found.sort()
        before = found[0][1]
        for first, last, row in found:
            if first > before + 1:
                place = tables.TRANSACTIONS_TSE.file, row, "TSE_TANR"
                findings.add("tse.counter_gap", *place, before=before, number=first)
            before = max(before, last)


def chain(state: State, findings: Findings) -> None:
    """Follow each register's cash and each TSE's counters from closing to closing."""
    _gaps(state, findings)
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
