"""Who may ask what, how often, in which language; and what a programme's key does to the books."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from support.shop import ESPRESSO, OWNER, Clock

if TYPE_CHECKING:
    from smartecr.register.till import Till

pytestmark = pytest.mark.django_db

WHERE = {
    "catalog:read": "/articles",
    "receipts:read": "/receipts",
    "closings:read": "/closings/current",
    "figures:read": "/figures?first=2026-11-01&last=2026-11-24",
    "customers:read": "/customers",
    "stock:read": "/stock",
}


@pytest.mark.parametrize("scope", WHERE)
def test_a_scope_opens_its_own_matter_and_no_other(scope: str, ask: Any, token: Any) -> None:
    text = token(scope)
    assert {other: ask("GET", path, token=text).status_code for other, path in WHERE.items()} == {
        other: 200 if other == scope else 403 for other in WHERE
    }
    refused = ask("PATCH", f"/articles/{ESPRESSO}", {"price_cents": 1}, token=text, If_Match="*")
    assert refused.status_code == 403
    assert 'error="insufficient_scope", scope="catalog:write"' in refused.headers["WWW-Authenticate"]


SCOPE_OF = {
    "save_articles": "catalog:write", "list_groups": "catalog:read", "make_group": "catalog:write",
    "read_group": "catalog:read", "change_group": "catalog:write", "list_articles": "catalog:read",
    "make_article": "catalog:write", "read_article": "catalog:read", "change_article": "catalog:write",
    "find_barcode": "catalog:read", "list_prices": "catalog:read", "plan_price": "catalog:write",
    "end_price": "catalog:write", "list_receipts": "receipts:read", "read_receipt": "receipts:read",
    "current": "closings:read", "list_closings": "closings:read", "read_closing": "closings:read",
    "list_customers": "customers:read", "make_customer": "customers:write", "read_consent": "customers:read",
    "read_customer": "customers:read", "change_customer": "customers:write", "forget_customer": "customers:write",
    "report": "customers:read", "read_figures": "figures:read", "read_articles": "figures:read",
    "list_stock": "stock:read", "move_stock": "stock:write", "count_stock": "stock:write",
}  # fmt: skip
"""Every operation with its scope, written down a second time: a new one has to be thought of here as well."""


def test_each_operation_is_closed_to_every_token_without_its_scope(ask: Any, token: Any) -> None:
    """Asked for before anything else is looked at: neither key nor body nor the thing itself is there."""
    from smartecr.register.outside.interface import SCOPES
    from smartecr.web.api.openapi import description

    found = {}
    for path, operations in description()["paths"].items():
        for method, operation in operations.items():
            found[operation["operationId"]] = (method.upper(), re.sub(r"{\w+}", "0" * 32, path))
    assert set(found) == set(SCOPE_OF)
    tokens = {scope: token(scope) for scope in SCOPES}
    for name, (method, path) in found.items():
        opens = {SCOPE_OF[name], SCOPE_OF[name].replace(":read", ":write")}
        answers = {scope: ask(method, path, token=text).status_code for scope, text in tokens.items()}
        assert {scope for scope, status in answers.items() if status != 403} == opens & set(SCOPES), name
        assert ask(method, path, token="").status_code == 401, name


def test_who_writes_may_read(ask: Any, token: Any) -> None:
    assert ask("GET", "/articles", token=token("catalog:write")).status_code == 200


@pytest.mark.parametrize("text", ["", "secr_wrong", "ü" * 8, "x" * 5000])
def test_without_a_token_nothing_opens(text: str, ask: Any) -> None:
    answer = ask("GET", "/articles", token=text)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert orjson.loads(answer.content)["code"] == "token"


def test_a_token_ends_with_its_time_or_by_hand(ask: Any, token: Any, till: Till, clock: Clock) -> None:
    from smartecr.register.outside import interface

    short, long = token(days=30, name="A"), token(days=90, name="B")
    clock.forward(days=31)
    assert [ask("GET", "/articles", token=text).status_code for text in (short, long)] == [401, 200]
    (key,) = [one.id for one in interface.tokens(till.shop_id) if one.name == "B"]
    for _twice in range(2):
        interface.revoke(till, OWNER, key)
    assert ask("GET", "/articles", token=long).status_code == 401


def test_of_a_token_only_a_hash_is_kept_and_its_last_use_is_known(ask: Any, token: Any, till: Till) -> None:
    from smartecr.register.outside import interface
    from smartecr.sql import fetch

    used = "SELECT token_id, at FROM api_token_use"
    text = token()
    assert fetch(used) == []
    ask("GET", "/articles", token=text)
    assert fetch(used) == [{"token_id": interface.tokens(till.shop_id)[0].id, "at": till.now()}]
    kept = [*fetch("SELECT * FROM register_journal"), *fetch("SELECT * FROM register_api_token")]
    assert text not in str(kept)
    assert interface.hash_of(text) in str(kept)


def test_too_many_requests_are_told_when_to_come_again(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from smartecr.web.api import access
    from smartecr.web.api.limits import Limiter

    seconds = [0.0]
    monkeypatch.setattr(access, "limiter", Limiter(0.5, 2, lambda: seconds[0]))
    assert [ask("GET", "/articles").status_code for _ in range(3)] == [200, 200, 429]
    answer = ask("GET", "/articles")
    assert answer.headers["Retry-After"] == "2"
    seconds[0] += 2
    assert ask("GET", "/articles").status_code == 200


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("de", "Das gibt es hier nicht."),
        ("en-GB, de;q=0.5", "There is no such thing here."),
        ("fr", "Das gibt es hier nicht."),
    ],
)
def test_refusals_speak_the_callers_language(language: str, title: str, ask: Any) -> None:
    answer = ask("GET", "/articles/nothing", Accept_Language=language)
    assert orjson.loads(answer.content)["title"] == title
    assert answer.headers["Content-Language"] == language[:2].replace("fr", "de")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("PUT", "/articles", 405, "method"),
        ("GET", "/articles?grop_id=1", 422, "invalid"),
        ("GET", "/articles?cursor=AAAA", 422, "invalid"),
        ("GET", "/figures?first=2026-02-30&last=2026-03-01", 422, "invalid"),
        ("GET", "/figures?first=2026-03-02&last=2026-03-01", 422, "invalid"),
    ],
)
def test_what_cannot_be_answered_says_why(ask: Any, method: str, path: str, status: int, code: str) -> None:
    problem = orjson.loads(ask(method, path).content)
    assert (problem["status"], problem["code"]) == (status, code)


def test_a_body_that_is_no_json_is_refused(client: Any, token: Any) -> None:
    head = {"Authorization": f"Bearer {token()}", "Idempotency-Key": "1"}
    answers = [
        client.generic("POST", "/api/v1/groups", body, content_type=kind, headers=head)
        for body, kind in (("{", "application/json"), ("name=Tee", "application/x-www-form-urlencoded"))
    ]
    assert [answer.status_code for answer in answers] == [400, 415]


def test_a_body_that_is_too_large_is_refused_before_it_is_read(ask: Any) -> None:
    answer = ask("POST", "/articles/bulk", {"articles": [{"number": "1", "name": "x" * 3_000_000}]})
    assert (answer.status_code, orjson.loads(answer.content)["code"]) == (413, "too_large")


def test_a_fault_of_ours_is_a_problem_too(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from smartecr.web.api import catalog

    monkeypatch.setattr(catalog, "fetch", lambda *_: 1 / 0)
    answer = ask("GET", "/articles")
    assert (answer.status_code, orjson.loads(answer.content)["code"]) == (500, "fault")


def test_the_same_key_does_the_same_thing_once(ask: Any, till: Till) -> None:
    from smartecr.catalog.models import Group

    before = Group.objects.count()
    first = ask("POST", "/groups", {"name": "Tee"}, key="one")
    again = ask("POST", "/groups", {"name": "Tee"}, key="one")
    assert (again.status_code, again.content, again.headers["ETag"]) == (201, first.content, first.headers["ETag"])
    assert again.headers["Idempotency-Replayed"] == "true"
    other = ask("POST", "/groups", {"name": "Kakao"}, key="one")
    assert (other.status_code, orjson.loads(other.content)["code"]) == (422, "key_reused")
    assert Group.objects.count() == before + 1
    version = ask("GET", f"/articles/{ESPRESSO}").headers["ETag"]
    changes = [
        ask("PATCH", f"/articles/{ESPRESSO}", {"price_cents": 250}, key="two", If_Match=version) for _ in range(2)
    ]
    assert [change.status_code for change in changes] == [200, 200], "although the version is no longer that one"


def test_a_key_is_the_tokens_own_needed_and_forgotten_after_a_week(ask: Any, token: Any, clock: Clock) -> None:
    from smartecr.catalog.models import Group

    before = Group.objects.count()
    for text in (token(), token()):
        assert ask("POST", "/groups", {"name": "Tee"}, key="one", token=text).status_code == 201
    clock.forward(days=8)
    assert ask("POST", "/groups", {"name": "Tee"}, key="one", token=text).status_code == 201
    assert Group.objects.count() == before + 3
    answer = ask("POST", "/groups", {"name": "Tee"}, key="ü")
    assert (answer.status_code, orjson.loads(answer.content)["code"]) == (400, "idempotency_key")


def test_a_refusal_uses_no_key_up(ask: Any) -> None:
    number = {"number": "4", "name": "x", "group_id": f"{0xC0:032x}"}
    assert ask("POST", "/articles", number, key="one").status_code == 422
    assert ask("POST", "/articles", {**number, "number": "44"}, key="one").status_code == 201


def test_an_answer_is_kept_with_what_was_done_or_neither(ask: Any, monkeypatch: pytest.MonkeyPatch, till: Till) -> None:
    from smartecr.catalog.models import Group
    from smartecr.register.books.verify import examine
    from smartecr.web.api import writes

    before = Group.objects.count()
    with monkeypatch.context() as broken:
        broken.setattr(writes, "write", lambda *_: 1 / 0)
        assert ask("POST", "/groups", {"name": "Tee"}, key="one").status_code == 500
    assert Group.objects.count() == before
    assert ask("POST", "/groups", {"name": "Tee"}, key="one").status_code == 201
    assert (Group.objects.count(), examine().findings) == (before + 1, [])
