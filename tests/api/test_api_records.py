"""Receipts, closings, figures and customers over the interface: what the books say, and nobody's data too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from support.shop import CASHIER, ESPRESSO, JUICE, OWNER, Clock, pay_cash, ring

if TYPE_CHECKING:
    from smartecr.register.till import Till

pytestmark = pytest.mark.django_db


def data(answer: Any, status: int = 200) -> Any:
    """Return what was answered, with the status it must have."""
    assert answer.status_code == status, answer.content
    return orjson.loads(answer.content)


def test_receipts_are_found_and_hold_what_the_books_hold(ask: Any, till: Till, clock: Clock, client: Any) -> None:
    ring(till, ESPRESSO, JUICE)
    first = pay_cash(till, 1000)
    clock.forward(hours=2)
    ring(till, ESPRESSO)
    second = pay_cash(till)
    one = data(ask("GET", f"/receipts/{first.id}"))
    assert (one["number"], one["total_cents"], one["change_cents"]) == (first.number, 605, 395)
    assert [line["amount_cents"] for line in one["lines"]] == [240, 340, 25]
    assert sum(row["gross_cents"] for row in one["vat"]) == one["total_cents"]
    assert one["payments"] == [{"kind": "Bar", "name": "", "cents": 605}]
    assert one["tse"]["signature"] == first.tse_signature
    assert client.get(one["page"]).status_code == 200
    assert "Jana" not in str(one)

    def found(query: str) -> list[int]:
        return [receipt["number"] for receipt in data(ask("GET", f"/receipts?{query}"))["items"]]

    assert found("") == [first.number, second.number]
    assert found(f"number={second.number}") == [second.number]
    assert found("day=2026-11-24&limit=1") == [first.number]
    assert found("day=2026-11-25") == []
    assert found("since=2026-11-24T08:00:00Z") == [second.number]
    assert found("before=2026-11-24T08:00Z") == [first.number]
    assert data(ask("GET", f"/receipts/{'0' * 32}"), 404)["code"] == "not_found"


def test_closings_and_figures_are_those_of_the_books(ask: Any, till: Till) -> None:
    from smartecr.register.books import closing

    ring(till, ESPRESSO, ESPRESSO)
    pay_cash(till)
    running = data(ask("GET", "/closings/current"))
    assert (running["z_number"], running["totals"]["turnover_cents"], running["expected_cents"]) == (1, 480, 480)
    closed = closing.close_day(till, OWNER, till.new_id(), None)
    (one,) = data(ask("GET", "/closings"))["items"]
    assert one == data(ask("GET", f"/closings/{closed.id}"))
    assert (one["totals"], one["counted_cents"]) == (running["totals"], None)
    ring(till, JUICE)
    pay_cash(till)
    figures = data(ask("GET", "/figures?first=2026-11-24&last=2026-11-24"))
    assert (figures["total"]["revenue_cents"], figures["total"]["receipts"]) == (820, 2)
    assert [(day["business_day"], day["revenue_cents"]) for day in figures["days"]] == [("2026-11-24", 820)]
    sold = data(ask("GET", "/figures/articles?first=2026-11-24&last=2026-11-24"))["items"]
    assert [(row["article_id"], row["quantity"], row["revenue_cents"]) for row in sold] == [
        (ESPRESSO, 2000, 480), (JUICE, 1000, 340),
    ]  # fmt: skip
    assert "Jana" not in str([one, figures])


def test_a_customer_is_enrolled_with_consent_changed_told_and_forgotten(ask: Any, till: Till) -> None:
    from smartecr.register.books.verify import examine
    from smartecr.register.regulars import guests
    from smartecr.sql import fetch

    consent = data(ask("GET", "/customers/consent"))["version"]
    person = {"name": "Anna Müller", "phone": "0171 2345678"}
    assert data(ask("POST", "/customers", {**person, "consent": "2019-01"}), 422)["errors"][0]["pointer"] == "/consent"
    assert data(ask("POST", "/customers", person), 422)["errors"][0]["pointer"] == "/consent"
    made = data(ask("POST", "/customers", {**person, "consent": consent}), 201)
    assert guests.by_code(made["card"]).name == "Anna Müller"
    path = f"/customers/{made['id']}"
    assert [one["id"] for one in data(ask("GET", "/customers?q=anna mueller"))["items"]] == [made["id"]]
    read = ask("GET", path)
    wrong = ask("PATCH", path, {"mail": "nowhere"}, If_Match=read.headers["ETag"])
    assert [one["pointer"] for one in data(wrong, 422)["errors"]] == ["/mail"]
    data(ask("PATCH", path, {"mail": "anna@example.org"}, If_Match=read.headers["ETag"]))
    data(ask("PATCH", path, {"mail": "other@example.org"}, If_Match=read.headers["ETag"]), 412)
    whole = data(ask("GET", path))
    assert (whole["name"], whole["phone"], whole["mail"]) == ("Anna Müller", "0171 2345678", "anna@example.org")
    told = data(ask("GET", f"{path}/report"))
    assert told["person"]["mail"] == "anna@example.org"
    assert told["consents"][0]["version"] == consent
    assert data(ask("DELETE", path, key="bye")) == {**made, "card": ""}
    assert data(ask("DELETE", path, key="bye"))["card"] == ""
    assert data(ask("GET", path), 404)
    assert data(ask("GET", "/customers"))["items"] == []
    kept = str([*fetch("SELECT * FROM api_answer"), *fetch("SELECT * FROM register_journal")])
    assert not {"Anna", "0171", "anna@example"} & {word for word in ("Anna", "0171", "anna@example") if word in kept}
    assert examine().findings == []


def test_customers_come_in_pages(ask: Any, till: Till) -> None:
    from smartecr.register.regulars import guests

    ids = [guests.save(till, CASHIER, till.new_id(), {"name": f"Gast {place}"}).id for place in range(3)]
    first = data(ask("GET", "/customers?limit=2"))
    second = data(ask("GET", f"/customers?limit=2&cursor={first['next']}"))
    assert [one["id"] for one in first["items"] + second["items"]] == sorted(ids)
    assert second["next"] is None


def test_stock_is_booked_counted_and_read(ask: Any, till: Till) -> None:
    from smartecr.register.books.verify import examine

    data(ask("PATCH", f"/articles/{JUICE}", {"stocked": True, "stock_min": 6000}, If_Match="*"))
    came = {"kind": "in", "rows": [{"article_id": JUICE, "quantity": 5000}, {"article_id": JUICE, "quantity": 3000}]}
    booked = data(ask("POST", "/stock/moves", came, key="lorry"), 201)
    assert booked["rows"] == [{"article_id": JUICE, "quantity": 8000}]
    assert data(ask("POST", "/stock/moves", came, key="lorry"), 201) == booked
    ring(till, JUICE, JUICE)
    pay_cash(till)
    (lying,) = data(ask("GET", "/stock"))["items"]
    assert (lying["quantity"], lying["short"], lying["order"]) == (6000, True, 6000)
    broken = {"kind": "waste", "rows": [{"article_id": JUICE, "quantity": 1000}]}
    assert "Grund" in data(ask("POST", "/stock/moves", broken), 422)["detail"]
    row = {"article_id": JUICE, "seen": 8000, "counted": 5000}
    assert data(ask("POST", "/stock/counts", {"rows": [row]}), 201)["moved"] == [JUICE]
    counted = data(ask("POST", "/stock/counts", {"rows": [{**row, "seen": 6000}]}), 201)
    assert (counted["rows"], counted["moved"]) == ([{"article_id": JUICE, "quantity": 5000}], [])
    none = {"kind": "in", "rows": [{"article_id": ESPRESSO, "quantity": 1}]}
    assert "kein Bestand" in data(ask("POST", "/stock/moves", none), 422)["detail"]
    assert examine().findings == []
