"""A closing as postings over one clearing account, which ends at zero: cases on the one side, means on the other.

Cash that was only there before (Anfangsbestand) is no change of assets: it is posted nowhere and taken off the cash.
Cash movements are posted one by one with their own voucher, everything else as the closing sums it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from smartecr.core.kinds import CASH, NO_PAYMENT, moves_cash
from smartecr.core.records import dataclass
from smartecr.core.vat import label
from smartecr.fiscal.datev.accounts import Chart

FLOAT = "Anfangsbestand"
CLEARING = "Verrechnung"


class UnbalancedError(ValueError):
    """The clearing account of a closing would not end at zero; `cents` is what is left."""

    def __init__(self, closing: int, cents: int) -> None:
        self.closing = closing
        self.cents = cents
        super().__init__(closing, cents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A cash movement of a closing: its GV_TYP, cents (negative: out of the drawer), receipt number and reason."""

    gv_typ: str
    cents: int
    number: int
    day: date
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A closing of `register` (its name): `cases` are (gv_typ, gv_name, vat_key, rate in basis points, gross cents),
    `payments` (kind, name, cents), `moves` what of the cases only moved cash."""

    register: str
    number: int
    day: date
    cases: tuple[tuple[str, str, int, int, int], ...]
    payments: tuple[tuple[str, str, int], ...]
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A posting: `cents` is positive, `debit` says whether `account` is debited (S) and `contra` credited."""

    account: str
    contra: str
    cents: int
    debit: bool
    day: date
    voucher: str
    text: str


def post(closing: Day, chart: Chart) -> list[Posting]:
    """Return the postings of a closing. Raises UnmappedError, and UnbalancedError when cases and means differ."""
    found = [posting for posting in _postings(closing, chart) if posting.cents]
    rest = balance(found, chart.account(CLEARING))
    if rest:
        raise UnbalancedError(closing.number, rest)
    return found


def balance(postings: Sequence[Posting], account: str) -> int:
    """Return the cents left on an account after the postings (debit less credit)."""
    total = 0
    for one in postings:
        signed = one.cents if one.debit else -one.cents
        total += signed * ((one.account == account) - (one.contra == account))
    return total


def _postings(closing: Day, chart: Chart) -> Iterator[Posting]:
    clearing = chart.account(CLEARING)
    voucher = _voucher(f"Z{closing.number}-{closing.register}")
    carried = 0
    for gv_typ, gv_name, key, rate, cents in closing.cases:
        if moves_cash(gv_typ, gv_name):
            carried += cents if gv_typ == FLOAT else 0
            continue
        what = "Tageslosung" if gv_typ == "Umsatz" else gv_name or gv_typ
        text = f"{what} {label(key, rate)} {closing.register} Z {closing.number}"
        yield _posting(clearing, chart.of_case(gv_typ, key, cents), cents, closing.day, voucher, text)
    for move in closing.moves:
        if move.gv_typ != FLOAT:
            contra = chart.of_case(move.gv_typ, 5, move.cents)
            text = f"{move.gv_typ} {move.reason}".strip()
            yield _posting(clearing, contra, move.cents, move.day, _voucher(f"B{move.number}-{closing.register}"), text)
    for kind, name, cents in closing.payments:
        if kind == NO_PAYMENT:
            continue
        moved = cents - carried if kind == CASH else cents
        carried = 0 if kind == CASH else carried
        text = f"{name or kind} {closing.register} Z {closing.number}"
        yield _posting(chart.of_payment(kind), clearing, moved, closing.day, voucher, text)
    if carried:
        text = f"{CASH} {closing.register} Z {closing.number}"
        yield _posting(chart.of_payment(CASH), clearing, -carried, closing.day, voucher, text)


def _posting(account: str, contra: str, cents: int, day: date, voucher: str, text: str) -> Posting:
    return Posting(
        account=account, contra=contra, cents=abs(cents), debit=cents > 0, day=day, voucher=voucher, text=text
    )


def _voucher(text: str) -> str:
    """Return what Belegfeld 1 takes of a text: letters, digits and a few signs, at most 36."""
    return "".join(sign for sign in text if sign.isascii() and (sign.isalnum() or sign in "$&%*+-/"))[:36]
