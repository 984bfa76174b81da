"""The print queue: nothing lost, nothing twice, whatever happens to paper, power or this program."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from smartecr.printer import drawer, escpos, links, spool
from smartecr.printer.document import Note, ReportDocument
from smartecr.printer.posprinter import PosPrinter
from smartecr.printer.profile import PROFILES, Profile
from smartecr.printer.spool import Job, Spool, SpoolError
from smartecr.printer.status import Problem
from smartecr.printer.twinport import TwinPort
from smartecr.printer.virtual import VirtualPrinter

PROFILE = PROFILES["virtual-58"]


@pytest.fixture(autouse=True)
def _quick(quick_paper: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "LOOK_SECONDS", 0.05)


def render(job: Job, profile: Profile) -> bytes:
    if job.what.get("broken"):
        raise LookupError
    lines = tuple(Note(f"Bon {job.what['text']} Zeile {number}") for number in range(10))
    return escpos.render(ReportDocument(title="", blocks=lines), profile, job.mark)


class Shop:
    """A spool with its printer; `restart` ends the program and begins it anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.twin = VirtualPrinter(PROFILE)
        self.server = TwinPort(self.twin)
        self.changes = 0
        self.start()

    def start(self) -> None:
        def changed() -> None:
            self.changes += 1

        self.spool = Spool(self.folder, PosPrinter(links.tcp("127.0.0.1", self.server.port), PROFILE), render, changed)

    def restart(self) -> None:
        self.spool.close()
        self.start()

    def texts(self) -> list[str]:
        return [sheet.text().split(" Zeile", 1)[0].strip() for sheet in self.twin.sheets]

    def close(self) -> None:
        self.spool.close()
        self.server.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "spool")
    yield made
    made.close()


