"""The terminal's transactions: numbers, the open batch, its totals, and what really happened to the money.

A transaction is *pending* from the bank's yes until the register has acknowledged it; then it is booked, or taken
back by itself (voided, declined). `Books.bookings` is the bank's side of it: tests hold a register's books against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from typing import Any, Literal

from smartecr.core.records import dataclass
from smartecr.terminal.zvt.virtual.cards import Card
from smartecr.terminal.zvt.virtual.store import Store

Kind = Literal["payment", "refund", "reversal", "reservation", "capture", "release", "tip"]
State = Literal["pending", "booked", "reversed", "voided", "declined", "captured", "released"]

_TAKEN_BACK = frozenset({"voided", "declined"})
_LAST_RECEIPT = 9999
_LAST_TRACE = 999_999

#: the seven columns of BMP 60
COLUMNS = ("girocard", "jcb", "mastercard", "amex", "visa", "diners", "other")


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction. ``cents`` is what its receipt says, never negative; ``paid_cents`` what the merchant gets by it
    and ``taken_cents`` what the card loses, both signed. ``time`` is unix seconds UTC, ``batch`` counts the ends of day
    before it, ``cvm`` and ``technology`` are the values of the tags 1F10 and 1F12."""

    id: int
    kind: Kind
    state: State
    cents: int
    paid_cents: int
    taken_cents: int
    receipt: int
    trace: int
    time: int
    batch: int
    tip_cents: int = 0
    currency: int = 978
    card_id: str = ""
    brand: str = ""
    product: str = ""
    masked_pan: str = ""
    expiry: str = ""
    aid: str = ""
    card_type: int = 0
    cvm: int = 0
    technology: int = 0
    online: bool = True
    approval: str = ""
    original_trace: int = 0
    original_receipt: int = 0

    @property
    def booked_cents(self) -> int:
        """What the merchant's account gets of it, signed."""
        return 0 if self.state in _TAKEN_BACK else self.paid_cents

    @property
    def successful(self) -> bool:
        """Whether the terminal counts it as carried out."""
        return self.state != "pending" and self.state not in _TAKEN_BACK

    def by_card(self, card: Card) -> Transaction:
        """Return it with what the card says of itself."""
        return replace(
            self,
            card_id=card.id,
            brand=card.brand,
            product=card.product,
            masked_pan=card.masked_pan,
            expiry=card.expiry,
            aid=card.aid,
            card_type=card.card_type,
        )

    def like(self, original: Transaction) -> Transaction:
        """Return it with the card and the reference of the transaction it changes."""
        card = {name: getattr(original, name) for name in _CARD_FIELDS}
        return replace(self, original_trace=original.trace, original_receipt=original.receipt, **card)


_CARD_FIELDS = ("card_id", "brand", "product", "masked_pan", "expiry", "aid", "card_type", "cvm", "technology")


@dataclass(frozen=True, slots=True)
class Totals:
    """A batch added up: first and last receipt number (0: none), count and signed cents a column."""

    first_receipt: int
    last_receipt: int
    counts: dict[str, int]
    cents: dict[str, int]

    @property
    def total_cents(self) -> int:
        """What the batch pays out."""
        return sum(self.cents.values())


