"""A small shop for tests: a till with a clock the test turns, a real virtual TSE, a handful of articles."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from smartecr.core.receipt import Payment
from smartecr.register import queries
from smartecr.register.queries import ReceiptState
from smartecr.register.sale import paying, selling
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.staff.actor import Actor

CASHIER = Actor("0" * 31 + "1", "Jana", "cashier")
MANAGER = Actor("0" * 31 + "2", "Murat", "manager")
OWNER = Actor("0" * 31 + "3", "Christine", "owner")

COFFEE, BREAD, BOTTLES = (f"{number:032x}" for number in (0xC0, 0xC1, 0xC2))
ESPRESSO, ROLL, LATTE, JUICE, WINE, WISH, DEPOSIT, EMPTY, SOLD_OUT = (f"{number:032x}" for number in range(0xA0, 0xA9))
JUICE_CODE = "4012345678901"


class Clock:
    """A clock that stands still until the test moves it."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Move on by a timedelta's arguments."""
        self.now += timedelta(**span)


class Randomness:
    """Deterministic bytes, never the same twice."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count = 0

    def __call__(self, size: int) -> bytes:
        self._count += 1
        return hashlib.shake_128(f"{self._seed}/{self._count}".encode()).digest(size)


def article_row(article_id: str, number: str, name: str, group: str, cents: int, **more: Any) -> dict[str, Any]:
    """Return a whole article row for `masterdata.save_articles`."""
    columns = {
        "id": article_id, "number": number, "name": name, "group_id": group, "vat_key_in": 1, "vat_key_out": 1,
        "price_cents": cents, "prices": "{}", "open_price": False, "unit": "", "favourite_position": None,
        "position": int(number), "sold_out": False, "age": 0, "deposit_article_id": None, "gv_typ": "Umsatz",
        "icon": "", "picture": "", "active": True, **more,
    }  # fmt: skip
    return {"table": "catalog_article", "key": article_id, "columns": columns}


def group_row(group_id: str, name: str, position: int, vat_in: int, vat_out: int) -> dict[str, Any]:
    """Return a whole group row."""
    columns = {
        "id": group_id, "name": name, "icon": "coffee", "hue": 58, "position": position, "vat_key_in": vat_in,
        "vat_key_out": vat_out, "active": True,
    }  # fmt: skip
    return {"table": "catalog_group", "key": group_id, "columns": columns}


def stock(till: Till) -> None:
    """Save shop, register and a small catalogue through the journal."""
    masterdata.save_shop(
        till,
        OWNER,
        {
            "name": "Morgenrot", "tagline": "Kaffeehaus & Laden", "street": "Lindenweg 1", "postcode": "10115",
            "city": "Berlin", "tax_number": "12/345/67890", "vat_id": "DE123456789", "cutoff_hour": 4,
        },
    )  # fmt: skip
    masterdata.save_register(till, OWNER, "Kasse 1")
    masterdata.save_articles(
        till,
        OWNER,
        [
            group_row(COFFEE, "Kaffee", 1, 1, 1),
            group_row(BREAD, "Backwaren", 2, 2, 2),
            group_row(BOTTLES, "Kaltes", 3, 1, 1),
            article_row(ESPRESSO, "1", "Espresso", COFFEE, 240),
            article_row(ROLL, "2", "Mohn\u00adschnecke", BREAD, 320, vat_key_in=2, vat_key_out=2),
            article_row(LATTE, "3", "Latte Macchiato", COFFEE, 410, vat_key_out=2),
            article_row(DEPOSIT, "7", "Pfand", BOTTLES, 25, gv_typ="Pfand"),
            article_row(JUICE, "4", "Apfelschorle 0,33 l", BOTTLES, 340, deposit_article_id=DEPOSIT),
            article_row(WINE, "5", "Sekt", BOTTLES, 490, age=16),
            article_row(WISH, "6", "Blumen", BREAD, 0, open_price=True, vat_key_in=2, vat_key_out=2),
            article_row(EMPTY, "8", "Pfandrückgabe", BOTTLES, -25, gv_typ="PfandRueckzahlung"),
            article_row(SOLD_OUT, "9", "Franzbrötchen", BREAD, 210, sold_out=True, vat_key_in=2, vat_key_out=2),
            {
                "table": "catalog_barcode",
                "key": JUICE_CODE,
                "columns": {"code": JUICE_CODE, "article_id": JUICE, "quantity": 1000},
            },
        ],
    )


def command(till: Till, do: str, **arguments: Any) -> dict[str, Any]:
    """Return a command with a fresh id."""
    return {"id": till.new_id(), "do": do, **arguments}


def ring(till: Till, *articles: str, actor: Actor = CASHIER) -> list[selling.Outcome]:
    """Ring up articles and insist that all were taken."""
    outcomes = selling.run(till, actor, [command(till, "article", article=article) for article in articles])
    assert all(outcome.ok for outcome in outcomes), outcomes
    return outcomes


def pay_cash(till: Till, tendered: int | None = None, actor: Actor = CASHIER) -> ReceiptState:
    """Pay the open basket in cash, exactly unless `tendered` is given."""
    state = queries.current(till)
    given = state.priced.total_cents if tendered is None else tendered
    receipt = paying.pay(till, actor, state.id, till.new_id(), [Payment(kind="Bar", cents=given)])
    assert receipt == queries.receipt(receipt.id)
    return receipt
