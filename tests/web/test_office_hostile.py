"""Every form of the office takes whatever is typed into it: refused with a sentence or taken, never a fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from support.shop import COFFEE, ESPRESSO

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from smartecr.register.till import Till

PAGES = (
    f"articles/{ESPRESSO}", "articles/new", f"articles/table?group={COFFEE}", "articles", "articles/groups/new",
    f"articles/groups/{COFFEE}", "labels", "stock", "stock/book/in", "stock/book/waste", "stock/count", "stock/counts",
    "team", "team/new", "times", "settings", "settings/currencies", "changes", "promotions", f"promotions/{'e' * 32}",
    "customers", "vouchers", "books", "books/past", "books/papers", "books/auditors", "books/invoices", "interface",
    "receipts", "insights", "find", "proofs", "tse",
)  # fmt: skip
ENDLESS = "9" * 10_000  # what int() itself refuses
COUNTED = ("books/closings?below=", "changes?before=")  # pages that go on from a number in their address
SEARCH = ("get", "/office/find", ["q"])  # stands on every page: tried on its own
HOSTILE = (
    "x" * 10_000, "👩‍👩‍👧‍👦 Käse 🧀", "مرحبا \u202eabc", "a\x00b", "-1", ENDLESS, "1.234,56", "1,234.56",
    "\u00a012,50\u202f€ ", "31.02.", "2026-02-31", "0001-01-01", "9999-12-31", "٣٤", "²", "<script>alert(1)</script>",
    "%s %(x)s {0} %", "NaN", "1e999", "", "12:60", "2026-11-23", "23:59", "f" * 32, "1",
)  # fmt: skip
TYPED = re.compile(r'<(?:input(?![^>]*type="(?:checkbox|radio|file|submit|button)")|textarea|select)[^>]*>')


def forms(page: str, path: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield method, address and names of what can be typed of each form of a page."""
    for head, body in re.findall(r"<form([^>]*)>(.*?)</form>", page, re.DOTALL):
        method = (re.search(r'method="(\w+)"', head) or ["", "get"])[1]
        action = unescape((re.search(r'(?:action|hx-get|hx-post)="([^"]*)"', head) or ["", path])[1]) or path
        names = re.findall(r'(?<![\w-])name="([^"]+)"', " ".join(TYPED.findall(body)))
        yield method, action, [name for name in dict.fromkeys(names) if name != "csrfmiddlewaretoken"]


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES)
def test_no_form_breaks(path: str, till: Till, at_till: Callable[..., Client], settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    client = at_till("Christine")
    address = f"/office/{path}"
    found = client.get(address)
    assert found.status_code == 200, found.status_code
    for method, action, names in forms(found.content.decode(), address):
        if (method, action, names) == SEARCH and path != "find":
            continue
        ask = client.post if method == "post" else client.get
        for turn in range(0, len(HOSTILE), max(1, min(len(names), 3))):  # of many fields, each value meets some
            values = {name: HOSTILE[(turn + place) % len(HOSTILE)] for place, name in enumerate(names)}
            assert ask(action, values).status_code < 500, (method, action, values)
        assert ask(action, dict.fromkeys(names, ENDLESS)).status_code < 500, (method, action)


@pytest.mark.parametrize("address", COUNTED)
def test_an_endless_number_in_an_address_counts_as_none(address: str, at_till: Callable[..., Client]) -> None:
    assert at_till("Christine").get(f"/office/{address}{ENDLESS}").status_code == 200
