"""Tables of cases out of ``docs/algorithms`` and the small language they are written in.

``@pytest.mark.cases("page.md", "Heading")`` runs a test once for every row of the first table under that heading; the
row arrives as ``case``, a dict from column to text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from smartecr.core.basket import Basket, Discount, Line, VatSum, add_line
from smartecr.core.receipt import Payment

DOCS = Path(__file__).parents[2] / "docs" / "algorithms"
TODAY = date(2026, 11, 23)

_LINE = re.compile(
    r"(?P<voided>\()?(?P<child>\+)?(?:(?P<quantity>-?[\d.]+)x )?(?P<unit>-?[\d.]+) @(?P<key>\d+)(?:/(?P<out>\d+))?"
    r"(?: (?P<kind>[A-Z]\w+))?(?: -(?P<percent>[\d.]+)%| -(?P<amount>[\d.]+))?\)?"
)


@cache
def table(page: str, heading: str, nth: int = 0) -> tuple[dict[str, str], ...]:
    """The ``nth`` table under ``heading``; an empty one is an error, so that no test passes for want of cases."""
    text = (DOCS / page).read_text(encoding="utf-8")
    section = re.split(rf"^#+ {re.escape(heading)}$", text, flags=re.MULTILINE)[1]
    section = re.split(r"^#+ ", section, flags=re.MULTILINE)[0]
    rows = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)[nth].splitlines()
    head, _, *body = [[cell.strip().strip("`") for cell in row.strip().strip("|").split("|")] for row in rows]
    assert body, f"{page}, {heading}: no cases"
    return tuple(dict(zip(head, cells, strict=True)) for cells in body)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cases(page, heading): once for every row of a table in docs/algorithms")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("cases")
    if marker is not None:
        rows = table(*marker.args)
        metafunc.parametrize("case", rows, ids=[" | ".join(filter(None, row.values())) for row in rows])


def number(text: str, scale: int) -> int:
    """``"1.87"`` as 187 for a scale of 2, without any rounding."""
    sign, whole, decimals = re.fullmatch(r"(-?)(\d*)(?:\.(\d+))?", text).groups()
    assert len(decimals or "") <= scale, text
    value = int(whole + (decimals or "").ljust(scale, "0"))
    return -value if sign else value


def discount_of(text: str, reason: str = "") -> Discount | None:
    if not text:
        return None
    if text.endswith("%"):
        return Discount(kind="percent", value=number(text.rstrip(" %"), 2), reason=reason)
    return Discount(kind="amount", value=number(text, 2), reason=reason)


def basket_of(text: str, discount: str = "") -> Basket:
    """The basket a table writes, made by the functions a register uses; line ids count from "1"."""
    basket = Basket(id="b")
    article = ""
    for index, written in enumerate(text.split(";"), 1):
        match = _LINE.fullmatch(written.strip())
        assert match, written
        own = f"{match['percent']} %" if match["percent"] else match["amount"] or ""
        line = Line(
            id=str(index),
            text=f"Artikel {index}",
            quantity=number(match["quantity"] or "1", 3),
            unit_cents=number(match["unit"], 2),
            vat_key_in=int(match["key"]),
            vat_key_out=int(match["out"] or match["key"]),
            in_house=True,
            gv_typ=match["kind"] or "Umsatz",
            discount=discount_of(own),
            voided=bool(match["voided"]),
            parent_id=article if match["child"] else "",
            group_id=f"g{match['key']}",
            group_name=f"Gruppe {match['key']}",
        )
        basket = add_line(basket, line)
        article = article if match["child"] else line.id
    return Basket(id="b", lines=basket.lines, discount=discount_of(discount))


def vat_text(vat: tuple[VatSum, ...]) -> str:
    return "; ".join(
        f"{row.vat_key}: {euros(row.gross_cents)} = {euros(row.net_cents)} + {euros(row.tax_cents)}" for row in vat
    )


def euros(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def payments_of(text: str) -> list[Payment]:
    if text == "nothing":
        return []
    return [
        Payment(kind=kind, cents=number(amount, 2)) for kind, amount in (part.split() for part in text.split(" + "))
    ]


@dataclass(frozen=True)
class Tongue:
    """The language of the tables, for tests."""

    number: Callable[[str, int], int] = number
    discount_of: Callable[..., Discount | None] = discount_of
    basket_of: Callable[..., Basket] = basket_of
    payments_of: Callable[[str], list[Payment]] = payments_of
    vat_text: Callable[[tuple[VatSum, ...]], str] = vat_text
    euros: Callable[[int], str] = euros
    table: Callable[..., tuple[dict[str, str], ...]] = table
    today: date = TODAY


@pytest.fixture(scope="session")
def tongue() -> Tongue:
    return Tongue()


DISCOUNTS = st.one_of(
    st.none(),
    st.builds(Discount, kind=st.just("percent"), value=st.integers(1, 10_000), reason=st.sampled_from(["", "Treue"])),
    st.builds(Discount, kind=st.just("amount"), value=st.integers(1, 5_000)),
)


# made once: a strategy made anew for every line costs more than drawing from it
KINDS = st.sampled_from(["Umsatz"] * 6 + ["Pfand", "PfandRueckzahlung", "MehrzweckgutscheinKauf", "TrinkgeldAN"])
TEXTS = st.sampled_from(["Cappuccino", "Mohn\u00adschnecke", "Käse"])
QUANTITIES = st.one_of(st.integers(-9, 9).filter(bool).map(lambda n: n * 1000), st.integers(-9999, 9999).filter(bool))
UNITS = st.one_of(st.integers(0, 99), st.integers(-500, 9_999))
KEYS = st.sampled_from([1, 2, 3, 4, 5, 6])
IN_HOUSE = st.booleans()
GROUPS = st.sampled_from(["", "g1", "g2"])
LIST_CENTS = st.sampled_from([None, None, None, 250])
VOIDED = st.integers(0, 9).map(lambda n: n == 0)
COUNTS = st.integers(0, 8)


@st.composite
def any_basket(draw: Any) -> Basket:
    def line(index: int) -> Line:
        kind = draw(KINDS)
        return Line(
            id=f"{index:032x}",
            text=draw(TEXTS),
            quantity=draw(QUANTITIES),
            unit_cents=draw(UNITS),
            vat_key_in=draw(KEYS),
            vat_key_out=draw(KEYS),
            in_house=draw(IN_HOUSE),
            gv_typ=kind,
            group_id=draw(GROUPS),
            group_name="Gruppe",
            list_cents=draw(LIST_CENTS),
            discount=draw(DISCOUNTS) if kind == "Umsatz" else None,
            voided=draw(VOIDED),
        )

    return Basket(id="b", lines=tuple(line(index) for index in range(draw(COUNTS))), discount=draw(DISCOUNTS))


BASKETS = any_basket()


@pytest.fixture(scope="session")
def baskets() -> st.SearchStrategy[Basket]:
    """Any basket: returns, deposits, voids, discounts on lines and on the whole."""
    return BASKETS
