"""Our share of a card payment through the register's real code: journal, books, receipt, TSE and both screens.

Three waits a cashier could feel, each at most 20 ms at p95 (`--database URL` for PostgreSQL, else SQLite):

- pay key to ``06 01`` at the terminal: the basket taken off the screen and the intent durable in between
- ``04 0F`` sent there to our ``80 00 00`` there: the result durable in between
- our ``80 00 00`` there to "Bezahlt" in the answers both screens fetch: two pages drawn in between. That is the moment
  the guest may go; the terminal may take seconds more to give control back

A fourth row goes on to the receipt on both screens: completion (here at once), end of the payment, receipt, two
signatures of the virtual TSE and two more pages.
"""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import books
from bench.measure import Row
from bench.zvt import Moment, Stopwatch, wait

if TYPE_CHECKING:
    from django.test import Client

    from smartecr.register.till import Till

SMALL, FULL = 60, 500
ARTICLES = 200
AT_12_34 = 32
"""The article that costs what the terminal says it charged."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--payments", type=int, help=f"default {SMALL}, full {FULL}")
    parser.add_argument("--database", default="", help="DATABASE_URL of an empty PostgreSQL database")


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the four rows."""
    books.prepare(folder, options.database)
    from smartecr.register.cashless import cards
    from smartecr.register.sale import paying, refunding
    from smartecr.terminal.zvt.driver import ZvtTerminal
    from smartecr.terminal.zvt.link_tcp import TcpLink
    from smartecr.terminal.zvt.profile import TerminalProfile

    till = books.open_till(folder / "till")
    books.open_shop(till)
    books.fill_catalogue(ARTICLES)
    terminal = Stopwatch()
    link = TcpLink(*terminal.address)
    driver = ZvtTerminal(link, TerminalProfile())
    desk = cards.attach(till, "t1", driver, paying.after_cards, refunding.after_cards)
    desk.service.status().result()
    desk.books.learn("t1", _nothing(), 0)
    keys, said, shown = _payments(till, options.payments or (FULL if options.full else SMALL))
    desk.service.close()
    link.release()
    terminal.close()
    till.tse.close()
    name = "postgresql" if options.database else "sqlite"
    facts = {"payments": len(keys), "database": name, "terminal": "answers at once"}
    on_wire = [arrived.since(key) for key, arrived in zip(keys, terminal.commanded, strict=True)]
    paid, receipts = (
        [seen.since(at) for seen, at in zip(moments, terminal.acknowledged_at, strict=True)]
        for moments in (said, shown)
    )
    return [
        wait(f"payment key to 06 01, {name}", "pay key to 06 01, p95 in ms", on_wire, facts),
        wait(f"payment 04 0F to 80, {name}", "04 0F to our 80 00 00, p95 in ms", terminal.acknowledged, facts),
        wait(f"payment 80 to paid, {name}", "our 80 00 00 to Bezahlt on both screens, p95 in ms", paid, facts),
        wait(f"payment 80 to receipt, {name}", "our 80 00 00 to the receipt on both, p95 in ms", receipts, facts),
    ]


def _nothing() -> Any:
    from smartecr.terminal.api import PaymentRef

    return PaymentRef()


def _payments(till: Till, count: int) -> tuple[list[Moment], list[Moment], list[Moment]]:
    """Pay `count` times; return when the key was pressed, both screens said paid, both had the receipt."""
    from django.conf import settings
    from django.test import Client

    from smartecr.register import queries
    from smartecr.register.cashless import cards
    from smartecr.register.sale import selling

    settings.TILL = "bench.payment.till"
    settings.ALLOWED_HOSTS = ["testserver"]
    _tills.append(till)
    changed = threading.Event()
    till.publish = lambda topic: changed.set() if topic == "payment" else None
    client = Client(headers={"hx-request": "true"})
    client.post("/login", {"person": books.PERSON, "pin": books.PIN})
    keys: list[Moment] = []
    said: list[Moment] = []
    shown: list[Moment] = []
    for _ in range(count):
        command = {"id": till.new_id(), "do": "article", "article": books.article_id(AT_12_34)}
        selling.run(till, books.owner(), [command])
        basket = queries.current(till)
        payment = till.new_id()
        changed.clear()
        keys.append(Moment.now())
        cards.pay(till, books.owner(), basket.id, till.new_id(), payment, basket.priced.total_cents)
        while not (paid := _paid(client, payment)) or paid != "receipt":
            if paid and len(said) < len(keys):
                said.append(Moment.now())
            changed.wait(5)
            changed.clear()
        shown.append(Moment.now())
        if len(said) < len(keys):  # the receipt was there with the first look
            said.append(shown[-1])
    return keys, said, shown


def _paid(client: Client, payment: str) -> str:
    """Fetch what both screens fetch when something happened; tell whether they say "paid" or show the "receipt"."""
    answer = client.get(f"/till/card/{payment}")
    issued = "X-Receipt" in answer.headers
    if not issued and 'role="status">Bezahlt<' not in answer.content.decode():
        return ""
    guests = client.get("/display/state/").content.decode()
    if issued:
        return "receipt"
    return "paid" if "Vielen Dank" in guests else ""


_tills: list[Till] = []


def till() -> Till:
    """Return the till of this process, as the screens ask for it."""
    return _tills[0]
