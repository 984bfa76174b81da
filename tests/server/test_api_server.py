"""The interface of the real server: the handbook's examples word for word, requests that race, nothing at start."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.servers import ROOT, RunningServer, environment

pytestmark = pytest.mark.slow

HANDBOOK = ROOT / "docs/handbuch/schnittstelle.md"
ISSUE = """
from smartecr.server import boot
boot.setup()
from smartecr.server import wiring
from smartecr.register.outside import interface
from smartecr.staff.actor import Actor
till = wiring.till()
print(interface.issue(till, Actor("0" * 32, "Christine", "owner"), till.new_id(), "Webshop", interface.SCOPES, 30)[1])
wiring.close()
"""


@pytest.fixture(scope="module")
def token(demo_server: RunningServer) -> str:
    """A token for everything, issued beside the running server."""
    import sys

    done = subprocess.run(
        [sys.executable, "-c", ISSUE], env=environment(demo_server.folder), capture_output=True, text=True, timeout=120,
        check=True,
    )  # fmt: skip
    return done.stdout.split()[-1]


def test_nothing_of_it_is_loaded_before_somebody_asks(demo_server: RunningServer) -> None:
    maps = Path(f"/proc/{demo_server.process.pid}/maps")
    if not maps.exists():
        pytest.skip("only Linux tells what a process has loaded")
    httpx.get(demo_server.address, timeout=30)
    assert "pydantic_core" not in maps.read_text()
    assert httpx.get(f"{demo_server.address}api/v1/openapi.json", timeout=60).json()["openapi"] == "3.1.0"
    assert "pydantic_core" in maps.read_text()


def test_the_examples_of_the_handbook_work(demo_server: RunningServer, token: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl here")
    blocks = re.findall(r"```sh\n(.*?)```", HANDBOOK.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 6
    done = subprocess.run(
        ["sh", "-eu", "-c", "\necho\n".join(blocks)], cwd=tmp_path, capture_output=True, text=True, timeout=120,
        env=environment(tmp_path, KASSE=demo_server.address.rstrip("/"), SCHLUESSEL=token), check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    answers = _values(done.stdout)
    assert len(answers[0]["items"]) == 2
    assert answers[1]["items"][0]["name"].startswith("Espresso")
    assert [one["number"] for one in answers[2]["items"]] == ["101"]
    assert (answers[3]["name"], answers[3]["price_cents"]) == ("Chai Latte", 420)
    assert [one["result"] for one in answers[4]["articles"]] == ["changed", "created"]
    assert answers[6]["z_number"] >= 1
    assert answers[8]["first"] == "2026-11-23"


def _values(text: str) -> list[dict[str, Any]]:
    """Return the JSON values that stand one after the other in `text`."""
    found, place, decoder = [], 0, json.JSONDecoder()
    while (rest := text[place:].lstrip()) != "":
        value, length = decoder.raw_decode(rest)
        found.append(value)
        place = len(text) - len(rest) + length
    return found


def test_the_same_request_sent_many_times_at_once_is_carried_out_once(demo_server: RunningServer, token: str) -> None:
    address = f"{demo_server.address}api/v1/groups"
    headers = {"Authorization": f"Bearer {token}"}

    def make(key: str) -> httpx.Response:
        return httpx.post(address, json={"name": "Rennen"}, headers={**headers, "Idempotency-Key": key}, timeout=60)

    keys = [f"race-{number // 6}" for number in range(24)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(make, keys))
    assert {answer.status_code for answer in answers} == {201}
    bodies = {key: {answer.content for one, answer in zip(keys, answers, strict=True) if one == key} for key in keys}
    assert [len(found) for found in bodies.values()] == [1] * 4
    listed = httpx.get(f"{address}?limit=200", headers=headers, timeout=60).json()["items"]
    assert sum(group["name"] == "Rennen" for group in listed) == 4
