"""`smartecr export datev` and `export notification`: files, periods, refusals."""

from __future__ import annotations

import zipfile
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import pytest

from smartecr.register.books import closing, notice
from smartecr.register.errors import RegisterError
from smartecr.register.shop import masterdata, options
from smartecr.register.till import Till
from smartecr.server.cmdline import command_export_datev, command_export_notification
from smartecr.server.cmdline.period import Period
from smartecr.sql import fetch
from support.shop import CASHIER, ESPRESSO, MANAGER, OWNER, ROLL, Clock, pay_cash, ring

EVER = Period(None, None)
AGREED = {"consultant": 1001, "client": 7, "chart": "SKR04"}


@pytest.fixture(autouse=True)
def open_already(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (command_export_datev, command_export_notification):
        monkeypatch.setattr(module, "open_books", lambda _folder, alone: nullcontext())


def two_months(till: Till, clock: Clock) -> None:
    for _ in range(2):
        ring(till, ESPRESSO, ROLL)
        pay_cash(till)
        closing.close_day(till, MANAGER, till.new_id(), None)
        clock.forward(days=10)


def test_a_zip_with_a_batch_a_month(
    till: Till, clock: Clock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two_months(till, clock)
    assert command_export_datev.export(tmp_path, tmp_path / "a.zip", EVER, {}) == 2
    assert "Beraternummer und Mandantennummer fehlen" in capsys.readouterr().err
    options.save(till, OWNER, "datev", AGREED)
    target = tmp_path / "a.zip"
    assert command_export_datev.export(tmp_path, target, EVER, {}) == 0
    assert "2 Abschlüsse" in capsys.readouterr().out
    with zipfile.ZipFile(target) as archive:
        assert archive.namelist() == [
            "EXTF_Kasse_2026-11.csv", "EXTF_Kasse_2026-12.csv", "Kassenbuch_Kasse1_2026-11.csv",
            "Kassenbuch_Kasse1_2026-12.csv", "Protokoll.txt",
        ]  # fmt: skip
        assert ";1461;4400;" in archive.read("EXTF_Kasse_2026-11.csv").decode()
        assert "Verrechnungskonto 0,00 EUR" in archive.read("Protokoll.txt").decode()
        assert '+2,40;"Z 1";2411' in archive.read("Kassenbuch_Kasse1_2026-11.csv").decode()
    assert command_export_datev.export(tmp_path, target, EVER, {}) == 2
    assert "gibt es schon" in capsys.readouterr().err
    december = Period(date(2026, 12, 1), date(2026, 12, 31))
    assert command_export_datev.export(tmp_path, tmp_path / "b.zip", december, {"chart": "SKR03"}) == 0
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert len(archive.namelist()) == 3
        assert ";1361;8400;" in archive.read("EXTF_Kasse_2026-12.csv").decode()


def test_an_empty_or_backward_period_and_a_bad_number(
    till: Till, clock: Clock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two_months(till, clock)
    for period, given, say in (
        (Period(date(2027, 1, 1), None), AGREED, "keinen Kassenabschluss"),
        (Period(date(2027, 1, 1), date(2026, 1, 1)), AGREED, "Der Zeitraum ist leer"),
        (EVER, {**AGREED, "consultant": 5}, "Die Beraternummer liegt"),
    ):
        assert command_export_datev.export(tmp_path, tmp_path / "x.zip", period, given) == 2
        assert say in capsys.readouterr().err
    assert not list(tmp_path.glob("x.zip*"))


def test_the_notification_is_due_after_a_change_until_it_is_told(
    till: Till, clock: Clock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    assert notice.current(till.shop_id).due == date(2026, 12, 24)
    assert command_export_notification.export(tmp_path, tmp_path / "a.zip") == 1
    said = capsys.readouterr()
    assert "fällig bis 24.12.2026" in said.out
    assert "Zertifikat der TSE" in said.err
    options.save(till, OWNER, "notice", {"bsi_id": "0500-2023", "tse_kind": "1"})
    assert command_export_notification.export(tmp_path, tmp_path / "b.zip") == 0
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert b"<BSIID>0500-2023</BSIID>" in archive.read("Mitteilung_146a.xml")
        assert till.serial in archive.read("Mitteilung_146a.txt").decode()
    clock.forward(days=1)
    with pytest.raises(RegisterError):
        notice.sent(till, OWNER, till.new_id(), "2026-11-30")
    notice.sent(till, OWNER, till.new_id(), "2026-11-25", "et-123")
    assert notice.current(till.shop_id).due is None
    clock.forward(days=1)
    masterdata.save_register(till, OWNER, "Kasse am Fenster")
    assert notice.current(till.shop_id).due == date(2026, 12, 26)


def test_options_are_the_owners_and_journalled_with_the_old(till: Till) -> None:
    with pytest.raises(RegisterError) as right:
        options.save(till, CASHIER, "datev", AGREED)
    assert right.value.right == "staff"
    options.save(till, OWNER, "datev", AGREED)
    options.save(till, OWNER, "datev", AGREED)
    options.save(till, OWNER, "datev", {**AGREED, "chart": "SKR03"})
    bodies = [row["body"] for row in fetch("SELECT body FROM register_journal WHERE kind = 'options_saved'")]
    assert len(bodies) == 2
    assert "SKR04" in bodies[1]
    with pytest.raises(ValueError, match="other"):
        options.save(till, OWNER, "other", {})
