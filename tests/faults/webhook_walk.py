"""One register that tells a receiver, in a process of its own; `test_webhook_kills` kills it over and over.

usage: webhook_walk.py prepare ADDRESS COUNT | tell
prepare: make the shop, add the receiver, sell COUNT times, print the receipts' ids. tell: tell until all was heard.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "smartecr.server.settings"
sys.path.insert(0, str(Path(__file__).parents[1]))

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from smartecr.register.books import verify  # noqa: E402
from smartecr.register.outside import webhooks  # noqa: E402
from smartecr.register.till import Till  # noqa: E402
from smartecr.server import wiring  # noqa: E402
from smartecr.tse.virtual import open_demo  # noqa: E402
from smartecr.web.hooks.states import LEASE  # noqa: E402
from smartecr.web.hooks.worker import Messenger  # noqa: E402
from support.shop import ESPRESSO, OWNER, Randomness, pay_cash, ring, stock  # noqa: E402

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def till(life: int = 0) -> Till:
    """Return the register; each life begins when what the one before had begun to send may be sent again."""
    folder, now = Path(os.environ["SMARTECR_DATA"]), NOW + life * LEASE
    return wiring.build_till(
        folder, lambda: now, Randomness("till"), open_device=lambda: open_demo(folder / "tse", now.timestamp)
    )


def prepare(address: str, count: int) -> None:
    """Make the shop and sell."""
    call_command("migrate", verbosity=0)
    register = till()
    stock(register)
    webhooks.add(register, OWNER, register.new_id(), "Twin", address, ["receipt.issued"])
    for _ in range(count):
        ring(register, ESPRESSO)
        print(pay_cash(register).id)
    register.tse.close()


def tell(life: int) -> None:
    """Tell until there is nothing left, then say what is wrong with the books."""
    register = till(life)
    messenger = Messenger(till=register, key="key", allowed=[ip_network("127.0.0.0/8")])
    while messenger.run():
        pass
    for finding in verify.examine().findings:
        print(finding)
    register.tse.close()


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(sys.argv[2], int(sys.argv[3]))
    else:
        tell(int(sys.argv[2]))
