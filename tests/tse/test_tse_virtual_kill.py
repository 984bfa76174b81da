"""SIGKILL at random moments: no counter twice, no answer lost, every signature proven, again and again."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from smartecr.tse import log_message, verify
from smartecr.tse.tar import ExportReader
from smartecr.tse.virtual import open_demo
from support import independent_tse

pytestmark = pytest.mark.slow

CLIENT = "SECR-1"
#: answers are written to the pipe with one write each, after the device gave them
CHILD = """
import os, sys, time
from pathlib import Path
from smartecr.tse.virtual import open_demo, recorder
recorder._CHECKPOINT_EVERY = 7
os.write(1, b"begin\\n")
tse = open_demo(Path(sys.argv[1]), time.time, "SECR-1", "secp256r1")
def tell(number, answer):
    os.write(1, b"%d %d %s\\n" % (number, answer.signature_counter, answer.signature.hex().encode()))
while True:
    started = tse.start_transaction("SECR-1")
    number = started.transaction_number
    tell(number, started)
    if number % 5:
        tell(number, tse.finish_transaction("SECR-1", number, b"Beleg^", "Kassenbeleg-V1"))
"""


def run_and_kill(folder: Path, patience: float) -> list[tuple[int, int, str]]:
    """Let a process sell for about `patience` seconds, kill it, return what it was answered."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"begin\n"
        time.sleep(patience)
        child.kill()
        lines = child.stdout.read().decode().split("\n")[:-1]
    answers = [line.split() for line in lines]
    return [(int(number), int(counter), signature) for number, counter, signature in answers]


def check(folder: Path, answered: dict[int, tuple[int, str]]) -> int:
    """Open the device after a kill and prove everything; return the last counter."""
    with closing(open_demo(folder, time.time, CLIENT)) as tse:
        sink = io.BytesIO()
        tse.export(sink)
        key = verify.load_key(tse.info().public_key)
        open_numbers = tse.open_transactions()
        finished = {number for number, _ in answered.values() if tse.find_transaction(number).state == "finished"}
    logs = [member.data for member in ExportReader(io.BytesIO(sink.getvalue())) if member.name.endswith(".log")]
    messages = [log_message.parse(log) for log in logs]
    assert [message.signature_counter for message in messages] == list(range(1, len(messages) + 1))
    assert all(verify.check_message(message, key).valid for message in messages)
    leaf = next(member.data for member in ExportReader(io.BytesIO(sink.getvalue())) if "_X509" in member.name)
    keys = {key.serial: independent_tse.key_of(leaf)[1]}
    for log in logs[-4:]:
        independent_tse.verify(independent_tse.read(log), keys)
    starts = [message.transaction_number for message in messages if message.operation == log_message.START]
    ends = [message.transaction_number for message in messages if message.operation == log_message.FINISH]
    assert starts == list(range(1, len(starts) + 1))
    assert len(set(ends)) == len(ends)
    assert sorted(set(starts) - set(ends)) == open_numbers
    assert finished == {number for number, _ in answered.values()} & set(ends)
    for counter, (number, signature) in answered.items():
        message = messages[counter - 1]
        assert (message.transaction_number, message.signature.hex()) == (number, signature)
    return len(messages)


def test_killed_again_and_again(tmp_path: Path) -> None:
    chance = random.Random(42)
    answered: dict[int, tuple[int, str]] = {}
    last = 0
    rounds = 0
    while rounds < 12 or len(answered) < 100:
        rounds += 1
        assert rounds < 100, "the processes sell nothing"
        for number, counter, signature in run_and_kill(tmp_path, chance.uniform(0.01, 0.12)):
            assert counter > last, "a counter was given out again"
            assert counter not in answered
            answered[counter] = (number, signature)
        counted = check(tmp_path, answered)
        assert counted >= max(answered, default=0)
        last = counted


def test_killed_while_the_device_is_made(tmp_path: Path) -> None:
    chance = random.Random(7)
    made = 0
    for attempt in range(12):
        folder = tmp_path / str(attempt)
        run_and_kill(folder, chance.uniform(0.0, 0.012) if attempt else 0.0)
        made += (folder / "identity.json").exists()
        with closing(open_demo(folder, time.time, CLIENT)) as tse:
            tse.start_transaction(CLIENT)
            sink = io.BytesIO()
            tse.export(sink)
        independent_tse.verify_export(sink.getvalue())
    assert made < 12, "some were killed before the device was whole"
