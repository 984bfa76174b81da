"""Killed while it tells, at any moment: the receiver hears everything at least once, in order, under stable ids."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.webhook_receiver import receiving

SCRIPT = Path(__file__).with_name("webhook_walk.py")
COUNT, KILLS = 9, 4


@pytest.mark.slow
def test_a_killed_register_tells_everything_at_least_once(tmp_path: Path) -> None:
    environment = {**os.environ, "SMARTECR_DATA": str(tmp_path), "PYTHONPATH": "src"}
    environment.pop("DATABASE_URL", None)

    def begin(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(SCRIPT), *arguments]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(process: subprocess.Popen[str]) -> list[str]:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err[-3000:]
        return out.split()

    with receiving() as receiver:
        receipts = end(begin("prepare", receiver.address, str(COUNT)))
        teller: list[subprocess.Popen[str]] = []

        def kill(_event_id: str) -> None:
            """Kill the register when it has sent but not yet been answered: at the second event of each life."""
            if len(receiver.requests) % 2 == 0:
                teller[-1].kill()

        receiver.heard = kill
        for life in range(KILLS):
            teller.append(begin("tell", str(life)))
            teller[-1].communicate(timeout=120)
            assert teller[-1].returncode == -9
        receiver.heard = lambda _event_id: None
        assert end(begin("tell", str(KILLS))) == [], "and nothing is wrong with the books"

    ids = receiver.ids
    first_heard = list(dict.fromkeys(ids))
    told = {headers["webhook-id"]: body for headers, body in receiver.requests}
    assert [event["data"]["id"] for event in map(json.loads, (told[one] for one in first_heard))] == receipts
    assert len(ids) > COUNT, "what was not answered came again"
    assert all(body == told[headers["webhook-id"]] for headers, body in receiver.requests)
    places = [first_heard.index(one) for one in ids]
    assert all(later - earlier in (0, 1) for earlier, later in itertools.pairwise(places))
