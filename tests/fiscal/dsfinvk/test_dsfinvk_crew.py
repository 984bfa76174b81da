"""Closings shared among processes: every finding and count as when one process judges all."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartecr.fiscal.dsfinvk import crew
from smartecr.fiscal.dsfinvk.blocks import Rows, block_of
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.state import Seen
from smartecr.fiscal.dsfinvk.tables import BY_FILE, LINES, TABLES
from smartecr.fiscal.dsfinvk.validator import validate
from smartecr.server.cmdline.command_dsfinvk import check_signature
from support.dsfinvkbooks import Tables, export, put_together, taken_apart

MOST = 3
SHARED = f"""
# one closing a piece, and no silent way around the processes
import json, sys
from dataclasses import asdict
from pathlib import Path
from smartecr.fiscal.dsfinvk import crew
from smartecr.fiscal.dsfinvk.validator import validate
from smartecr.server.cmdline.command_dsfinvk import check_signature
crew._PIECE = 1
crew._MOST_AHEAD = 700
used = []
shared = crew._shared
crew._shared = lambda *given: used.append(1) or shared(*given)
for path in sys.argv[1:]:
    done = validate(Path(path), workers=2, most_findings={MOST}, signatures=check_signature)
    print(json.dumps(asdict(done)))
assert len(used) == len(sys.argv) - 1
"""
VALUES = ["", "x", "-1", "1,50", "K2", "9" * 19, "2026-11-01T10:00:00+01:00", "Bar", "5", "\x1f", "ß"]


def ruin(tables: Tables, seed: int) -> None:
    """Change, double and drop some rows of some tables, and give each key an equal in another closing or its own."""
    chance = random.Random(seed)
    for file, column in (
        ("transactions.csv", "BON_NR"),
        ("transactions.csv", "BON_ID"),
        ("transactions_tse.csv", "TSE_TANR"),
        ("transactions_tse.csv", "TSE_TA_SIGZ"),
        ("lines.csv", "GUTSCHEIN_NR"),
        ("references.csv", "REF_BON_ID"),
    ):
        rows, place = tables[file], BY_FILE[file].place(column)
        one, other = chance.sample(range(1, len(rows)), 2)
        rows[one][place] = rows[other][place]
    twin = tables["transactions.csv"][9]
    twin[4] = tables["transactions.csv"][8][4]
    for rows in chance.choices([rows for rows in tables.values() if len(rows) > 1], k=9):
        place = chance.randrange(1, len(rows))
        what = chance.choice(["change", "change", "double", "drop"])
        if what == "change":
            rows[place][chance.randrange(3, len(rows[place]))] = chance.choice(VALUES)
        elif what == "double":
            rows.insert(place, list(rows[place]))
        elif len(rows) > 2:
            del rows[place]


def test_whoever_judges_the_verdict_is_the_same(tmp_path: Path) -> None:
    clean = export(tmp_path / "clean.zip", 4)
    paths = [clean]
    for seed in range(6):
        tables, others = taken_apart(clean)
        ruin(tables, seed)
        paths.append(put_together(tmp_path / str(seed), tables, others))
    command = [sys.executable, "-c", SHARED, *map(str, paths)]
    lines = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
    for path, line in zip(paths, lines, strict=True):
        alone = validate(path, workers=0, most_findings=MOST, signatures=check_signature)
        assert json.loads(line) == json.loads(json.dumps(asdict(alone))), path.name
        assert bool(alone.errors) == (path != clean)


def test_pieces_do_not_change_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables, others = taken_apart(export(tmp_path / "clean.zip", 3, sign=False))
    for rows in (tables["lines.csv"], tables["datapayment.csv"]):
        for row in rows[1::2]:
            row[3] = "4711"
    folder = put_together(tmp_path / "x", tables, others)
    whole = validate(folder, most_findings=40)
    monkeypatch.setattr(crew, "_PIECE", 1)
    assert validate(folder, most_findings=40) == whole
    assert len(whole.findings) < whole.errors + whole.warnings


@settings(max_examples=30)
@given(
    st.lists(st.sampled_from(["", "a", "ß\r\n", "\x1f", "x\x1f"]), min_size=1, max_size=4),
    st.one_of(st.integers(2, 99), st.lists(st.integers(2, 99), min_size=4, max_size=4)),
)
def test_a_block_arrives_as_it_was_sent(texts: list[str], place: int | list[int]) -> None:
    count = len(texts)
    numbers = range(place, place + count) if isinstance(place, int) else place[:count]
    columns = [["K"] * count, ["t"] * count, ["1"] * count, *([texts] * (len(LINES.columns) - 3))]
    sent = block_of(("K", "t", "1"), {LINES: Rows(LINES, columns, numbers)})
    came, row = crew._unpacked(crew._packed(sent, 7))
    assert row == 7
    assert came.key == sent.key
    assert [list(column) for column in came[LINES].columns] == [list(column) for column in columns]
    assert list(came[LINES].numbers) == list(numbers)
    assert all(len(came[table]) == (count if table is LINES else 0) for table in TABLES)


def test_of_each_code_the_first_stay() -> None:
    mine, later = Findings(2), Findings(2)
    mine.add("field.missing", "a.csv", 1)
    for row in (2, 3, 4):
        later.add("field.missing", "a.csv", row)
        later.add("field.name", "a.csv", row)
    mine.extend(later)
    assert mine.counts == {"field.missing": 4, "field.name": 3}
    assert [(one.code, one.row) for one in mine.kept] == [
        ("field.missing", 1),
        ("field.missing", 2),
        ("field.name", 2),
        ("field.name", 3),
    ]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 50)), max_size=30), st.integers(0, 30), st.integers(1, 5))
def test_keys_seen_twice_are_found_however_they_came(rows: list[tuple[int, int]], cut: int, at_once: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("smartecr.fiscal.dsfinvk.state._AT_ONCE", at_once)
        seen, later = Seen(), Seen()
        for part, to in ((rows[:cut], seen), (rows[cut:], later)):
            to.add([key for key, _ in part], [row for _, row in part])
        seen.extend(later)
        first: set[int] = set()
        wanted = []
        for row, key in sorted((row, key) for key, row in rows):
            if key in first:
                wanted.append(row)
            first.add(key)
        assert sorted(seen.repeated()) == wanted
        assert seen.missing([0, 99]) == [0 not in first, True]
