"""What the register said about itself in 06 00, and what follows from it for everything the terminal sends.

The configuration byte, the rule that tags may only be sent to a register that sent a container itself, and the list of
permitted commands (tag 26) are those of PA00P015, chapter on registration.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from smartecr.core.records import dataclass
from smartecr.terminal.zvt import bmp, tlv
from smartecr.terminal.zvt.messages import Message
from smartecr.terminal.zvt.sequence import OFFER, number_of
from smartecr.terminal.zvt.tlv import Node

PRINT_LINE, PRINT_BLOCK = 0x06D1, 0x06D3
EURO = 978

_CHARSETS = {0x01: "latin-1", 0x02: "iso8859-2", 0x0F: "iso8859-15", 0xFE: "utf-8", 0xFF: "cp437"}
CHARSET_CODES = {name: code for code, name in _CHARSETS.items()}


@dataclass(slots=True)
class Registration:
    """The register's wishes; before the first 06 00 and after a log-off those of a terminal on its own (86 hex)."""

    config: int = 0x86
    currency: int = 0
    tags: bool = False
    blocks: bool = False
    columns: int = 0
    charset: str = ""
    numbers: bool = False
    done: bool = False

    @classmethod
    def read(cls, message: Message) -> Registration:
        """Take the wishes out of a 06 00 whose password was checked."""
        commands = b"".join(tlv.values(message.fields.tlv, 0x0A))
        listed = {int.from_bytes(commands[place : place + 2], "big") for place in range(0, len(commands), 2)}
        columns = message.tag(0x12)
        wanted = message.tag(0x27, 0x14) or message.tag(0x14) or b""
        return cls(
            config=message.head[3],
            currency=EURO if message.head[4:6] else 0,
            tags=message.fields.has_tlv,
            blocks=PRINT_BLOCK in listed,
            columns=int(columns.hex()) if columns and columns.hex().isdigit() else 0,
            charset=_CHARSETS.get(wanted[0], "") if wanted else "",
            numbers=number_of(message) == 0,
            done=True,
        )

    @classmethod
    def load(cls, kept: dict[str, Any] | None) -> Registration:
        """Return what the state file kept."""
        return cls(**kept) if kept else cls()

    def to_json(self) -> dict[str, Any]:
        """Return the form the state file keeps."""
        return asdict(self)

    @property
    def prints_payments(self) -> bool:
        """Whether the register prints receipts of payments, in the terminal's wording."""
        return bool(self.config & 0x02) and bool(self.config & 0x80)

    @property
    def prints_administration(self) -> bool:
        """Whether the register prints the other receipts, in the terminal's wording."""
        return bool(self.config & 0x04) and bool(self.config & 0x80)

    @property
    def wants_status(self) -> bool:
        """Whether the register wants intermediate status."""
        return bool(self.config & 0x08)

    def fields(self, pairs: Iterable[tuple[int, bytes]], nodes: Iterable[Node] = ()) -> bytes:
        """Write bitmaps as this register may get them: the currency only if it named one, tags only if it sent some."""
        listed = [(code, value) for code, value in pairs if code != 0x49 or self.currency]
        container = list(nodes) if self.tags else []
        return bmp.write(listed, container or None)

    def completion(self, terminal_id: str) -> bytes:
        """Return the data of the completion of a registration."""
        nodes = []
        if self.charset:
            nodes.append(tlv.node(0x27, [tlv.node(0x14, bytes((CHARSET_CODES[self.charset],)))]))
        if self.blocks:
            nodes.append(tlv.node(0x26, [tlv.node(0x0A, PRINT_BLOCK.to_bytes(2, "big"))]))
        if self.numbers:
            nodes.append(OFFER)
        currency = bytes.fromhex(f"{self.currency:04d}")
        return self.fields([(0x19, b"\x00"), (0x29, bytes.fromhex(terminal_id)), (0x49, currency)], nodes)
