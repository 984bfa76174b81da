"""Answers are given again while the rollups stand, and found anew as soon as they change."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction

from smartecr.insights import answers, asking, keeping
from smartecr.insights.spans import around
from smartecr.register.books import closing
from smartecr.register.till import Till
from support.shop import ESPRESSO, OWNER, ROLL, pay_cash, ring

DAY = around(date(2026, 11, 24), "day")


def close(till: Till, *articles: str) -> None:
    ring(till, *articles)
    pay_cash(till)
    closing.close_day(till, OWNER, till.new_id(), None)


def revenue() -> int:
    return asking.hours(asking.Live(), DAY, "all")[""].revenue_cents


def test_each_closing_and_rebuild_is_another_state(till: Till) -> None:
    close(till, ESPRESSO)
    asked: list[int] = []

    def ask() -> int:
        return answers.kept(("question",), lambda: asked.append(1) or revenue())

    assert [ask(), ask()] == [240, 240]
    assert len(asked) == 1
    close(till, ROLL)
    assert ask() == 560
    keeping.rebuild()
    assert ask() == 560
    assert len(asked) == 3


def test_a_closing_that_did_not_happen_leaves_no_answer(till: Till) -> None:
    close(till, ESPRESSO)
    assert revenue() == 240
    with transaction.atomic():
        close(till, ROLL)
        assert revenue() == 560
        transaction.set_rollback(True)
    assert revenue() == 240


def test_few_answers_are_held(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_MOST", 3)
    close(till, ESPRESSO)
    for number in range(9):
        answers.kept((number,), lambda number=number: number)
    assert len(answers._held) == 3
    assert [answers.kept((8,), lambda: "anew"), answers.kept((1,), lambda: "anew")] == [8, "anew"]


def test_without_rollups_nothing_is_held(db: None) -> None:
    assert [answers.kept((1,), lambda: "one"), answers.kept((1,), lambda: "two")] == ["one", "two"]
