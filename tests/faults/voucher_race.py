"""One register among several on the same books, in a process of its own; `test_voucher_race` plays them off.

usage: voucher_race.py prepare COUNT | cards COUNT | sales COUNT | spend NAME | check CODE...
prepare: make the shop, sell COUNT vouchers of 20 euros, print their codes. cards: give COUNT cards 4 points each and a
reward that costs 4. sales: sell COUNT times two things, print the receipts; of each a line, or all, goes back, or it is
invoiced. All keep the stock of juice, 1000 of it. spend: for each code read from standard input, ring up more than
that, wait for the next line (the starting gun), lay the voucher or the card down, choose the reward, pay; print what
came of it. check: print what lies on each, how much juice is left, and what is wrong with the books.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "smartecr.server.settings"
sys.path.insert(0, str(Path(__file__).parents[1]))

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from smartecr.catalog import rows, stockbook  # noqa: E402
from smartecr.catalog.models import Article  # noqa: E402
from smartecr.core.errors import ReceiptError  # noqa: E402
from smartecr.core.promotions import Promotion  # noqa: E402
from smartecr.core.receipt import Payment  # noqa: E402
from smartecr.customers import codes  # noqa: E402
from smartecr.register import queries  # noqa: E402
from smartecr.register.books import verify  # noqa: E402
from smartecr.register.cashdesk import cash  # noqa: E402
from smartecr.register.errors import RegisterError  # noqa: E402
from smartecr.register.invoice import invoicing  # noqa: E402
from smartecr.register.regulars import guests, loyalty, vouchers  # noqa: E402
from smartecr.register.sale import paying, refunding, selling  # noqa: E402
from smartecr.register.shop import masterdata  # noqa: E402
from smartecr.register.shop import stock as shelf  # noqa: E402
from smartecr.register.till import Till  # noqa: E402
from smartecr.server import wiring  # noqa: E402
from smartecr.tse.virtual import open_demo  # noqa: E402
from support.shop import (  # noqa: E402
    CASHIER,
    COFFEE,
    ESPRESSO,
    JUICE,
    OWNER,
    Randomness,
    article_row,
    command,
    pay_cash,
    ring,
    stock,
)

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
GIFT = f"{0xB0:032x}"
REWARD = "d" * 32


def till(name: str) -> Till:
    """Return the register called `name`, with a TSE of its own."""
    folder = Path(os.environ["SMARTECR_DATA"]) / name
    return wiring.build_till(
        folder, lambda: NOW, Randomness(name), open_device=lambda: open_demo(folder / "tse", NOW.timestamp), timeout=5.0
    )


def prepare(count: int) -> None:
    """Make the shop and sell."""
    call_command("migrate", verbosity=0)
    register = till("shop")
    stock(register)
    _keep_stock(register)
    gift = article_row(
        GIFT, "20", "Gutschein", COFFEE, 2000, gv_typ="MehrzweckgutscheinKauf", vat_key_in=5, vat_key_out=5
    )
    masterdata.save_articles(register, OWNER, [gift])
    for _ in range(count):
        ring(register, GIFT)
        print(vouchers.sold_with(pay_cash(register).id)[0].code)
    register.tse.close()


def cards(count: int) -> None:
    """Make the shop and let people collect."""
    call_command("migrate", verbosity=0)
    register = till("shop")
    stock(register)
    _keep_stock(register)
    earning = Promotion(id="e" * 32, name="Punkte", kind="earn", value=100)
    loyalty.save(register, OWNER, earning)
    loyalty.save(register, OWNER, Promotion(id=REWARD, name="Prämie", kind="amount", value=100, points=4))
    for number in range(count):
        guest = guests.save(register, CASHIER, register.new_id(), {"name": f"Gast {number}"})
        ring(register, ESPRESSO, ESPRESSO)  # 4,80
        selling.run(register, CASHIER, [command(register, "scan", code=guest.code)])
        pay_cash(register)
        print(guest.code)
    loyalty.save(register, OWNER, earning, active=False)  # what is spent in the race brings no new points
    register.tse.close()


def _keep_stock(register: Till) -> None:
    juice = Article.objects.filter(id=JUICE).values()[0]
    masterdata.save_articles(register, OWNER, [rows.article_row({"stocked": True}, juice)])
    shelf.move(register, OWNER, register.new_id(), "in", {JUICE: 1_000_000})


def sales(count: int) -> None:
    """Make the shop and sell; what is asked of each receipt is in turn a line back, all of it, an invoice."""
    call_command("migrate", verbosity=0)
    register = till("shop")
    stock(register)
    _keep_stock(register)
    for number in range(count):
        ring(register, JUICE, ESPRESSO)
        print(f"{('line', 'whole', 'invoice')[number % 3]}:{pay_cash(register).id}")
    register.tse.close()


def _ask(register: Till, what: str, receipt_id: str) -> str:
    """Take a line or all of a receipt back, or make out an invoice over it."""
    lines = {line.line_id: 1000 for line in queries.receipt(receipt_id).content.lines if line.text == "Espresso"}
    new_id = register.new_id()
    try:
        if what == "line":
            refunding.refund_lines(register, OWNER, new_id, receipt_id, lines, "zurück")
        elif what == "whole":
            refunding.refund(register, OWNER, new_id, receipt_id, "zurück")
        else:
            invoicing.issue(register, OWNER, new_id, receipt_id, {})
    except (RegisterError, ReceiptError) as error:
        return {"quantity": "refunded"}.get(error.code, error.code)
    return "paid"


def spend(name: str) -> None:
    """Race."""
    register = till(name)
    masterdata.save_register(register, OWNER, name)
    cash.move(register, OWNER, register.new_id(), "Anfangsbestand", 20000, "")
    print("ready", flush=True)
    for line in sys.stdin:
        ring(register, *[JUICE] * 6)  # 21,90 with deposits
        print("rung", flush=True)
        sys.stdin.readline()
        print(_spend(register, line.strip()), flush=True)
        if queries.current(register).id:
            pay_cash(register)
    register.tse.close()


def _spend(register: Till, code: str) -> str:
    what, _, receipt_id = code.partition(":")
    if what in ("line", "whole", "invoice"):
        return _ask(register, what, receipt_id)
    outcome = selling.run(register, CASHIER, [command(register, "scan", code=code)])[0]
    if outcome.ok and code.startswith("KD:"):
        outcome = selling.run(register, CASHIER, [command(register, "reward", promotion=REWARD)])[0]
    if not outcome.ok:
        return outcome.code
    state = queries.current(register)
    try:
        paying.pay(register, CASHIER, state.id, register.new_id(), [Payment(cents=state.priced.total_cents)])
    except RegisterError as error:
        return error.code
    return "paid"


def look(texts: list[str]) -> None:
    """Look."""
    for text in texts:
        if text.partition(":")[0] in ("line", "whole", "invoice"):
            print(0)
        elif text.startswith("KD:"):
            print(loyalty.accounts(guests.by_code(text).id)["points"])
        else:
            found = vouchers.find(codes.number_of(text, codes.VOUCHER))
            print(found.balance_cents if found else "gone")
    print(stockbook.balances([JUICE])[JUICE] // 1000)
    for finding in verify.examine().findings:
        print(finding)


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "check":
        look(rest)
    else:
        acts = {"prepare": prepare, "cards": cards, "sales": sales}
        spend(rest[0]) if what == "spend" else acts[what](int(rest[0]))
