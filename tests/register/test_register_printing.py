"""Paper: the first print is the receipt, every other a copy; what nobody knows is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from smartecr.printer import drawer, links, spool
from smartecr.printer.posprinter import PosPrinter
from smartecr.printer.profile import PROFILES
from smartecr.printer.twinport import TwinPort
from smartecr.printer.virtual import VirtualPrinter
from smartecr.register.books import closing, verify
from smartecr.register.cashdesk import cash
from smartecr.register.errors import RegisterError
from smartecr.register.models import Journal
from smartecr.register.paper import printing
from smartecr.register.till import Till
from support.shop import CASHIER, ESPRESSO, LATTE, MANAGER, pay_cash, ring


@dataclass
class Paper:
    """The virtual printer at the till."""

    twin: VirtualPrinter
    server: TwinPort[VirtualPrinter]
    spool: spool.Spool

    def texts(self) -> list[str]:
        eventually(lambda: not [job for job in self.spool.jobs() if job.state != "unknown"])
        return [sheet.text() for sheet in self.twin.sheets]


def eventually(holds: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


@pytest.fixture
def paper(till: Till, tmp_path: Path, quick_paper: None) -> Iterator[Paper]:
    profile = PROFILES["virtual-80"]
    twin = VirtualPrinter(profile)
    server = TwinPort(twin)
    # the test's data lies in a transaction of this thread, so what is printed is made here and only sent there
    made: dict[str, bytes] = {}
    queue = spool.Spool(
        tmp_path / "print",
        PosPrinter(links.tcp("127.0.0.1", server.port), profile),
        lambda job, _profile: made[job.id],
    )
    add = queue.add

    def render_and_add(job_id: str, what: Any) -> None:
        made[job_id] = printing.render(spool.Job(id=job_id, number=queue._kept.last + 1, what=what), profile)
        add(job_id, what)

    queue.add = render_and_add  # type: ignore[method-assign]
    till.printer = queue
    till.drawer = drawer.Watch(drawer.OnPrinter(queue), None)
    yield Paper(twin, server, queue)
    till.printer = None
    queue.close()
    server.close()


def test_the_first_print_is_the_receipt_and_the_second_a_copy(till: Till, paper: Paper) -> None:
    ring(till, ESPRESSO)
    receipt = pay_cash(till, 500)
    assert printing.print_receipt(till, CASHIER, receipt.id) is False
    first = paper.texts()
    assert printing.print_receipt(till, CASHIER, receipt.id) is True
    assert "KOPIE" not in first[0]
    second = paper.texts()[1]
    assert "KOPIE" in second
    assert receipt.tse_signature[:40] in first[0].replace("\n", "").replace(" ", "")
    facts = [entry.kind for entry in Journal.objects.order_by("seq") if entry.kind == "receipt_printed"]
    assert len(facts) == 2
    assert verify.examine().findings == []


def test_a_receipt_that_waits_is_not_queued_twice(till: Till, paper: Paper) -> None:
    paper.twin.set(paper_out=True)
    ring(till, ESPRESSO)
    receipt = pay_cash(till)
    assert printing.print_receipt(till, CASHIER, receipt.id) is False
    assert printing.print_receipt(till, CASHIER, receipt.id) is False
    assert len(paper.spool.jobs()) == 1
    paper.twin.set(paper_out=False)
    assert len(paper.texts()) == 1


@pytest.mark.parametrize(("came_out", "papers"), [(True, 0), (False, 1)])
def test_a_person_says_what_came_out(till: Till, paper: Paper, came_out: bool, papers: int) -> None:
    ring(till, LATTE)
    receipt = pay_cash(till)
    paper.twin.lines_left = 5
    printing.print_receipt(till, CASHIER, receipt.id)
    eventually(lambda: paper.spool.problem == "paper_out")
    paper.server.power(on=False)
    eventually(lambda: [job.state for job in paper.spool.jobs()] == ["unknown"])
    paper.twin.set(paper_out=False)
    paper.twin.tear_off()
    paper.server.power(on=True)
    (job,) = paper.spool.jobs()
    printing.settle(till, CASHIER, job.id, came_out=came_out)
    printing.settle(till, CASHIER, job.id, came_out=came_out)
    texts = paper.texts()
    assert len(texts) == papers
    assert all("KOPIE" in text for text in texts)
    assert Journal.objects.filter(kind="print_settled").count() == 1


def test_a_closing_is_printed(till: Till, paper: Paper) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    done = closing.close_day(till, MANAGER, till.new_id(), None)
    printing.print_closing(till, MANAGER, done.id)
    assert f"Z-Bericht {done.z_number}" in paper.texts()[0]


def test_cash_opens_the_drawer_and_cards_do_not(till: Till, paper: Paper) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    eventually(lambda: paper.twin.drawer_open)
    paper.twin.close_drawer()
    entry_id = till.new_id()
    cash.open_drawer(till, MANAGER, entry_id, "Geld wechseln")
    eventually(lambda: paper.twin.drawer_open)
    paper.twin.close_drawer()
    cash.open_drawer(till, MANAGER, entry_id, "Geld wechseln")
    assert not paper.twin.drawer_open


def test_without_a_printer_it_says_so(till: Till) -> None:
    ring(till, ESPRESSO)
    receipt = pay_cash(till)
    with pytest.raises(RegisterError) as refused:
        printing.print_receipt(till, CASHIER, receipt.id)
    assert refused.value.code == "printer"


def test_a_job_of_a_lost_closing_is_refused_to_the_queue(db: None) -> None:
    with pytest.raises(LookupError):
        printing.render(spool.Job(id="a", number=1, what={"closing": "b" * 32}), PROFILES["virtual-80"])
