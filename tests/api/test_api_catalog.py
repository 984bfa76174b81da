"""The catalogue over the interface: read in pages, changed once, never over somebody else's change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from support.shop import COFFEE, ESPRESSO, JUICE, JUICE_CODE, Clock

if TYPE_CHECKING:
    from django.http import HttpResponse

    from smartecr.register.till import Till

pytestmark = pytest.mark.django_db


def data(answer: HttpResponse, status: int = 200) -> Any:
    """Return what was answered, with the status it must have."""
    assert answer.status_code == status, answer.content
    return orjson.loads(answer.content)


def test_all_articles_come_in_pages_each_once(ask: Any) -> None:
    whole = data(ask("GET", "/articles?limit=200"))
    assert whole["next"] is None
    found, cursor = [], ""
    while cursor is not None:
        page = data(ask("GET", f"/articles?limit=2&cursor={cursor}"))
        assert len(page["items"]) <= 2
        found += page["items"]
        cursor = page["next"]
    assert found == whole["items"]
    assert {one["number"] for one in found} == set("123456789")


@pytest.mark.parametrize(
    ("query", "numbers"),
    [("number=4", "4"), (f"group_id={COFFEE}", "13"), ("active=no", ""), ("active=all&number=4", "4")],
)
def test_articles_are_narrowed_down(ask: Any, query: str, numbers: str) -> None:
    assert "".join(one["number"] for one in data(ask("GET", f"/articles?{query}"))["items"]) == numbers


def test_a_search_forgives_slips_and_comes_in_pages(ask: Any) -> None:
    assert [one["number"] for one in data(ask("GET", "/articles?q=esspreso"))["items"]] == ["1"]
    assert [one["number"] for one in data(ask("GET", f"/articles?q={JUICE_CODE}"))["items"]] == ["4"]
    assert data(ask("GET", "/articles?q=Zitronenfalter")) == {"items": [], "next": None}
    for count in range(5):
        data(ask("POST", "/articles", {"number": f"8{count}", "name": f"Tee {count}", "group_id": COFFEE}), 201)
    whole = [one["number"] for one in data(ask("GET", "/articles?q=tee"))["items"]]
    found, cursor = [], ""
    while cursor is not None:
        page = data(ask("GET", f"/articles?q=tee&limit=2&cursor={cursor}"))
        found += [one["number"] for one in page["items"]]
        cursor = page["next"]
    assert found == whole
    assert len(found) == 5
    assert data(ask("GET", "/articles?q=tee&active=all"), 422)["errors"][0]["pointer"] == "?q"


def test_many_articles_are_saved_at_once(ask: Any, till: Till) -> None:
    from smartecr.register.models import Journal

    wanted = {"articles": [
        {"number": "1", "price_cents": 260},
        {"number": "4", "name": "Apfelschorle 0,33 l", "barcodes": [{"code": JUICE_CODE}]},
        {"number": "N-1", "name": "Chai", "group_id": COFFEE, "price_cents": 390, "barcodes": [{"code": "96385074"}]},
    ]}  # fmt: skip
    ask("GET", "/articles")
    facts = Journal.objects.count()
    answer = data(ask("POST", "/articles/bulk", wanted, key="bulk-1"))
    assert [one["result"] for one in answer["articles"]] == ["changed", "unchanged", "created"]
    assert Journal.objects.count() == facts + 1
    assert data(ask("POST", "/articles/bulk", wanted, key="bulk-1")) == answer
    again = data(ask("POST", "/articles/bulk", wanted))
    assert {one["result"] for one in again["articles"]} == {"unchanged"}
    assert Journal.objects.count() == facts + 1
    assert data(ask("GET", "/barcodes/96385074"))["article"]["number"] == "N-1"
    assert data(ask("GET", f"/articles/{ESPRESSO}"))["name"] == "Espresso"


def test_of_many_articles_each_that_does_not_fit_is_named_and_none_is_saved(ask: Any, till: Till) -> None:
    from smartecr.register.models import Journal

    ask("GET", "/articles")
    facts = Journal.objects.count()
    fine = {"number": "N-1", "name": "Chai", "group_id": COFFEE}
    pointers = [
        ([fine, {"number": "N-2", "name": "Tee"}, {"number": "1", "price_cents": -1}],
         ["/articles/1/group_id", "/articles/2/price_cents"]),
        ([fine, {**fine, "name": "Noch ein Chai"}], ["/articles/1/number"]),
        ([fine, {**fine, "number": "N-2", "group_id": "f" * 32}, {"number": "1", "barcodes": [{"code": JUICE_CODE}]}],
         ["/articles/1/group_id", "/articles/2/barcodes"]),
        ([{**fine, "barcodes": [{"code": "96385074"}]}, {"number": "1", "barcodes": [{"code": "96385074"}]}],
         ["/articles/1/barcodes"]),
        ([fine, {"number": "1", "price": 1}], ["/articles/1/price"]),
        ([], ["/articles"]),
        ([{"number": str(n)} for n in range(501)], ["/articles"]),
    ]  # fmt: skip
    for wanted, where in pointers:
        problem = data(ask("POST", "/articles/bulk", {"articles": wanted}), 422)
        assert [one["pointer"] for one in problem["errors"]] == where
    assert Journal.objects.count() == facts


def test_a_code_finds_its_article(ask: Any) -> None:
    found = data(ask("GET", f"/barcodes/{JUICE_CODE}"))
    assert (found["article"]["id"], found["quantity"]) == (JUICE, 1000)
    assert data(ask("GET", "/barcodes/4099999999999"), 404)["code"] == "not_found"


def test_an_article_is_made_and_changed_and_stands_in_the_journal_under_the_tokens_name(ask: Any, till: Till) -> None:
    from smartecr.register.books import history
    from smartecr.register.books.verify import examine

    new = {"number": "77", "name": "Chai", "group_id": COFFEE, "price_cents": 390, "prices": {"2": 350},
           "barcodes": [{"code": "4006381333931", "quantity": 1000}]}  # fmt: skip
    answer = ask("POST", "/articles", new)
    made = data(answer, 201)
    assert answer.headers["Location"] == f"/api/v1/articles/{made['id']}"
    read = ask("GET", f"/articles/{made['id']}")
    assert (data(read), read.headers["ETag"]) == (made, answer.headers["ETag"])
    changed = ask(
        "PATCH", f"/articles/{made['id']}", {"price_cents": 420, "barcodes": []}, If_Match=read.headers["ETag"]
    )
    assert data(changed) == {**made, "price_cents": 420, "barcodes": []}
    change = next(one for one in history.changes(till) if one.table == "catalog_article")
    assert (change.person_name, change.old, change.new) == (
        "Schnittstelle: Webshop", {"price_cents": 390}, {"price_cents": 420},
    )  # fmt: skip
    assert examine().findings == []


def test_a_unit_price_follows_from_content_and_the_price_of_now(ask: Any, clock: Clock) -> None:
    juice = data(ask("PATCH", f"/articles/{JUICE}", {"content": 330, "content_unit": "l"}, If_Match="*"))
    assert (juice["content"], juice["content_unit"]) == (330, "l")
    assert juice["unit_price"] == {"cents": 1030, "unit": "l"}
    offer = {"cents": 299, "begins": "2026-11-23T08:00:00Z", "ends": "2027-12-31T08:00:00Z"}
    data(ask("POST", f"/articles/{JUICE}/prices", offer), 201)
    assert data(ask("GET", f"/articles/{JUICE}"))["unit_price"] == {"cents": 906, "unit": "l"}
    assert data(ask("GET", f"/articles/{ESPRESSO}"))["unit_price"] is None
    half = data(ask("PATCH", f"/articles/{ESPRESSO}", {"content": 30}, If_Match="*"), 422)
    assert half["errors"][0]["pointer"] == "/content"


def test_a_group_is_made_changed_and_retired(ask: Any) -> None:
    made = data(ask("POST", "/groups", {"name": "Tee", "vat_key_in": 1, "vat_key_out": 2}), 201)
    path = f"/groups/{made['id']}"
    assert data(ask("PATCH", path, {"active": False}, If_Match="*")) == {**made, "active": False}
    assert made["id"] not in {one["id"] for one in data(ask("GET", "/groups"))["items"]}


def test_what_is_still_known_is_not_sent_again(ask: Any) -> None:
    version = ask("GET", f"/articles/{ESPRESSO}").headers["ETag"]
    answer = ask("GET", f"/articles/{ESPRESSO}", If_None_Match=version)
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(("if_match", "status"), [("", 428), ('"old"', 412)])
def test_nobody_changes_what_he_has_not_seen(ask: Any, if_match: str, status: int) -> None:
    before = data(ask("GET", f"/articles/{ESPRESSO}"))
    headers = {"If_Match": if_match} if if_match else {}
    assert data(ask("PATCH", f"/articles/{ESPRESSO}", {"price_cents": 1}, **headers), status)["status"] == status
    assert data(ask("GET", f"/articles/{ESPRESSO}")) == before


def test_a_change_that_says_no_etag_is_refused_whatever_its_key(ask: Any) -> None:
    data(ask("PATCH", f"/articles/{ESPRESSO}", {"price_cents": 250}, key="again", If_Match="*"))
    assert data(ask("PATCH", f"/articles/{ESPRESSO}", {"price_cents": 260}, key="again"), 428)["code"] == "if_match"


def test_a_change_in_between_is_noticed(ask: Any, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody at the office changes the price after the programme's request was read and before it is written."""
    from smartecr.register.shop import masterdata
    from smartecr.web.api import catalog
    from support.shop import OWNER, article_row

    saved = catalog._save

    def later(request: Any, rows: Any) -> None:
        from smartecr.register import ledger

        with ledger.beside(lambda: None, lambda: None):
            masterdata.save_articles(till, OWNER, [article_row(ESPRESSO, "1", "Espresso", COFFEE, 250)])
        saved(request, rows)

    monkeypatch.setattr(catalog, "_save", later)
    assert data(ask("PATCH", f"/articles/{ESPRESSO}", {"price_cents": 1}, If_Match="*"), 412)["code"] == "changed"
    assert data(ask("GET", f"/articles/{ESPRESSO}"))["price_cents"] == 250


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"number": "4", "name": "Zweiter", "group_id": COFFEE}, "/number"),
        ({"number": "99", "name": "x", "group_id": "f" * 32}, "/group_id"),
        ({"number": "99", "name": "x", "group_id": COFFEE, "barcodes": [{"code": JUICE_CODE}]}, "/code"),
        ({"number": "99", "name": "x", "group_id": COFFEE, "price_cents": "390"}, "/price_cents"),
        ({"number": "99", "name": "x", "group_id": COFFEE, "price_cents": -1}, "/price_cents"),
        ({"number": "99", "name": "x", "group_id": COFFEE, "colour": "red"}, "/colour"),
        ({"number": "99", "group_id": COFFEE}, "/name"),
        ({"number": "99", "name": "x", "group_id": COFFEE, "barcodes": [{"code": "1", "quantity": 0}]},
         "/barcodes/0/quantity"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(ask: Any, body: dict[str, Any], pointer: str) -> None:
    answer = ask("POST", "/articles", body)
    problem = data(answer, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [one["pointer"] for one in problem["errors"]] == [pointer]
    assert len(data(ask("GET", "/articles"))["items"]) == 9


def test_what_an_article_costs_the_shop_is_told_to_those_who_keep_it(ask: Any, token: Any) -> None:
    data(ask("PATCH", f"/articles/{ESPRESSO}", {"cost_cents": 40}, If_Match="*"))
    assert data(ask("GET", f"/articles/{ESPRESSO}"))["cost_cents"] == 40
    assert data(ask("GET", f"/articles/{ESPRESSO}", token=token("catalog:read")))["cost_cents"] is None


def test_a_price_is_planned_begins_by_the_clock_and_ends(ask: Any, clock: Clock, till: Till) -> None:
    from smartecr.register.shop import pricedates

    path = f"/articles/{ESPRESSO}/prices"
    offer = {"cents": 190, "begins": "2026-11-24T10:00Z", "ends": "2026-11-24T12:00:00Z"}
    planned = data(ask("POST", path, offer), 201)
    assert (planned["level"], planned["begins"], planned["begun"]) == (1, "2026-11-24T10:00:00.000Z", False)
    assert data(ask("GET", path))["items"] == [planned]
    clock.forward(hours=3)
    pricedates.look(till)
    assert data(ask("GET", f"/articles/{ESPRESSO}"))["offers"] == {"1": 190}
    assert data(ask("DELETE", f"{path}/{planned['id']}", key="end")) == {"id": planned["id"]}
    assert data(ask("DELETE", f"{path}/{planned['id']}", key="end")) == {"id": planned["id"]}
    assert data(ask("GET", f"/articles/{ESPRESSO}"))["offers"] == {}
    assert data(ask("DELETE", f"{path}/{planned['id']}"), 409)["code"] == "conflict"
    later = data(ask("POST", path, {"cents": 260, "begins": "2027-01-01T00:00:00Z"}), 201)
    data(ask("DELETE", f"{path}/{later['id']}"))
    data(ask("DELETE", f"{path}/{later['id']}"), 404)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"cents": 1, "begins": "2026-13-24T10:00Z"}, "/begins"),
        ({"cents": 1, "begins": "tomorrow"}, "/begins"),
        ({"cents": 1, "begins": "2026-11-25T10:00Z", "ends": "2026-11-25T09:00Z"}, "/ends"),
        ({"cents": -1, "begins": "2026-11-25T10:00Z"}, "/price_cents"),
        ({"cents": 1, "level": 10, "begins": "2026-11-25T10:00Z"}, "/level"),
    ],
)
def test_a_price_that_cannot_be_is_refused(ask: Any, body: dict[str, Any], pointer: str) -> None:
    problem = data(ask("POST", f"/articles/{ESPRESSO}/prices", body), 422)
    assert [one["pointer"] for one in problem["errors"]] == [pointer]
