"""Rules on the TSE's part: everything secured or an outage named, counters, times, process data, signatures.

The signature itself is checked by whom the validator is given for it (`SignatureCheck`), since this floor knows no TSE.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

from smartecr.core.errors import UnknownVatKey
from smartecr.core.kinds import CASH
from smartecr.core.records import dataclass
from smartecr.core.vat import slot
from smartecr.fiscal import process_data
from smartecr.fiscal.dsfinvk import tables
from smartecr.fiscal.dsfinvk.blocks import Block
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.state import ClosingState, State
from smartecr.fiscal.dsfinvk.values import CENT, INSTANTS, NUMBERS, ONE, Numbers

_RECEIPT: Final = "Kassenbeleg-V1"
_MUST_BE_SECURED: Final = frozenset({"Beleg", "AVTraining", "AVBestellung", "AVBelegabbruch", "AVBelegstorno"})
_REMEMBERED: Final = 50_000
_APART: Final = 15 * 60 * 1000
_GENERAL, _REDUCED = 1900, 700


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFinish:
    """What the signature of a finished transaction covers, as written in the export; key and signature in base64."""

    client_id: str
    process_type: str
    process_data: str
    transaction_number: str
    signature_counter: str
    start: str
    end: str
    algorithm: str
    time_format: str
    signature: str
    public_key: str


SignatureCheck = Callable[[SignedFinish], str]
"""Returns what is wrong in German, or an empty text when the signature holds."""


def check(
    block: Block, closing: ClosingState, state: State, findings: Findings, signatures: SignatureCheck | None
) -> None:
    """Check the transactions of a block; what is still unsecured is judged with the whole closing."""
    rows = block[tables.TRANSACTIONS_TSE]
    heads = block[tables.TRANSACTIONS]
    ends = dict(zip(heads.columns[3], heads.column("BON_ENDE"), strict=True))
    known: list[tuple[str, str]] = []
    counted: list[tuple[str, str]] = []
    numbers: list[int] = []
    expected = _Expected(block, closing, NUMBERS)
    signers = _Signers(block)
    for number, row in zip(rows.numbers, rows.rows, strict=True):
        receipt, tse, transaction, start, end, kind, counter, signature, error, data = row[3:13]
        serial = closing.serials.get(tse)
        if serial is None and (tse or not error):
            findings.add("key.tse", rows.table.file, number, "TSE_ID", key=tse)
        if not (transaction and start and end and kind and counter and signature):
            if not error:
                findings.add("tse.incomplete", rows.table.file, number, "TSE_TANR")
            continue
        known.append((serial or tse, transaction))
        counted.append((serial or tse, counter))
        numbers.append(number)
        _times(number, start, end, ends.get(receipt, ""), closing, (serial or tse, counter, transaction), findings)
        if kind == _RECEIPT:
            data = expected.check(receipt, data, number, findings)
        if signatures is not None and data and serial is not None:
            problem = signers.check(row, data, signatures)
            if problem:
                findings.add("tse.signature", rows.table.file, number, "TSE_TA_SIG", problem=problem)
    state.transactions.add(known, numbers)
    state.counters.add(counted, numbers)
    _unsecured(block, closing)


def _times(
    number: int,
    start: str,
    end: str,
    receipt_end: str,
    closing: ClosingState,
    place: tuple[str, str, str],
    findings: Findings,
) -> None:
    began, finished, ended = INSTANTS[start], INSTANTS[end], INSTANTS[receipt_end]
    if began is None or finished is None:
        return
    file = tables.TRANSACTIONS_TSE.file
    if began > finished:
        findings.add("time.tse_order", file, number, "TSE_TA_ENDE")
    if ended is not None and abs(finished - ended) > _APART:
        findings.add("time.tse_apart", file, number, "TSE_TA_ENDE", minutes=abs(finished - ended) // 60_000)
    serial, counter, transaction = place
    if counter.isdigit() and transaction.isdigit():
        closing.finished[serial].append((int(counter[:19]), finished, int(transaction[:19]), number))


def _unsecured(block: Block, closing: ClosingState) -> None:
    heads = block[tables.TRANSACTIONS]
    bare = set(heads.columns[3]).difference(block[tables.TRANSACTIONS_TSE].columns[3])
    if bare:
        for number, receipt, kind in zip(heads.numbers, heads.columns[3], heads.column("BON_TYP"), strict=True):
            if receipt in bare and kind in _MUST_BE_SECURED:
                closing.unsecured.append((number, receipt))


def finish(closing: ClosingState, findings: Findings) -> None:
    """Report what is not secured: one by one, or once where a closing knows no TSE at all."""
    if closing.unsecured and not closing.serials and not closing.finished:
        findings.add("tse.none", tables.TSE.file, closing.row)
        return
    for number, receipt in closing.unsecured:
        findings.add("tse.missing", tables.TRANSACTIONS.file, number, "BON_ID", receipt=receipt)


class _Signers:
    """Who may have signed in a closing: its TSEs and the names its devices have there."""

    def __init__(self, block: Block) -> None:
        self._tses = {row[3]: row for row in block[tables.TSE].rows}
        register = [row[5] for row in block[tables.CASHREGISTER].rows]
        self._clients = register + [row[6] for row in block[tables.SLAVES].rows]

    def check(self, row: Sequence[str], data: str, signatures: SignatureCheck) -> str:
        tse = self._tses[row[4]]
        problem = "Die Kasse hat keine Seriennummer."
        for client in self._clients:
            problem = signatures(
                SignedFinish(
                    client_id=client,
                    process_type=row[8],
                    process_data=data,
                    transaction_number=row[5],
                    signature_counter=row[9],
                    start=row[6],
                    end=row[7],
                    algorithm=tse[5],
                    time_format=tse[6],
                    signature=row[10],
                    public_key=tse[8],
                )
            )
            if not problem:
                break
        return problem


class _Expected:
    """Rebuilds the process data of receipts from their VAT and payments (DSFinV-K, Anhang I)."""

    def __init__(self, block: Block, closing: ClosingState, numbers: Numbers) -> None:
        heads = block[tables.TRANSACTIONS]
        self._kinds = dict(zip(heads.columns[3], heads.column("BON_TYP"), strict=True))
        self._slots: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
        self._paid: dict[str, dict[tuple[bool, str], int]] = {}
        rows = block[tables.TRANSACTIONS_VAT]
        places: dict[str, int] = {}
        for receipt, key, gross in zip(*rows.columns[3:6], strict=True):
            place = places.get(key)
            if place is None:
                place = places[key] = _slot(key, closing.rates.get(key, 0))
            self._slots[receipt][place] += numbers[gross]
        for receipt, kind, _, code, foreign, base in zip(*block[tables.DATAPAYMENT].columns[3:9], strict=True):
            abroad = code not in ("", closing.currency)
            amount = numbers[foreign if abroad and foreign else base]
            if amount:
                sums = self._paid.setdefault(receipt, {})
                paid = (kind == CASH, code if abroad else "EUR")
                sums[paid] = sums.get(paid, 0) + amount

    def check(self, receipt: str, written: str, number: int, findings: Findings) -> str:
        """Compare process data with what is expected; return what was signed as far as is known."""
        wanted = self._text(receipt)
        if written in (wanted, "") or self._aborted(receipt, written):
            return written or wanted
        place = (tables.TRANSACTIONS_TSE.file, number, "TSE_VORGANGSDATEN")
        code = "tse.process_data" if _readable(written) else "tse.process_data_form"
        findings.add(code, *place, wanted=wanted)
        return written

    def _aborted(self, receipt: str, written: str) -> bool:
        return self._kinds.get(receipt) == "AVBelegabbruch" and written == process_data.kassenbeleg_abort()

    def _text(self, receipt: str) -> str:
        slots = "_".join(map(_AMOUNTS.__getitem__, self._slots[receipt]))
        paid = self._paid.get(receipt, {})
        if len(paid) == 1:
            (((cash, currency), cents),) = paid.items()
            payments = _payment(cash, currency, cents)
        else:
            ordered = sorted(paid.items(), key=lambda row: (not row[0][0], row[0][1] != "EUR", row[0][1]))
            payments = "_".join(_payment(cash, currency, cents) for (cash, currency), cents in ordered if cents)
        return f"{self._kinds.get(receipt, '')}^{slots}^{payments}"


def _readable(written: str) -> bool:
    """Whether process data have the prescribed form, so that a difference is one of content."""
    try:
        process_data.parse(written)
    except process_data.ProcessDataError:
        return False
    return True


def _slot(key: str, rate: int) -> int:
    """Return the place of a VAT key in the five sums; keys of one's own (from 1000) go by their rate."""
    try:
        return slot(int(key)) if key.isdigit() else 4
    except UnknownVatKey:
        return {_GENERAL * ONE // 100: 0, _REDUCED * ONE // 100: 1}.get(rate, 4)


def _payment(cash: bool, currency: str, cents: int) -> str:
    abroad = "" if currency == "EUR" else f":{currency}"
    return f"{_AMOUNTS[cents]}:{'Bar' if cash else 'Unbar'}{abroad}" if cents else ""


class _Amounts(dict[int, str]):
    """1/100000 -> amount as process data write it."""

    def __missing__(self, units: int) -> str:
        """Write an amount not written yet."""
        if len(self) >= _REMEMBERED:
            self.clear()
        cents = units // CENT
        text = self[units] = (
            f"-{-cents // 100}.{-cents % 100:02d}" if cents < 0 else f"{cents // 100}.{cents % 100:02d}"
        )
        return text


_AMOUNTS: Final = _Amounts()
