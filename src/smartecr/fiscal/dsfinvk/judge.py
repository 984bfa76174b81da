"""All rules applied to closings and blocks, in this process."""

from __future__ import annotations

from smartecr.fiscal.dsfinvk import fields, rules_amounts, rules_closing, rules_keys, rules_master, rules_tse
from smartecr.fiscal.dsfinvk.blocks import Block, Rows
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.rules_tse import SignatureCheck
from smartecr.fiscal.dsfinvk.state import ClosingState, State
from smartecr.fiscal.dsfinvk.tables import TABLES


class Judge:
    """Applies the rules; `state` and `findings` are what that has come to so far."""

    def __init__(self, most_findings: int, signatures: SignatureCheck | None) -> None:
        self.state = State()
        self.findings = Findings(most_findings)
        self._most_findings = most_findings
        self._signatures = signatures
        self._fields = {table: fields.FieldChecks(table) for table in TABLES}

    def judge(self, block: Block, row: int) -> None:
        """Judge a whole closing, which stands in `row` of its table."""
        closing = self.open(block, row)
        self.check(block, closing)
        self.finish(closing)

    def open(self, block: Block, row: int) -> ClosingState:
        """Judge the master data of a closing."""
        for rows in block.master.values():
            self._check_fields(rows)
        closing = rules_master.open_closing(block, row, self.findings)
        rules_keys.master(block, closing, self.findings)
        return closing

    def check(self, block: Block, closing: ClosingState) -> None:
        """Judge a closing's Vorgänge, or some of them."""
        for rows in block.rows.values():
            self._check_fields(rows)
        rules_keys.check(block, closing, self.state, self.findings)
        rules_amounts.check(block, closing, self.state, self.findings)
        rules_tse.check(block, closing, self.state, self.findings, self._signatures)

    def finish(self, closing: ClosingState) -> None:
        """Judge what shows when all Vorgänge of a closing were seen."""
        rules_closing.finish(closing, self.state, self.findings)
        rules_tse.finish(closing, self.findings)

    def take(self) -> tuple[State, Findings]:
        """Hand over what there is so far and begin anew."""
        taken = self.state, self.findings
        self.state, self.findings = State(), Findings(self._most_findings)
        return taken

    def _check_fields(self, rows: Rows) -> None:
        self._fields[rows.table].check(rows, self.findings)
        fields.combined(rows, self.findings)
