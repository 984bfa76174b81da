"""The bench is honest: pairs in turn, a refusal when the control is unquiet, calls counted between the marks."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import a module of the bench by name; it lies beside the sources, not among them."""
    monkeypatch.syspath_prepend(str(ROOT))

    def load(name: str) -> Any:
        return importlib.import_module(f"bench.{name}")

    return load


def sides(measure: Any, control: list[float], ours: list[float], order: list[str]) -> tuple[Any, Any]:
    """Return two sides that give these wall times, twice as much CPU, and note the order they were asked in."""

    def side(name: str, walls: list[float]) -> Any:
        waiting = iter(walls)

        def one_round() -> Any:
            order.append(name)
            wall = next(waiting)
            return measure.Sample(wall, 2 * wall)

        return one_round

    return side("A", control), side("B", ours)


def test_sides_are_taken_in_turn_and_the_first_round_does_not_count(bench: Any) -> None:
    measure = bench("measure")
    order: list[str] = []
    control, ours = sides(measure, [99, 1, 2, 1, 2, 1], [99, 3, 4, 5, 4, 3], order)
    taken = measure.compare(control, ours, pairs=5)
    assert "".join(order) == "AB" * 6
    assert (taken.wall.median, taken.wall.low, taken.wall.high) == (3, 2, 5)
    assert taken.control_spread == 2


def test_never_fewer_than_five_pairs(bench: Any) -> None:
    measure = bench("measure")
    taken = measure.compare(*sides(measure, [1.0] * 6, [1.0] * 6, []), pairs=1)
    assert len(taken.ours) == 5


@pytest.mark.parametrize(
    ("control", "value", "verdict"),
    [([1, 1, 1, 1, 2], 3, "must"), ([1, 1, 1, 1, 2.1], None, "refused")],
)
def test_an_unquiet_control_refuses_the_wall_ratio_but_not_the_cpu(
    bench: Any, control: list[float], value: float | None, verdict: str
) -> None:
    measure = bench("measure")
    taken = measure.compare(*sides(measure, [1, *control], [3.0] * 6, []), pairs=5)
    wall, cpu = measure.rows_of("row", "what", taken, measure.Goal(1, 3, 1.5), {})
    assert (wall.value, wall.verdict) == (value, verdict)
    assert (cpu.value, cpu.verdict) == (3, "must")


@pytest.mark.parametrize(
    ("value", "least", "verdict"),
    [(1.5, False, "dream"), (1.6, False, "must"), (2.1, False, "missed"), (1.6, True, "missed"), (2.0, True, "must")],
)
def test_a_value_is_held_against_its_goal(bench: Any, value: float, least: bool, verdict: str) -> None:
    measure = bench("measure")
    goal = measure.Goal(1, 2.0, 3.0, least=True) if least else measure.Goal(1, 2.0, 1.5)
    assert measure.Row(name="", what="", value=value, shown="", goal=goal).verdict == verdict


def test_rows_come_back_from_their_json(bench: Any, capsys: pytest.CaptureFixture[str]) -> None:
    measure = bench("measure")
    row = measure.Row(
        name="sale", what="größer", value=1.0, shown="1", goal=measure.Goal(1, 2, 1), facts={"curve": "x"}
    )
    measure.emit([row])
    out, err = capsys.readouterr()
    assert json.loads(out)["curve"] == "x"
    assert json.loads(out)["verdict"] == "dream"
    assert measure.parse(out).goal == row.goal
    assert "größer" in err


def test_calls_are_counted_between_the_marks_and_below_the_folder(bench: Any, tmp_path: Path) -> None:
    syncs = bench("syncs")
    folder, mark, log = tmp_path / "data", tmp_path / "mark", tmp_path / "log"
    wal = folder / "books.sqlite3-wal"
    lines = [
        f'7 pwrite64(5<{wal}>, ""..., 4096, 0) = 4096',
        f'7 write(9<{mark}>, ""..., 1) = 1',
        f'7 pwrite64(5<{wal}>, ""..., 4096, 4120) = 4096',
        f'8 write(6<{folder}/messages.log>, ""..., 300) = 300',
        f'7 pwrite64(5<{wal}>, ""..., 24, 8240 <unfinished ...>',
        "7 <... pwrite64 resumed>) = 24",
        f"7 fdatasync(5<{wal}>) = 0",
        '7 write(1</dev/pts/0>, ""..., 10) = 10',
        f'7 write(9<{mark}>, ""..., 1) = 1',
        f"7 fsync(5<{wal}>) = 0",
    ]
    log.write_text("\n".join(lines))
    counts = syncs.read(log, folder, mark).per_sale(1)
    assert counts["syncs"] == 1
    assert counts["writes"] == 3
    assert counts["kb"] == round((4096 + 300 + 24) / 1024, 1)
    log.write_text("\n".join(lines[:-2]))
    with pytest.raises(ValueError, match="1 marks"):
        syncs.read(log, folder, mark)


def test_the_replay_finds_ids_and_journal_numbers_of_inserts(bench: Any) -> None:
    scan_sql = bench("scan_sql")
    journal = "INSERT INTO register_journal (register_id, seq, id) VALUES (%s, %s, %s), (%s, %s, %s)"
    line = "INSERT INTO register_basket_line (basket_id, id, position) VALUES (%s, %s, %s)"
    recorded = [
        {
            "statements": [
                [journal, False, ["till", 7, "a" * 32, "till", 8, "b" * 32]],
                [line, True, [["c" * 32, "d" * 32, 1]]],
                ["SELECT 1", False, []],
            ],
            "page": "",
        }
    ]
    own = scan_sql._own_ids(recorded)
    assert own == {"a" * 32, "b" * 32, "d" * 32}
    scan = scan_sql._Scan(recorded[0], own)
    fresh = scan._fresh(recorded[0]["statements"][0][2], 2, scan_sql._places(journal, "seq"))
    assert fresh == ["till", 200_007, "00000002" + "a" * 24, "till", 200_008, "00000002" + "b" * 24]


def test_every_row_can_be_asked_for(bench: Any) -> None:
    main = bench("__main__")
    for name in main.NAMES:
        module = bench(name)
        assert callable(module.measure)
        assert module.__doc__
        assert main._parser().parse_args([name]).name == name
