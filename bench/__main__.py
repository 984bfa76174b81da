"""`./run bench [NAME]`: JSON lines on standard output, a table on standard error.

Without a name every row is taken with its small sizes, each in a process of its own; `--full` takes the sizes of the
goals, which lasts about an hour. Scratch files lie on a real disk (`--scratch`) and are removed, unless `--keep`.
"""

from __future__ import annotations

import argparse
import importlib
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.measure import Row, emit, machine, parse, table

NAMES = {
    "sale": "complete sale / raw commit + two raw signatures, two curves",
    "syncs": "syncs and KB written a sale (needs strace)",
    "tse_virtual": "operation of the virtual TSE / raw signature + one synced write, two curves",
    "tse_wait": "blocking wait a sale for a TSE that takes 200 ms / 200 ms",
    "growth": "sale with millions of lines in the file / in an empty file",
    "search": "article search in a big / in a small catalogue; LIKE scan / ours",
    "start": "process start to first scan, memory / bare standard library server",
    "scan": "scan request / bare Starlette with the same SQL",
    "memory": "growth of the serving process over many sales",
    "paint": "Enter to painted line in Chromium / floor page",
    "catalogue": "page usable with 100,000 articles / with 1,000",
    "taps": "six taps a second for a minute lose nothing, in Chromium",
    "camera": "camera frame / zxing-cpp's default call; read rates, time to the scan",
    "eye": "from the frame that holds a code to the line on the till, in Chromium; the device's camera, the browser's",
    "receipt": "receipt of 40 lines with QR code as ESC/POS / python-escpos, both QR ways; bytes to the virtual paper",
    "display": "tap to painted line on the customer display, in Chromium",
    "promotions": "best promotions of 200 rules on 60 lines / pricing the basket",
    "zvt": "card terminal units / a plain walk, and our share of a payment",
    "payment": "our share of a card payment through the register: key, acknowledgement, both screens",
    "tse_codec": "log messages written and read / asn1crypto; export archive / tarfile",
    "tse_verify": "whole export verified / raw verify rate x cores, two curves; memory",
    "figures": "pages of figures over years of lines; a year's questions by rollup / by row scan",
    "beside": "p99 / p50 of a sale while backup, export and checkpoints run",
    "closing": "closing a day with its figures, and with the day's DSFinV-K written: Odoo's session close / ours",
    "verify_books": "proof of the books / raw ECDSA verification, a receipt; its memory",
    "dsfinvk": "DSFinV-K export / streaming floor, its memory, validator / csv.reader",
}
DISK = Path("/var/tmp")


def main() -> int:
    """Take one row or all; return 0, or 1 when a row could not be taken."""
    options = _parser().parse_args()
    if options.name is None:
        return _all(options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    module = importlib.import_module(f"bench.{options.name}")
    scratch = Path(tempfile.mkdtemp(prefix="smartecr-bench-", dir=options.scratch))
    try:
        rows: list[Row] = module.measure(options, scratch)
    finally:
        if options.keep:
            print(f"scratch files kept in {scratch}", file=sys.stderr)
        else:
            shutil.rmtree(scratch, ignore_errors=True)
    emit(rows)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    disk = DISK if DISK.is_dir() else Path(tempfile.gettempdir())
    parser.add_argument("--scratch", type=Path, default=disk, help=f"folder on a real disk (default {disk})")
    parser.add_argument("--keep", action="store_true", help="leave the scratch files of the NAME where they are")
    parser.add_argument("--full", action="store_true", help="sizes of the goals instead of small ones")
    names = parser.add_subparsers(dest="name", metavar="NAME")
    for name, what in NAMES.items():
        one = names.add_parser(name, help=what)
        importlib.import_module(f"bench.{name}").arguments(one)
    return parser


def _all(options: argparse.Namespace) -> int:
    rows: list[Row] = []
    failed = []
    for name in NAMES:
        print(f"{name} …", file=sys.stderr, flush=True)
        command = [
            sys.executable,
            "-m",
            "bench",
            "--scratch",
            str(options.scratch),
            *(["--full"] if options.full else []),
        ]
        done = subprocess.run([*command, name], stdout=subprocess.PIPE, text=True, check=False)
        sys.stdout.write(done.stdout)
        sys.stdout.flush()
        rows += [parse(line) for line in done.stdout.splitlines()]
        if done.returncode:
            failed.append(name)
    print(table(rows, machine()), file=sys.stderr)
    if failed:
        print(f"not taken: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
