"""`smartecr history`: a past moment on the command line."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import pytest

from smartecr.register.cashdesk import cash
from smartecr.register.till import ZONE, Till
from smartecr.server.cmdline import command_history
from support.shop import ESPRESSO, MANAGER, Clock, pay_cash, ring


@pytest.fixture
def moment(till: Till, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> str:
    """A minute behind the opening float; a sale follows it."""
    monkeypatch.setattr(command_history, "open_books", lambda _folder, alone: nullcontext())
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 10000, "")
    clock.forward(minutes=2)
    at = f"{clock().astimezone(ZONE):%d.%m.%Y %H:%M}"
    clock.forward(minutes=2)
    ring(till, ESPRESSO)
    pay_cash(till)
    clock.forward(minutes=2)
    return at


def test_a_moment_in_words_and_as_json(moment: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_history.show(tmp_path, moment, "", "", as_json=False) == 0
    assert "Kassensoll: 100,00 €" in capsys.readouterr().out
    assert command_history.show(tmp_path, moment, "", "", as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["drawer_cents"] == 10000
    assert found["totals"]["turnover_cents"] == 0


def test_differences(moment: str, clock: Clock, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    later = f"{clock().astimezone(ZONE):%d.%m.%Y %H:%M}"
    assert command_history.show(tmp_path, moment, later, "", as_json=False) == 0
    assert "Kassensoll: 100,00 € → 102,40 €" in capsys.readouterr().out
    assert command_history.show(tmp_path, moment, later, "", as_json=True) == 0
    assert {"what": "drawer", "name": "", "before": 10000, "after": 10240} in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("at", "register", "said"),
    [
        ("gestern", "", "kein Zeitpunkt"),
        ("01.01.2020", "", "noch keine Kasse"),
        ("01.01.2020", "zzz", "(Kasse 1)"),
    ],
)
def test_what_cannot_be_shown(
    moment: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], at: str, register: str, said: str
) -> None:
    assert command_history.show(tmp_path, at, "", register, as_json=False) == 2
    assert said in capsys.readouterr().err


@pytest.mark.django_db
def test_a_folder_without_a_register_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_history, "open_books", lambda _folder, alone: nullcontext())
    assert command_history.show(tmp_path, "24.11.2026 12:00", "", "", as_json=False) == 2
    assert capsys.readouterr().err == "In diesem Ordner ist keine Kasse.\n"
