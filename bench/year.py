"""A year of a busy shop through the register's own use cases: the demo's days with more guests, whose cards, tables and
papers leave what they leave at a counter (see `verify_books`).

Card payments are written as a terminal's worker writes them, without a terminal; everything else is sold.
"""

from __future__ import annotations

import re
import sys
from base64 import b64decode, b64encode
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from smartecr.core.receipt import Payment
from smartecr.customers.codes import ALPHABET
from smartecr.fiscal.process_data import process_type
from smartecr.register import chainend, ledger, queries
from smartecr.register.books.verifying import reading
from smartecr.register.cashless import cardbooks
from smartecr.register.errors import RegisterError
from smartecr.register.invoice import invoices, invoicing
from smartecr.register.journal import Entry, canonical, digest
from smartecr.register.projection import project
from smartecr.register.sale import ordering, paying
from smartecr.server import wiring
from smartecr.server.demoshop import demo, demo_loyalty
from smartecr.server.demoshop.demo_days import CLOSED, Story
from smartecr.sql import select, whole
from smartecr.terminal.api import Kind, PaymentIntent, ReceiptBlock, ReceiptType, TerminalResult
from smartecr.terminal.doubt import State
from smartecr.tse import der, log_message, verify
from smartecr.tse.algorithms import BY_NAME

if TYPE_CHECKING:
    from smartecr.staff.actor import Actor

_A_DAY = 1000
_SLIP = tuple((40, f"Zeile {number} des Händlerbelegs ********") for number in range(14))


