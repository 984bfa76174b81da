"""What a terminal is like: password, manners, and what its contract allows. One profile a device."""

from dataclasses import field
from typing import Final, Literal

from smartecr.core.records import dataclass
from smartecr.terminal.api import Capability
from smartecr.terminal.zvt import tlv
from smartecr.terminal.zvt.charset import AUTO
from smartecr.terminal.zvt.commands import SIGNLESS
from smartecr.terminal.zvt.sequence import OFFER
from smartecr.terminal.zvt.session import Timers
from smartecr.terminal.zvt.tlv import Node

__all__ = ["RECEIPTS_BY_US", "TEXT_BY_TERMINAL", "TerminalProfile"]

#: everything by the register, receipts in the terminal's wording / put together from the result (PA00P015, 06 00)
TEXT_BY_TERMINAL: Final = 0xBE
RECEIPTS_BY_US: Final = 0x3E

_BLOCKS: Final = b"\x06\xd3"
_DIALOGUES: Final = (b"\x04\x0d", b"\x04\x0e")


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalProfile:
    """``tid``: the terminal that has to answer (empty: any). ``tip``: where the customer chooses it.

    ``blocks``: receipts come as text blocks, else as print lines. ``columns``: width of our paper (0: not told).
    ``dialogues``: the terminal may ask questions on our screens. ``diagnosis``: which one (1 line … 5).
    """

    password: str = field(default="000000", repr=False)
    config: int = TEXT_BY_TERMINAL
    service: int | None = None
    charset: str = AUTO
    tid: str = ""
    payment_type: int = SIGNLESS
    tip: Literal["none", "before", "terminal", "after"] = "before"
    refunds: bool = True
    reservations: bool = True
    blocks: bool = True
    columns: int = 0
    dialogues: bool = False
    diagnosis: int = 2
    timers: Timers = field(default_factory=Timers)

    @property
    def capabilities(self) -> Capability:
        """What a terminal of this profile can do."""
        able = Capability.REVERSAL | Capability.END_OF_DAY | Capability.TOTALS | Capability.REPEAT_RECEIPT
        able |= Capability.ABORT
        if self.config & 0x80:
            able |= Capability.RECEIPT_TEXT
        if self.refunds:
            able |= Capability.REFUND
        if self.reservations:
            able |= Capability.RESERVATION
        tips = {
            "before": Capability.TIP_BEFORE,
            "terminal": Capability.TIP_AT_TERMINAL,
            "after": Capability.TIP_AFTER,
        }
        return able | tips.get(self.tip, Capability(0))

    def registered_with(self) -> tuple[Node, ...]:
        """Return the container of the registration: what the terminal may send us, and our offer to number messages."""
        nodes: list[Node] = []
        if self.columns:
            nodes.append(tlv.node(0x12, bytes.fromhex(f"{self.columns:02d}")))
        allowed = ([_BLOCKS] if self.blocks else []) + (list(_DIALOGUES) if self.dialogues else [])
        if allowed:
            nodes.append(tlv.node(0x26, [tlv.node(0x0A, command) for command in allowed]))
        return (*nodes, OFFER)
