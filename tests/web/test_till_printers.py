"""Printers at the till: every state with its picture and sentence, routes, jobs given to another printer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.test import Client

from smartecr.catalog.models import Group
from smartecr.printer import status
from smartecr.printer.status import Problem
from smartecr.register.paper import printing
from smartecr.register.till import Till
from smartecr.server.equipment.paper_devices import Paper, open_paper
from support.eventually import eventually
from support.screens import words
from support.shop import BREAD


@pytest.fixture
def paper(till: Till, tmp_path: Path, quick_paper: None) -> Iterator[Paper]:
    opened = open_paper("virtual", "Küche=virtual?standin=off", "printer", tmp_path, till)
    eventually(lambda: all(one.ready for one in opened.spools.values()))
    yield opened
    opened.close()


@pytest.mark.parametrize("problem", list(Problem))
def test_every_state_has_a_picture_of_its_own(problem: Problem) -> None:
    drawn = {
        one: render_to_string("till/_printer_picture.html", {"picture": one.value})
        for one in Problem
        if one not in (Problem.FATAL, Problem.OFFLINE)
    }
    assert len({html.replace(one.value, "") for one, html in drawn.items()}) == len(drawn)
    assert "picture-fault" in render_to_string("till/_printer_picture.html", {"picture": problem.value})
    assert "picture-fault" not in render_to_string("till/_printer_picture.html", {"picture": ""})
    assert status.sentence(problem).endswith(".") and status.next_step(problem).endswith(".")


def test_the_page_says_how_every_printer_is(till: Till, paper: Paper, at_till: Callable[..., Client]) -> None:
    paper.twins["Küche"].twin.set(cover_open=True)
    eventually(lambda: till.stations["Küche"].problem is Problem.COVER_OPEN)
    page = words(at_till().get("/printers"))
    assert "Bon bereit" in page
    assert "Küche Deckel ist offen Deckel schließen." in page
    assert "Kassenschublade kein Fühler eingelernt" in page


def test_a_waiting_job_is_given_away_or_dropped(till: Till, paper: Paper, at_till: Callable[..., Client]) -> None:
    client = at_till()
    paper.twins["Küche"].twin.set(paper_out=True)
    for _ in range(2):
        client.post("/printers/test", {"name": "Küche"})
    kitchen = till.stations["Küche"]
    eventually(lambda: [job.state for job in kitchen.jobs()][:1] == ["held"])
    sheet = words(client.get("/till/sheet/printer"))
    assert "Küche: Papier leer: Der Verkauf ist gespeichert." in sheet and "an Bon" in sheet
    first, second = (job.id for job in kitchen.jobs())
    client.post(f"/till/print/{second}/move", {"to": "Bon"})
    eventually(lambda: paper.twins["Bon"].twin.sheets)
    client.post(f"/till/print/{first}/drop")
    assert kitchen.jobs() == []
    refused = client.post(f"/till/print/{first}/move", {"to": "Keller"})
    assert refused.status_code == 422


def test_a_group_gets_its_station_only_from_who_may(till: Till, paper: Paper, at_till: Callable[..., Client]) -> None:
    asked = at_till().post(f"/printers/route/{BREAD}", {"station": "Küche"})
    assert asked.status_code == 403 and asked.headers["X-Right"] == "catalog"
    assert Group.objects.get(id=BREAD).station == ""
    assert at_till("Murat").post(f"/printers/route/{BREAD}", {"station": "Küche"}).status_code == 200
    assert Group.objects.get(id=BREAD).station == "Küche"
    stale = {"station": "Bar", "was": '{"station": ""}'}
    refused = at_till("Murat").post(f"/printers/route/{BREAD}", stale)
    assert refused.status_code == 422
    assert "Inzwischen hat jemand anders „Küche“ gewählt. Für „Bar“ bitte noch einmal wählen." in words(refused)
    assert Group.objects.get(id=BREAD).station == "Küche"
    again = re.search(r"""hx-vals='([^']+)'""", refused.content.decode())
    assert again and 'hx-swap-oob="true"' in refused.content.decode()
    assert at_till("Murat").post(f"/printers/route/{BREAD}", {**stale, **json.loads(again[1])}).status_code == 200
    assert Group.objects.get(id=BREAD).station == "Bar"
    assert at_till("Murat").post(f"/printers/route/{'f' * 32}", {"station": "Küche"}).status_code == 422
    assert "Senden" in words(at_till("Murat").get("/"))


def test_without_a_route_there_is_no_key(till: Till, paper: Paper, at_till: Callable[..., Client]) -> None:
    assert 'data-act="send"' not in at_till().get("/").content.decode()


def test_addresses_are_asked_one_by_one(till: Till, paper: Paper, at_till: Callable[..., Client]) -> None:
    client = at_till()
    port = paper.twins["Bon"].port
    found = words(client.get("/printers/find", {"addresses": f"127.0.0.1:{port + 0}"}))
    assert "127.0.0.1" in found
    assert client.get("/printers/find", {"addresses": "192.168.1.0/24"}).status_code == 422
    assert printing.printers(till)["Bon"].ready