class Books:
    """All transactions, over the store. ``clock`` gives unix seconds UTC."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._all = {int(number): Transaction(**fields) for number, fields in store.named("transaction/").items()}

    @property
    def batch(self) -> int:
        """How many ends of day there were."""
        return int(self._store.get("batch", 0))

    @property
    def last_receipt(self) -> int:
        """The receipt number given last, 0 before the first."""
        return int(self._store.get("receipt", 0))

    def all(self) -> list[Transaction]:
        """Return every transaction there ever was, oldest first."""
        return list(self._all.values())

    def bookings(self) -> list[Transaction]:
        """Return what the bank has in its books: everything that was not taken back."""
        return [one for one in self.all() if one.state not in _TAKEN_BACK]

    def net_cents(self) -> int:
        """Return what the bank owes the merchant for all of it."""
        return sum(one.booked_cents for one in self.all())

    def open_batch(self) -> list[Transaction]:
        """Return the successful transactions since the last end of day."""
        return [one for one in self.all() if one.batch == self.batch and one.successful]

    def last(self) -> Transaction | None:
        """Return the last successful transaction, whatever batch it is of."""
        return next((one for one in reversed(self.all()) if one.successful), None)

    def find(self, receipt: int) -> Transaction | None:
        """Return the successful transaction with this receipt number in the open batch."""
        return next((one for one in reversed(self.open_batch()) if one.receipt == receipt), None)

    def reservations(self) -> list[Transaction]:
        """Return the reservations that are neither captured nor released; they outlive an end of day."""
        return [one for one in self.all() if one.kind == "reservation" and one.state == "booked"]

    def draft(self, kind: Kind, cents: int, *, paid: int, taken: int) -> Transaction:
        """Return a pending transaction with the next numbers; nothing is stored yet."""
        return Transaction(
            id=max(self._all, default=0) + 1,
            kind=kind,
            state="pending",
            cents=cents,
            paid_cents=paid,
            taken_cents=taken,
            receipt=self.last_receipt % _LAST_RECEIPT + 1,
            trace=int(self._store.get("trace", 0)) % _LAST_TRACE + 1,
            time=int(self._clock()),
            batch=self.batch,
        )

    def begin(self, draft: Transaction, also: dict[str, Any]) -> None:
        """Store a pending transaction together with what else the bank's yes changed."""
        self._write([draft], also | {"receipt": draft.receipt, "trace": draft.trace})

    def settle(self, pending: Transaction, original: State | None = None) -> Transaction:
        """Book a pending transaction; ``original`` is the new state of the transaction it refers to."""
        booked = replace(pending, state="booked")
        changed = [booked]
        if original is not None:
            first = self._original_of(pending)
            changed.append(replace(first, state=original))
        self._write(changed, {})
        return booked

    def take_back(
        self, one: Transaction, state: State = "voided", *, also: dict[str, Any], reuse_number: bool = False
    ) -> None:
        """Undo a transaction as if it had not been, together with what else changes at the bank.

        ``reuse_number`` gives its receipt number to the next one.
        """
        changed = [replace(one, state=state)]
        if one.kind in {"reversal", "capture", "release"} and one.state == "booked":
            changed.append(replace(self._original_of(one), state="booked"))
        number = {"receipt": (one.receipt - 1) or _LAST_RECEIPT} if reuse_number else {}
        self._write(changed, also | number)

    def pending(self) -> list[Transaction]:
        """Return what was neither booked nor taken back (after a power cut)."""
        return [one for one in self.all() if one.state == "pending"]

    def totals(self) -> Totals:
        """Add up the open batch."""
        batch = [one for one in self.open_batch() if one.kind not in {"reservation", "release"}]
        return Totals(
            first_receipt=batch[0].receipt if batch else 0,
            last_receipt=batch[-1].receipt if batch else 0,
            counts=_by_column(batch, lambda _one: 1),
            cents=_by_column(batch, lambda one: one.booked_cents),
        )

    def close_batch(self) -> None:
        """Begin a new batch."""
        self._store.put({"batch": self.batch + 1})

    def _original_of(self, one: Transaction) -> Transaction:
        return next(other for other in reversed(self.all()) if other.trace == one.original_trace)

    def _write(self, changed: list[Transaction], also: dict[str, Any]) -> None:
        self._store.put({f"transaction/{one.id}": asdict(one) for one in changed} | also)
        self._all.update({one.id: one for one in changed})


def _by_column(batch: Iterable[Transaction], value: Callable[[Transaction], int]) -> dict[str, int]:
    sums = dict.fromkeys(COLUMNS, 0)
    for one in batch:
        sums[one.brand if one.brand in sums else "other"] += value(one)
    return sums
