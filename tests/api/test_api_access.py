"""Who may ask what, how often, in which language; and what a programme's key does to the books."""

from __future__ import annotations

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


def test_who_writes_may_read(ask: Any, token: Any) -> None:
    assert ask("GET", "/articles", token=token("catalog:write")).status_code == 200


@pytest.mark.parametrize("text", ["", "secr_wrong", "ü" * 8, "x" * 5000])
def test_without_a_token_nothing_opens(text: str, ask: Any) -> None:
    answer = ask("GET", "/articles", token=text)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert orjson.loads(answer.content)["code"] == "token"


def test_a_token_ends_with_its_time_or_by_hand(ask: Any, token: Any, till: Till, clock: Clock) -> None:
    from smartecr.register import interface

    short, long = token(days=30, name="A"), token(days=90, name="B")
    clock.forward(days=31)
    assert [ask("GET", "/articles", token=text).status_code for text in (short, long)] == [401, 200]
    (key,) = [one.id for one in interface.tokens(till.shop_id) if one.name == "B"]
    for _twice in range(2):
        interface.revoke(till, OWNER, key)
    assert ask("GET", "/articles", token=long).status_code == 401


def test_of_a_token_only_a_hash_is_kept_and_its_last_use_is_known(ask: Any, token: Any, till: Till) -> None:
    from smartecr.register import interface
    from smartecr.sql import fetch
    from smartecr.web.api import access

    text = token()
    assert access.last_uses() == {}
    ask("GET", "/articles", token=text)
    assert access.last_uses() == {interface.tokens(till.shop_id)[0].id: till.now()}
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
    from smartecr.register.verify import examine
    from smartecr.web.api import writes

    before = Group.objects.count()
    with monkeypatch.context() as broken:
        broken.setattr(writes, "write", lambda *_: 1 / 0)
        assert ask("POST", "/groups", {"name": "Tee"}, key="one").status_code == 500
    assert Group.objects.count() == before
    assert ask("POST", "/groups", {"name": "Tee"}, key="one").status_code == 201
    assert (Group.objects.count(), examine().findings) == (before + 1, [])
