"""What is remembered is made once, and does not grow without end."""

from __future__ import annotations

import pytest

from smartecr.core import remembered
from smartecr.core.remembered import Recent, Remembered


def test_what_is_remembered_is_made_once_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 3)
    made: list[int] = []

    def make(value: int) -> str:
        made.append(value)
        return str(value)

    texts = Remembered(make)
    assert "".join(texts[value] for value in (1, 1, 2, 3, 1, 4, 1)) == "1123141"
    assert made == [1, 2, 3, 4, 1]
    assert len(texts) == 2


def test_of_what_is_recent_the_newest_stay_in_the_order_they_first_came() -> None:
    kept: Recent[str, int] = Recent(3)
    for place, name in enumerate("abcadbe"):
        kept[name] = place
    assert kept == {"c": 2, "d": 4, "e": 6}
    assert list(kept) == ["c", "d", "e"]
