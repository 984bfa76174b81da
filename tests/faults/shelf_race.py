"""One register, or one that tells webhooks, in a process of its own; `test_shelf_race` plays them off.

usage: shelf_race.py prepare ADDRESS | trade NAME | tell | check
prepare: make the shop with one piece of juice, have ADDRESS told of the first register, sell with it; print its events.
trade: after the starting gun (a line) sell juice, book five pieces in, make an article numbered R-1; print what came of
the article. tell: after the gun tell ADDRESS until nothing is left. check: print how much juice is left, how many
articles are numbered R-1, and what is wrong with the books.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "smartecr.server.settings"
sys.path.insert(0, str(Path(__file__).parents[1]))

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from smartecr.catalog import rows, stockbook  # noqa: E402
from smartecr.catalog.errors import CatalogError  # noqa: E402
from smartecr.catalog.models import Article  # noqa: E402
from smartecr.register.books import verify  # noqa: E402
from smartecr.register.outside import webhooks  # noqa: E402
from smartecr.register.shop import masterdata  # noqa: E402
from smartecr.register.shop import stock as shelf  # noqa: E402
from smartecr.register.till import Till  # noqa: E402
from smartecr.server import wiring  # noqa: E402
from smartecr.tse.virtual import open_demo  # noqa: E402
from smartecr.web.hooks.worker import Messenger  # noqa: E402
from support.shop import (  # noqa: E402
    COFFEE,
    ESPRESSO,
    JUICE,
    OWNER,
    Randomness,
    article_row,
    pay_cash,
    ring,
    stock,
)

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SOLD = 8


def till(name: str) -> Till:
    """Return the register called `name`; each process has a TSE of its own, so that it may be opened twice."""
    folder = Path(os.environ["SMARTECR_DATA"]) / name
    device = folder / f"tse-{os.getpid()}"
    began = time.monotonic()
    return wiring.build_till(
        folder, lambda: NOW + timedelta(seconds=time.monotonic() - began), Randomness(f"{name}/{os.getpid()}"),
        open_device=lambda: open_demo(device, NOW.timestamp), timeout=5.0,
    )  # fmt: skip


def prepare(address: str) -> None:
    """Make the shop, and something to be told."""
    call_command("migrate", verbosity=0)
    register = till("shop")
    stock(register)
    row = Article.objects.filter(id=JUICE).values().get()
    masterdata.save_articles(register, OWNER, [rows.article_row({"stocked": True, "stock_min": 0}, row)])
    shelf.move(register, OWNER, register.new_id(), "in", {JUICE: 1000})
    hook = webhooks.add(register, OWNER, register.new_id(), "Buchhaltung", address, ["receipt.issued"])
    for _ in range(SOLD):
        ring(register, ESPRESSO)
        pay_cash(register)
    events, _end = webhooks.events_after(register, hook.since, hook.events)
    print(*[event.id for event in events])
    register.tse.close()


def trade(name: str) -> None:
    """Sell, take in and make, as fast as it goes."""
    register = till(name)
    masterdata.save_register(register, OWNER, name)
    ring(register, JUICE)
    print("ready", flush=True)
    sys.stdin.readline()
    pay_cash(register)
    shelf.move(register, OWNER, register.new_id(), "in", {JUICE: 5000})
    made = "made"
    try:
        masterdata.save_articles(register, OWNER, [article_row(register.new_id(), "91", name, COFFEE, 100)])
    except CatalogError as error:
        made = error.code
    print(made)
    register.tse.close()


def tell() -> None:
    """Tell until nothing was to be told for a second."""
    register = till("shop")
    messenger = Messenger(till=register, key="key", allowed=(ip_network("127.0.0.0/8"),))
    print("ready", flush=True)
    sys.stdin.readline()
    quiet = 0
    while quiet < 50:
        quiet = 0 if messenger.run() else quiet + 1
        time.sleep(0.02 if quiet else 0)
    register.tse.close()


def check() -> None:
    """Print what the shop looks like now."""
    print(stockbook.balances([JUICE])[JUICE], Article.objects.filter(number="91").count(), verify.examine().findings)


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    {"prepare": prepare, "trade": trade, "tell": tell, "check": check}[what](*arguments)
