"""`smartecr export tse`: the whole TSE or some days of it, checked as it is written; nothing half-made stays."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from smartecr.server import cli
from smartecr.server.cmdline import command_export_tse
from smartecr.server.owner import Ownership
from smartecr.tse.api import Selection
from smartecr.tse.checking import scan
from smartecr.tse.credentials import Role
from smartecr.tse.drivers.cryptovision import CryptovisionTse
from smartecr.tse.drivers.cryptovision.twin import plug
from smartecr.tse.virtual import VirtualTse, open_demo, pin_of
from support.servers import run_cli
from support.tse_secrets import SECRETS, write_secrets

CLIENT = "SECR-1"
NIGHT = 1_795_474_799  # 23.11.2026 23:59:59 in Berlin


class Days:
    """The clock of a shop that sold a second before midnight, then at midnight."""

    now = NIGHT

    def __call__(self) -> float:
        return self.now


def sell(tse: VirtualTse, client: str) -> None:
    number = tse.start_transaction(client).transaction_number
    tse.finish_transaction(client, number, b"Beleg^1.00_0.00_0.00_0.00_0.00^1.00:Bar", "Kassenbeleg-V1")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A data folder whose TSE signed one sale on each of two days, and one of another register."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "register.json").write_text(json.dumps({"serial": CLIENT}), encoding="utf-8")
    clock = Days()
    with closing(open_demo(folder / "tse", clock, CLIENT)) as tse:
        sell(tse, CLIENT)
        clock.now += 1
        sell(tse, CLIENT)
        tse.authenticate_user(Role.ADMIN, pin_of(Role.ADMIN))
        tse.register_client("OTHER")
        sell(tse, "OTHER")
    return folder


def export(folder: Path, out: Path, *arguments: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMARTECR_DATA", str(folder))
        return cli.main(["export", "tse", "--out", str(out), *arguments])


def numbers(file: Path) -> tuple[int, bool]:
    report = scan.check_export([file], complete=False)
    return report.transaction, report.ok


@pytest.mark.parametrize(
    ("arguments", "transactions"),
    [
        ([], 6),
        (["--client"], 4),
        (["--to", "2026-11-23"], 2),
        (["--from", "2026-11-24"], 4),
        (["--from", "2026-11-23", "--to", "2026-11-24"], 6),
    ],
    ids=["all", "own", "first", "second", "both"],
)
def test_days_are_those_of_the_shop(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], transactions: int
) -> None:
    out = tmp_path / "out.tar"
    assert export(shop, out, *arguments) == 0
    assert numbers(out) == (transactions, True)
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2
    assert "Keine Fehler. 0 Fehler" in said[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out.tar"]


def test_a_running_register_keeps_its_tse(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Ownership(shop):
        assert export(shop, tmp_path / "out.tar") == 2
    assert "bitte zuerst beenden, dann exportieren" in capsys.readouterr().err
    assert not (tmp_path / "out.tar").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "2027-01-01"], "Kein Export: Keine Daten in der TSE dazu"),
        (["--from", "2026-11-24", "--to", "2026-11-23"], "Der Zeitraum ist leer"),
    ],
)
def test_nothing_to_export_is_told(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert export(shop, tmp_path / "out.tar", *arguments) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_an_earlier_export_is_kept(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.tar"
    out.write_text("earlier")
    assert export(shop, out) == 2
    assert out.read_text() == "earlier"
    assert "gibt es schon" in capsys.readouterr().err


def test_no_shop_and_no_place_are_told(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(tmp_path / "none", tmp_path / "out.tar") == 2
    assert "liegt kein Laden" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
    assert export(shop, tmp_path / "missing" / "out.tar") == 2
    assert "ist nicht zu schreiben" in capsys.readouterr().err


def test_a_wrong_setting_is_told(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMARTECR_TSE", "nonsense")
    assert export(shop, tmp_path / "out.tar") == 2
    assert "SMARTECR_TSE: 'nonsense' ist keine TSE" in capsys.readouterr().err


def test_an_export_that_does_not_hold_is_said_to(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write = command_export_tse._write

    def damaged(folder: Path, out: Path, client: str, selection: Selection) -> object:
        receipt = write(folder, out, client, selection)
        out.write_bytes(out.read_bytes().replace(b"^1.00:Bar", b"^2.00:Bar"))
        return receipt

    monkeypatch.setattr(command_export_tse, "_write", damaged)
    assert export(shop, tmp_path / "out.tar") == 1
    assert "Nicht in Ordnung." in capsys.readouterr().out


def test_a_card_is_exported_too(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = tmp_path / "slot"
    volume = plug(slot, tmp_path / "card", Days())
    try:
        with closing(CryptovisionTse.at(slot, clock=Days())) as card:
            card.initialize(SECRETS, CLIENT)
            number = card.start_transaction(CLIENT).transaction_number
            card.finish_transaction(CLIENT, number, b"", "SonstigerVorgang")
        write_secrets(shop)
        monkeypatch.setenv("SMARTECR_TSE", f"cryptovision:{slot}")
        assert export(shop, tmp_path / "card.tar") == 0
        assert numbers(tmp_path / "card.tar") == (2, True)
    finally:
        volume.pull()


@pytest.mark.slow
def test_the_demo_shop_is_exported_and_verified(tmp_path: Path) -> None:
    folder, out = tmp_path / "data", tmp_path / "tse.tar"
    assert run_cli(folder, "demo", "--days", "1").returncode == 0
    done = run_cli(folder, "export", "tse", "--out", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    verified = run_cli(folder, "verify", "tse", "--complete", "--json", str(out))
    assert verified.returncode == 0
    report = json.loads(verified.stdout)
    assert report["messages"] > 100
    assert report["signatures_valid"] == report["messages"]
    assert (report["counter_first"], report["missing_counters"], report["open_transactions"]) == (1, [], [])
