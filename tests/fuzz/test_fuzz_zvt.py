"""Random and mutated frames never hang or crash the codec or a payment, and never turn a doubt into money."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.zvt_hostile import pay_against, read_everything
from support.zvt_vectors import ANSWERS, INTERMEDIATE, PRINT_LINES, RECEIPTS, RESULTS, SERIAL, TRACES

HARNESS = Path(__file__).with_name("zvt_harness.py")
SEEDS = [
    bytes.fromhex(hexed)
    for group in (ANSWERS, INTERMEDIATE, RESULTS, PRINT_LINES, RECEIPTS, SERIAL)
    for hexed, _ in group.values()
]
ANSWERED = [b"".join(bytes.fromhex(hexed) for _, who, hexed in trace if who == "<") for trace in TRACES.values()]
#: a registration whose offer of numbers is echoed, and a payment whose messages bear them, one of them twice
ANSWERED.append(
    bytes.fromhex(
        "800000 060F1819002965000028490978060C26040A0206D31F7303000000 80000806061F7303000001 04FF090A06061F7303000002"
        "04FF090A06061F7303000002 040F0A270006061F7303000003 060F0806061F7303000004"
    )
)


@st.composite
def mutated(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A frame seen on a line, with bytes changed, dropped, doubled or put in."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(["change", "drop", "double", "insert"])):
            case "change":
                data[place] = draw(st.integers(0, 255))
            case "drop" if len(data) > 1:
                del data[place]
            case "double":
                data[place:place] = data[place : place + draw(st.integers(1, 20))]
            case "insert":
                data[place:place] = draw(st.binary(min_size=1, max_size=8))
    return bytes(data)


@given(st.one_of(st.binary(max_size=300), mutated(SEEDS)))
def test_the_codec_reads_anything(data: bytes) -> None:
    read_everything(data)


@given(
    st.one_of(st.binary(max_size=300), mutated(ANSWERED), st.lists(mutated(SEEDS), max_size=6).map(b"".join)),
    st.booleans(),
)
def test_a_terminal_may_say_anything(data: bytes, registered: bool) -> None:
    pay_against(data, registered=registered)


@pytest.mark.slow
def test_a_short_run_of_the_fuzzer_finds_nothing(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris is not here: Linux on x86-64 only")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate([*SEEDS, *(b"\1" + said for said in ANSWERED)]):
        (corpus / str(number)).write_bytes(seed)
    command = [sys.executable, str(HARNESS), "-max_total_time=8", "-timeout=2", "-rss_limit_mb=1024", str(corpus)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "DONE" in done.stderr or "Done" in done.stderr
