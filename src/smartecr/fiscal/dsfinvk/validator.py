"""Checks an export of any maker: structure, fields, and every rule between tables (DSFinV-K 2.4 with its annexes).

Memory does not grow with the rows: blocks are bounded (`blocks`), findings are counted and only some kept, and 16 bytes
a key are remembered to find what is used twice (about 100 bytes a Vorgang in all).
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Final

from smartecr.core.records import dataclass
from smartecr.fiscal.dsfinvk import blocks, crew, declaration, rules_amounts, rules_closing, rules_keys
from smartecr.fiscal.dsfinvk.blocks import ClosingKey, OutOfOrderError, Spread, TooLargeError
from smartecr.fiscal.dsfinvk.csvtable import TableReader
from smartecr.fiscal.dsfinvk.declaration import Declaration
from smartecr.fiscal.dsfinvk.findings import Finding, Findings
from smartecr.fiscal.dsfinvk.judge import Judge
from smartecr.fiscal.dsfinvk.rules_tse import SignatureCheck
from smartecr.fiscal.dsfinvk.schema import Table
from smartecr.fiscal.dsfinvk.source import Source, opened
from smartecr.fiscal.dsfinvk.state import ClosingState, State
from smartecr.fiscal.dsfinvk.tables import CASHPOINTCLOSING, TABLES

_WORTH_PROCESSES: Final = 4 << 20
"""Bytes; a smaller export is judged before other processes would have started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check came to. `counts` by code are complete, `findings` the first of each code; `rows` by file."""

    errors: int
    warnings: int
    counts: dict[str, int]
    findings: tuple[Finding, ...]
    rows: dict[str, int]
    closings: int
    receipts: int
    signatures_checked: bool


Progress = Callable[[int, int], None]
"""Called with closings done and closings in all."""


def validate(
    path: Path,
    *,
    signatures: SignatureCheck | None = None,
    progress: Progress | None = None,
    most_findings: int = 25,
    scratch: Path | None = None,
    workers: int | None = None,
) -> Verdict:
    """Check a ZIP or a folder; `scratch` is where rows are spread when an export is not in order.

    `workers` processes share the rules (None: as many as there are processors, none for small exports; 0: none).
    Raises NotAnExportError when it is no export at all, OSError when `scratch` is full or a process was ended from
    outside. Whatever else is wrong with it is a finding.
    """
    with _no_cycle_search(), opened(path) as source:
        findings = Findings(most_findings)
        declarations = declaration.read(source, findings)
        run = _Run(source, declarations, findings, signatures, progress)
        try:
            run.in_step(_workers(source) if workers is None else workers)
        except OutOfOrderError:
            run = _Run(source, declarations, run.start, signatures, progress)
            with tempfile.TemporaryDirectory(prefix="dsfinvk-", dir=scratch) as folder:
                run.spread(Path(folder))
        return run.verdict()


def _workers(source: Source) -> int:
    cores = os.cpu_count() or 1
    return cores if cores > 1 and sum(source.names.values()) >= _WORTH_PROCESSES else 0


@contextmanager
def _no_cycle_search() -> Iterator[None]:
    """Keep Python from looking for cycles again and again in millions of rows that have none; a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Run:
    """One pass over an export."""

    def __init__(
        self,
        source: Source,
        declarations: list[Declaration],
        findings: Findings,
        signatures: SignatureCheck | None,
        progress: Progress | None,
    ) -> None:
        self.start = deepcopy(findings)
        self._findings = findings
        self._signatures = signatures
        self._progress = progress
        self._state = State()
        self._readers = {one.table: TableReader(source, one, findings) for one in declarations}
        closings = next((one for one in declarations if one.table is CASHPOINTCLOSING), None)
        self._closings: dict[ClosingKey, int] = {}
        if closings is not None:
            try:
                # what is wrong with single rows shows when the table is read again, in step with the others
                self._closings = blocks.closing_keys(TableReader(source, closings, Findings(0)), findings)
            except TooLargeError as error:
                self._refuse(error)
            if not self._closings:
                findings.add("file.empty", CASHPOINTCLOSING.file)

    def _refuse(self, error: TooLargeError) -> None:
        self._findings.add("file.too_large", error.file, what=error.what, limit=blocks.MOST_ROWS)

    def in_step(self, workers: int) -> None:
        """Read all tables side by side. Raises OutOfOrderError."""
        found = blocks.in_step(self._readers, self._closings, self._findings)
        closings = ((block, self._closings[block.key]) for block in found)
        for state, findings in crew.judged(closings, workers, self._findings.most, self._signatures):
            self._gather(state, findings)
        self._end()

    def spread(self, folder: Path) -> None:
        """Spread all rows over files first."""
        try:
            judge = Judge(self._findings.most, self._signatures)
            states: dict[ClosingKey, ClosingState] = {}
            for block in Spread(folder, self._readers, self._closings, self._findings).blocks():
                closing = states.get(block.key)
                if closing is None:
                    closing = states[block.key] = judge.open(block, self._closings[block.key])
                judge.check(block, closing)
            for key in self._closings:
                judge.finish(states[key])
            self._gather(*judge.take())
            self._end()
        except TooLargeError as error:
            self._refuse(error)

    def _gather(self, state: State, findings: Findings) -> None:
        self._state.extend(state)
        self._findings.extend(findings)
        if self._progress is not None:
            self._progress(len(self._state.closings), len(self._closings))

    def _end(self) -> None:
        rules_keys.finish(self._state, self._findings)
        rules_keys.chain(self._state, self._findings)
        rules_closing.chain(self._state, self._findings)
        rules_amounts.vouchers(self._state, self._findings)

    def verdict(self) -> Verdict:
        """Return what was found, sorted by file and row."""
        order: dict[str, int] = {table.file: place for place, table in enumerate(TABLES)}
        kept = sorted(self._findings.kept, key=lambda one: (order.get(one.file, -1), one.file, one.row, one.code))
        return Verdict(
            errors=self._findings.errors,
            warnings=self._findings.warnings,
            counts=dict(sorted(self._findings.counts.items())),
            findings=tuple(kept),
            rows={table.file: self._count(table) for table in TABLES},
            closings=len(self._state.closings),
            receipts=self._state.receipts_read,
            signatures_checked=self._signatures is not None,
        )

    def _count(self, table: Table) -> int:
        return self._readers[table].rows if table in self._readers else 0
