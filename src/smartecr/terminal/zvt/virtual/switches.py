"""What differs between real terminals, as switches; and who this terminal is: identity, merchant, times.

Every switch names a difference that public records of real products show. The defaults make a plain modern terminal.
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from smartecr.core.records import dataclass

Policy = Literal["reverse", "keep", "decline"]


@dataclass(slots=True)
class Switches:
    """Product differences; may be changed at any time between two commands.

    Money in doubt:
        ``policy`` says what becomes of a transaction whose result the register did not acknowledge: taken back at once
        ("reverse"), kept until the next transaction synchronises by 1F1F ("keep"), or marked as declined ("decline").
        ``sync_number`` sends tag 1F1F with the result and obeys it in the next transaction.
    What it sends:
        ``intermediate_status``: 04 FF at all (only if the register asked for it too). ``status_texts``: display texts
        in 04 FF (tag 24). ``text_blocks``: 06 D3 where permitted, else 06 D1. ``receipts_first``: receipts before
        04 0F. ``prints_itself``: has a printer and uses it, whatever the register says. ``receipt_end``: attribute
        that ends a receipt (81, 8F or FF hex). ``tagged_lines``: each 06 D1 carries its receipt type as TLV.
        ``tell_charset``: tag 14 in each block. ``long_trace``: trace in 1F2B, BMP 0B zero. ``bare_completion``:
        06 0F without data. ``unknown_bmp``, ``unknown_tlv``: adds a field no specification knows. ``totals_in_one``:
        end of day books all under girocard. ``update_after_closing``: end of day ends with E0 and a silence.
        ``numbers_messages``: echoes the register's offer to number messages (1F73), and holds it to that.
        ``odd_acknowledgement``: 84 00 00 for yes. ``status_after_registration``: an empty 04 0F after 06 00.
    What it asks:
        ``tip_at_terminal``: asks the customer for a tip where the register allows one. ``refund_brands``: card brands
        that may be refunded freely. ``reversal_needs_card``: a reversal wants to see the card.
    What it takes:
        ``lenient``: ignores BMPs it does not know in a command (else 84 83). ``needs_registration``: refuses to pay
        before the first 06 00.
    """

    policy: Policy = "reverse"
    sync_number: bool = False
    intermediate_status: bool = True
    status_texts: bool = True
    text_blocks: bool = True
    receipts_first: bool = False
    prints_itself: bool = False
    receipt_end: int = 0x81
    charset: str = "cp437"
    tell_charset: bool = False
    tagged_lines: bool = False
    long_trace: bool = False
    bare_completion: bool = False
    unknown_bmp: bool = False
    unknown_tlv: bool = False
    totals_in_one: bool = False
    numbers_messages: bool = False
    odd_acknowledgement: bool = False
    status_after_registration: bool = False
    update_after_closing: bool = False
    tip_at_terminal: bool = False
    refund_brands: tuple[str, ...] = ("visa", "mastercard")
    reversal_needs_card: bool = False
    lenient: bool = True
    needs_registration: bool = True


@dataclass(slots=True)
class Times:
    """Seconds the terminal takes or waits. ``t1`` to ``t3`` are the protocol's, the rest people's and the bank's."""

    t1: float = 0.2
    t2: float = 5.0
    t3: float = 5.0
    repeat_status: float = 2.0
    card: float = 60.0
    pin: float = 60.0
    removal: float = 20.0
    keep_alive: float = 15.0
    result_shown: float = 5.0
    host: float = 1.2
    step: float = 0.5
    update: float = 60.0

    @classmethod
    def hurried(cls) -> Times:
        """Times without thinking: for tests and measurements."""
        return cls(repeat_status=0.02, host=0.0, step=0.0, update=0.1)


@dataclass(slots=True)
class Identity:
    """Who the terminal says it is: TID, contract number (VU-Nummer), merchant's name and address, password."""

    terminal_id: str = "68123456"
    contract: str = "4556000599"
    merchant: tuple[str, ...] = ("Morgenrot", "Kaffeehaus & Laden", "Lindenstr. 4, 04109 Leipzig")
    password: str = "123456"  # noqa: S105 - the protocol sends it in clear text; every manual prints it
    software: str = "smartECR virtuell 1"
    serial: str = "VT-0001"
    columns: int = 32
    most_cents: int = 9_999_99


@dataclass(slots=True)
class Setup:
    """All of it."""

    switches: Switches = field(default_factory=Switches)
    times: Times = field(default_factory=Times)
    identity: Identity = field(default_factory=Identity)
