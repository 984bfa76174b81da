"""Who is erased is gone from the disk too: whoever opens the file of the books with an editor finds nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.servers import ROOT, environment, run_cli

pytestmark = pytest.mark.slow

ENROL_AND_ERASE = """
import sys
from pathlib import Path
from smartecr.server import boot
boot.setup()
from smartecr.server import wiring
from smartecr.register.regulars import guests
from smartecr.staff import people
from smartecr.staff.actor import Actor
folder = Path(sys.argv[1])
found = lambda word: any(word in path.read_bytes() for path in folder.glob("smartecr.sqlite3*"))
person = next(one for one in people.working() if one.role == "owner")
owner, till = Actor(person.id, person.name, person.role), wiring.till()
fields = {"name": "Quirina Wolkenstein-Erasmus", "phone": "0171 3920077"}
guest = guests.save(till, owner, till.new_id(), fields)
print(found(b"Quirina"), found(b"3920077"))
guests.save(till, owner, guest.id, {"name": "Quirina Neumann"})
guests.erase(till, owner, guest.id)
print(found(b"Quirina"), found(b"3920077"))
wiring.close()
"""


def test_nothing_erased_stays_in_free_pages_or_in_the_log(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert run_cli(folder, "demo", "--days", "0").returncode == 0
    done = subprocess.run(
        [sys.executable, "-c", ENROL_AND_ERASE, str(folder)],
        env=environment(folder), cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["True", "True", "False", "False"]
