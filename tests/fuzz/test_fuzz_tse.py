"""Some seconds of coverage-guided fuzzing; fuzz_tse.py tells how to fuzz for longer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).with_name("fuzz_tse.py")


@pytest.mark.slow
def test_nothing_breaks_what_reads_foreign_bytes(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris is for Linux on x86_64 only")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    seed = bytes.fromhex("3081CD020102060904007f0007030701018010") + b"StartTransaction"
    (corpus / "message").write_bytes(b"\x02" + seed + bytes(150))
    (corpus / "code").write_bytes(b"\x03V0;K;Kassenbeleg-V1;Beleg^;1;2;2020-01-01T00:00:00Z;2020-01-01T00:00:00Z;"
                                  b"ecdsa-plain-SHA256;unixTime;AAAA;AAAA")  # fmt: skip
    options = [
        "-max_total_time=6",
        "-max_len=4096",
        "-timeout=5",
        "-rss_limit_mb=1024",
        f"-artifact_prefix={tmp_path}/",
    ]
    done = subprocess.run(
        [sys.executable, str(HARNESS), *options, str(corpus)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Done" in done.stderr