def live(folder: Path, receipts: int) -> int:
    """Make the demo shop in `folder` with about so many receipts, and return how many there are."""
    from smartecr.register.models import Receipt

    today = datetime.now(UTC).date()
    days = [today - timedelta(days=back) for back in range(max(2, receipts // _A_DAY), 0, -1)]
    days = [day for day in days if (day.month, day.day) not in CLOSED]
    clock = demo.DemoClock(datetime(days[0].year, days[0].month, days[0].day, 4, tzinfo=UTC))
    till = wiring.build_till(folder, clock, demo.Randomness())
    demo.stock(till)
    demo_loyalty.offer(till, demo.crew()["Christine"], demo.numbers())
    story = _Busy(till, clock.turn_to, demo.crew(), demo.numbers(), demo.SEED)
    story.crowd = receipts / len(days) / 125
    for day in days:
        with whole():
            story.live(day)
    till.tse.close()
    return int(Receipt.objects.count())


class _Busy(Story):
    """The demo's story with `crowd` times its guests and a card terminal's books."""

    crowd = 1.0

    def __post_init__(self) -> None:
        """Stand at a terminal."""
        Story.__post_init__(self)
        self._desk = cardbooks.CardBooks(self.till, lambda _payment_id: None)
        self._trace = 0

    def _guests(self, day: date) -> Any:
        usual = super()._guests(day)
        more = round(len(usual) * (self.crowd - 1))
        return sorted([*usual, *((self._time(), None) for _ in range(more))], key=lambda one: one[0])

    def _pay(self, actor: Actor) -> None:
        self._pass(1, 2)
        if self._random.random() < 0.1:
            self._table(actor)
        state = queries.current(self.till)
        total, receipt_id = state.priced.total_cents, self.till.new_id()
        by_card = total > 0 and self._random.random() < 0.42
        given = self._charged(actor, state.id, receipt_id, total) if by_card else self._tendered(total)
        receipt = paying.pay(self.till, actor, state.id, receipt_id, [given], total)
        if total > 0 and not by_card:
            self._last_sale = receipt_id
            if self._random.random() < 0.01 and invoices.refusal(receipt) is None:
                invoicing.issue(self.till, actor, self.till.new_id(), receipt_id, {})

    def _tendered(self, total: int) -> Payment:
        return Payment(kind="Bar", cents=max(total, 0) if total <= 0 else total + self._random.choice((0, 500)))

    def _table(self, actor: Actor) -> None:
        """Send what is on the ticket to the kitchen first, and take it up again."""
        basket = queries.current(self.till).id
        try:
            ordering.order(self.till, actor, basket, self.till.new_id(), "Tisch 4")
        except RegisterError:
            return
        self._run(actor, {"do": "recall", "basket": basket})

    def _charged(self, actor: Actor, basket: str, receipt_id: str, cents: int) -> Payment:
        """Write down what a terminal's worker does for a payment that goes through."""
        payment, self._trace = self.till.new_id(), self._trace % 999_999 + 1
        brand = "girocard" if self._random.random() < 0.85 else "Visa"
        result = TerminalResult(
            approved=True, result_code="00", amount=cents, brand=brand, card="672500******8004", cvm="online_pin",
            technology="contactless", tid="53000111", vu_no="455600099", trace=f"{self._trace:06}",
            receipt_no=f"{self._trace % 10_000:04}", approval="173845",
        )  # fmt: skip
        self._desk.expect(payment, cardbooks.Order(actor=actor, receipt_id=receipt_id, basket_id=basket))
        intent = PaymentIntent(id=payment, kind=Kind.SALE, amount=cents, created_at=self.till.clock().timestamp())
        self._desk.begin("zvt", intent)
        self._desk.result(payment, result)
        for kind in (ReceiptType.MERCHANT, ReceiptType.CUSTOMER):
            self._desk.receipt(payment, ReceiptBlock(type=kind, lines=_SLIP))
        self._desk.finish(payment, State.COMPLETED, result)
        return Payment(kind=cardbooks.zahlart(brand), cents=cents, name=brand)


_COPIED = (
    "basket_opened", "basket_changed", "line_added", "line_changed", "line_voided", "card_begun", "card_result",
    "card_receipt", "card_finished", "receipt_recorded", "receipt_secured", "period_opened", "day_closed",
    "drawer_opened",
)  # fmt: skip
_APART = 1 << 37
"""Milliseconds (over four years) between the ids of one time and the next: they stay in the order they were made."""
_ID = re.compile(r"\b[0-9a-f]{32}\b")
_CHUNK = 4000


def again(folder: Path, times: int) -> int:
    """Live the days in `folder` through that many times in all, as far as the books know; return the receipts.

    Each time they have ids, numbers, vouchers and signatures of their own and the dates of the first time, so the clock
    seems to go back that often. Sold in this way a year takes minutes, not hours.
    """
    from smartecr.register.models import Receipt
    from smartecr.tse.virtual import identity

    signer = identity.load((folder / "tse" / "identity.json").read_bytes())
    register_id, last = select("SELECT register_id, max(seq) FROM register_journal GROUP BY register_id")[0]
    source = _Source(register_id)
    end: tuple[int, str] = select("SELECT seq, hash FROM register_journal ORDER BY seq DESC LIMIT 1")[0]
    for round_ in range(1, times):
        copies = _Round(source, round_, signer)
        for after in range(0, last, _CHUNK):
            with whole():
                end = copies.write(reading.Stretch(register_id, after, min(after + _CHUNK, last)), end)
        print(f"  {round_ + 1} of {times} times", file=sys.stderr, flush=True)
    chainend.move(register_id, *end)
    return int(Receipt.objects.count())


class _Source:
    """What the days to be copied share with their copies, and how far their numbers go."""

    def __init__(self, register_id: str) -> None:
        marks = ", ".join(["%s"] * len(_COPIED))
        rows = select(
            f"SELECT body, actor_id, shop_id FROM register_journal WHERE kind NOT IN ({marks})", list(_COPIED)
        )
        self.fixed = {found for row in rows for text in row for found in _ID.findall(text)}
        self.fixed |= {register_id, *(row[0] for row in select("SELECT DISTINCT actor_id FROM register_journal"))}
        self.vouchers = [row[0] for row in select("SELECT number FROM customers_voucher")]
        self.serial = select("SELECT serial FROM register_register")[0][0]
        tse = select("SELECT serial, algorithm, time_format, public_key FROM register_tse")[0]
        self.key = verify.load_key(b64decode(tse[3]))
        self.encoder = log_message.Encoder(self.key.serial, BY_NAME[tse[1]], tse[2])
        self.numbers, self.periods, self.transactions, self.counter = select(
            "SELECT max(r.number), max(r.z_number), max(s.tse_number), max(s.tse_counter) FROM register_receipt r "
            "JOIN register_receipt_signature s ON s.receipt_id = r.id"
        )[0]
        self.invoices = select("SELECT coalesce(max(position), 0) FROM register_invoice")[0][0]


class _Round:
    """One more time; `write` takes the facts in order."""

    def __init__(self, source: _Source, round_: int, signer: Any) -> None:
        self._source, self._round, self._signer = source, round_, signer
        self._signed: dict[str, tuple[str, str]] = {}
        numbers = "|".join(source.vouchers) or "$."
        self._vouchers = re.compile(rf'(?<=")({numbers})(?=")')

    def write(self, stretch: reading.Stretch, end: tuple[int, str]) -> tuple[int, str]:
        """Append the copies of a stretch behind `end` (seq, hash) with their rows; return the new end."""
        rows, operations = [], []
        seq, head = end
        for row in reading.entries(stretch):
            if row[4] not in _COPIED:
                continue
            body = self._moved(row[4], orjson.loads(self._renamed(row[9])))
            entry = Entry(row[0], seq + 1, self._renamed(row[2]), *row[3:9], body=canonical(body), previous=head)
            entry = entry._replace(hash=digest(entry))
            seq, head = entry.seq, entry.hash
            rows.append((entry.register_id, seq, entry.id, *row[3:9], entry.body, entry.previous, head))
            operations += [one for one in project(entry, body) if one.table not in reading.BASKETS]
        ledger.write_many(ledger._JOURNAL, rows)
        ledger.execute(operations)
        return seq, head

    def _renamed(self, text: str) -> str:
        text = _ID.sub(lambda found: found[0] if found[0] in self._source.fixed else self._other(found[0]), text)
        return self._vouchers.sub(lambda found: self._other_voucher(found[0]), text) if '"voucher"' in text else text

    def _other_voucher(self, number: str) -> str:
        return ALPHABET[(ALPHABET.index(number[0]) + self._round) % len(ALPHABET)] + number[1:]

    def _other(self, key: str) -> str:
        return f"{int(key[:12], 16) + self._round * _APART:012x}{key[12:]}"

    def _moved(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        source, times = self._source, self._round
        if kind == "receipt_recorded":
            receipt = body["receipt"]
            receipt["number"] += times * source.numbers
            receipt["z_number"] += times * source.periods
            receipt["tse_number"] += times * source.transactions
            receipt["token"] = f"{times:x}{receipt['token'][1:]}"
            self._signed[receipt["id"]] = receipt["type"], receipt["process_data"]
            if "invoice" in body:
                invoice = body["invoice"]
                invoice["position"] += times * source.invoices
                invoice["number"] = invoice["data"]["number"] = f"{invoice['number'][:-5]}{invoice['position']:05}"
        elif kind == "receipt_secured":
            self._sign(body["receipt"], body["signature"])
        elif kind == "period_opened":
            body["z_number"] += times * source.periods
        elif kind == "day_closed":
            body["closing"]["z_number"] += times * source.periods
            body["closing"]["last_number"] += times * source.numbers
            for name in ("first_number", "last_number"):
                body["totals"][name] += times * source.numbers
        return body

    def _sign(self, receipt_id: str, signature: dict[str, Any]) -> None:
        kind, data = self._signed.pop(receipt_id)
        signature["tse_number"] += self._round * self._source.transactions
        signature["tse_counter"] += self._round * self._source.counter
        signed = self._source.encoder.transaction(
            log_message.FINISH, self._source.serial, data.encode(), process_type(kind), signature["tse_number"],
            signature["tse_counter"], signature["tse_end"],
        )  # fmt: skip
        raw = der.plain_ecdsa(self._signer.key.sign(signed, ec.ECDSA(hashes.SHA256())), self._signer.half)
        signature["signature"] = b64encode(raw).decode()