def eventually(holds: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def test_jobs_come_out_in_order_and_once(shop: Shop) -> None:
    for number in range(5):
        shop.spool.add(f"{number:032x}", {"text": number})
        shop.spool.add(f"{number:032x}", {"text": number})
    eventually(lambda: not shop.spool.jobs())
    assert shop.texts() == [f"Bon {number}" for number in range(5)]
    assert list(shop.folder.iterdir()) == []
    assert shop.changes >= 5


@pytest.mark.parametrize("fault", ["paper_out", "cover_open"])
def test_a_job_waits_and_comes_out_by_itself(shop: Shop, fault: str) -> None:
    shop.twin.set(**{fault: True})
    shop.spool.add("a" * 32, {"text": "A"})
    eventually(lambda: shop.spool.problem == Problem(fault))
    (job,) = shop.spool.jobs()
    assert job.what == {"text": "A"}
    assert shop.twin.sheets == []
    shop.twin.set(**{fault: False})
    eventually(lambda: not shop.spool.jobs())
    assert shop.texts() == ["Bon A"]
    assert shop.spool.problem is None


def test_paper_that_ends_half_way(shop: Shop) -> None:
    shop.twin.lines_left = 4
    shop.spool.add("a" * 32, {"text": "A"})
    eventually(lambda: shop.spool.problem is Problem.PAPER_OUT)
    shop.twin.set(paper_out=False)
    eventually(lambda: not shop.spool.jobs())
    assert shop.texts() == ["Bon A"]
    assert shop.twin.sheets[0].text().count("Zeile") == 10


def test_a_power_cut_half_way_is_asked_not_repeated(shop: Shop) -> None:
    shop.twin.lines_left = 4
    shop.spool.add("a" * 32, {"text": "A"})
    shop.spool.add("b" * 32, {"text": "B"})
    eventually(lambda: shop.spool.problem is Problem.PAPER_OUT)
    shop.server.power(on=False)
    eventually(lambda: shop.spool.jobs()[0].state == "unknown")
    shop.twin.set(paper_out=False)
    shop.server.power(on=True)
    eventually(lambda: len(shop.spool.jobs()) == 1)
    assert [sheet.text().count("Bon B") for sheet in shop.twin.sheets] == [10]
    shop.restart()
    assert [(job.id, job.state) for job in shop.spool.jobs()] == [("a" * 32, "unknown")]
    shop.spool.drop("a" * 32)
    assert shop.spool.jobs() == []


def test_what_waits_survives_a_restart(shop: Shop) -> None:
    shop.twin.set(cover_open=True)
    shop.spool.add("a" * 32, {"text": "A"})
    eventually(lambda: shop.spool.problem is Problem.COVER_OPEN)
    shop.restart()
    shop.spool.add("b" * 32, {"text": "B"})
    shop.twin.set(cover_open=False)
    eventually(lambda: not shop.spool.jobs())
    assert shop.texts() == ["Bon A", "Bon B"]


def test_a_program_killed_while_sending_asks_afterwards(shop: Shop) -> None:
    shop.spool.close()
    job = {"id": "a" * 32, "number": 3, "what": {"text": "A"}, "state": "sending", "problem": None}
    (shop.folder / "0000000003.json").write_text(json.dumps(job))
    shop.start()
    shop.spool.add("b" * 32, {"text": "B"})
    eventually(lambda: len(shop.spool.jobs()) == 1)
    assert shop.spool.jobs()[0].state == "unknown"
    assert shop.texts() == ["Bon B"]


def test_closing_while_the_paper_is_out_does_not_wait_for_ever(shop: Shop) -> None:
    shop.twin.lines_left = 2
    shop.spool.add("a" * 32, {"text": "A"})
    eventually(lambda: shop.spool.problem is Problem.PAPER_OUT)
    begin = time.monotonic()
    shop.spool.close()
    assert time.monotonic() - begin < 60
    shop.start()
    assert shop.spool.jobs()[0].state == "unknown"


def test_a_full_disk_refuses_the_job(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SpoolError):
        shop.spool.add("a" * 32, {"text": "A"})
    assert shop.spool.jobs() == []
    monkeypatch.undo()
    shop.spool.add("a" * 32, {"text": "A"})
    eventually(lambda: shop.texts() == ["Bon A"])


def test_a_job_nobody_can_render_stops_nothing(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.spool.add("a" * 32, {"broken": True})
    shop.spool.add("b" * 32, {"text": "B"})
    eventually(lambda: shop.texts() == ["Bon B"])
    assert [(job.id, job.state) for job in shop.spool.jobs()] == [("a" * 32, "failed")]
    assert "cannot be rendered" in caplog.text
    shop.restart()
    assert [job.state for job in shop.spool.jobs()] == ["failed"]
    shop.spool.drop("a" * 32)
    assert shop.spool.jobs() == []


def test_what_cannot_be_read_now_is_printed_later(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = [SpoolError("books are locked")] * 3

    def locked(job: Job, profile: Profile) -> bytes:
        if busy:
            raise busy.pop()
        return render(job, profile)

    monkeypatch.setattr(shop.spool, "_render", locked)
    shop.spool.add("a" * 32, {"text": "A"})
    eventually(lambda: shop.texts() == ["Bon A"])
    assert busy == []


def test_a_held_job_says_why_and_writes_nothing_while_it_waits(shop: Shop) -> None:
    shop.twin.set(paper_out=True)
    shop.spool.add("a" * 32, {"text": "A"})
    eventually(lambda: [job.state for job in shop.spool.jobs()] == ["held"])
    assert shop.spool.jobs()[0].problem is Problem.PAPER_OUT
    written = [path.stat().st_mtime_ns for path in shop.folder.glob("*.json")]
    time.sleep(0.2)
    assert [path.stat().st_mtime_ns for path in shop.folder.glob("*.json")] == written


class Pair:
    """Two printers of which the second stands in for the first."""

    def __init__(self, folder: Path) -> None:
        self.second = Shop(folder / "second")
        self.first_twin = VirtualPrinter(PROFILE)
        self.first_server = TwinPort(self.first_twin)
        self.stood_in: list[str] = []
        self.first = Spool(
            folder / "first",
            PosPrinter(links.tcp("127.0.0.1", self.first_server.port), PROFILE),
            render,
            name="Küche",
        )
        self.first.helped_by(self.second.spool, lambda job, _to: self.stood_in.append(job.id))

    def close(self) -> None:
        self.first.close()
        self.first_server.close()
        self.second.close()


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    monkeypatch.setattr(spool, "PATIENCE_SECONDS", 0.1)
    made = Pair(tmp_path)
    yield made
    made.close()


def test_another_printer_stands_in(pair: Pair) -> None:
    pair.first_twin.set(paper_out=True)
    pair.first.add("a" * 32, {"text": "A"})
    eventually(lambda: pair.second.texts() == ["Bon A"])
    eventually(lambda: pair.first.jobs() == [])
    assert pair.stood_in == ["a" * 32]
    pair.first_twin.set(paper_out=False)
    pair.first.add("b" * 32, {"text": "B"})
    eventually(lambda: len(pair.first_twin.sheets) == 1)
    assert "Bon B" in pair.first_twin.sheets[0].text()
    assert pair.second.texts() == ["Bon A"]


def test_nobody_stands_in_who_cannot_print_either(pair: Pair) -> None:
    pair.first_twin.set(paper_out=True)
    pair.second.twin.set(cover_open=True)
    eventually(lambda: pair.second.spool.problem is Problem.COVER_OPEN)
    pair.first.add("a" * 32, {"text": "A"})
    eventually(lambda: [job.state for job in pair.first.jobs()] == ["held"])
    time.sleep(0.3)
    assert pair.second.spool.jobs() == []
    pair.first_twin.set(paper_out=False)
    eventually(lambda: len(pair.first_twin.sheets) == 1)


def test_a_hand_over_cut_in_the_middle_is_asked_not_repeated(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.first_twin.set(paper_out=True)
    monkeypatch.setattr(spool, "PATIENCE_SECONDS", 60)
    pair.first.add("a" * 32, {"text": "A"})
    eventually(lambda: [job.state for job in pair.first.jobs()] == ["held"])

    class Cut(BaseException):
        pass

    class Gone:
        def add(self, _job_id: str, _what: Any) -> None:
            raise Cut

    with pytest.raises(Cut):
        pair.first.hand_over("a" * 32, Gone(), {})  # type: ignore[arg-type]
    pair.first_twin.set(paper_out=False)
    time.sleep(0.2)
    assert [job.state for job in pair.first.jobs()] == ["unknown"]
    assert pair.first_twin.sheets == []


def test_a_hand_over_refused_by_the_disk_leaves_the_job(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.first_twin.set(paper_out=True)
    monkeypatch.setattr(spool, "PATIENCE_SECONDS", 60)
    pair.first.add("a" * 32, {"text": "A"})
    eventually(lambda: [job.state for job in pair.first.jobs()] == ["held"])

    class Full:
        def add(self, _job_id: str, _what: Any) -> None:
            raise SpoolError("full")

    with pytest.raises(SpoolError):
        pair.first.hand_over("a" * 32, Full(), {})  # type: ignore[arg-type]
    pair.first_twin.set(paper_out=False)
    eventually(lambda: len(pair.first_twin.sheets) == 1)


def test_how_the_printer_is_is_known_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.spool.close()
    monkeypatch.setattr(spool, "LOOK_SECONDS", 600)
    monkeypatch.setattr(spool, "LISTEN_SECONDS", 600)
    shop.start()
    eventually(lambda: shop.spool.ready)


def test_what_the_printer_tells_by_itself_is_heard_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    eventually(lambda: shop.spool.drawer_level is True)
    monkeypatch.setattr(spool, "LOOK_SECONDS", 60)
    shop.twin.open_drawer()
    eventually(lambda: shop.spool.drawer_level is False)
    shop.twin.set(paper_near_end=True)
    eventually(lambda: shop.spool.problem is Problem.PAPER_NEAR_END)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"id": 1}', '{"id":"x","number":1,"what":{},"state":"queued","problem":"odd"}']
)
def test_a_damaged_file_is_left_alone(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "0000000001.json").write_text(content)
    shop = Shop(folder)
    try:
        shop.spool.add("b" * 32, {"text": "B"})
        eventually(lambda: shop.texts() == ["Bon B"])
    finally:
        shop.close()
    assert (folder / "0000000001.json").read_text() == content


@pytest.mark.parametrize("lines_left", [0, 4], ids=["before a job", "in the middle of one"])
def test_the_drawer_opens_without_paper_and_not_again_with_the_new_roll(shop: Shop, lines_left: int) -> None:
    if lines_left:
        shop.twin.lines_left = lines_left
    else:
        shop.twin.set(paper_out=True)
    shop.spool.add("a" * 32, {"text": "A"})
    eventually(lambda: shop.spool.problem is Problem.PAPER_OUT)
    drawer.OnPrinter(shop.spool).kick()
    eventually(lambda: shop.twin.drawer_open)
    shop.twin.close_drawer()
    shop.twin.set(paper_out=False)
    eventually(lambda: not shop.spool.jobs())
    assert shop.texts() == ["Bon A"]
    assert not shop.twin.drawer_open


def test_the_drawer_goes_before_the_paper(shop: Shop) -> None:
    shop.twin.set(cover_open=True)
    shop.spool.add("a" * 32, {"text": "A"})
    eventually(lambda: shop.spool.problem is Problem.COVER_OPEN)
    shop.twin.set(cover_open=False)
    shop.spool.pulse(drawer.pulse())
    eventually(lambda: shop.twin.drawer_open)
    eventually(lambda: shop.spool.drawer_level is False)


def test_several_threads_may_print(shop: Shop) -> None:
    def add(start: int) -> None:
        for number in range(start, start + 10):
            shop.spool.add(f"{number:032x}", {"text": number})

    threads = [threading.Thread(target=add, args=(start,)) for start in (100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eventually(lambda: not shop.spool.jobs())
    assert sorted(shop.texts()) == sorted(f"Bon {n}" for start in (100, 200, 300) for n in range(start, start + 10))
