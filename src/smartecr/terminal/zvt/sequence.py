"""Numbers of messages (MsgSeqId, TLV 1F73, three packed bytes), by which a repeated message is told from a new one.

The register offers 000000 with its registration; where the terminal echoes it in the completion, every later message
of both sides bears a number: a command the next one, its answer the same, the next message of either side the next,
999999 is followed by 000001. A repeated message keeps its number (PA00P015 rev. 13, registration). Both ends use this.
"""

from __future__ import annotations

from typing import Final

from smartecr.terminal.zvt import tlv
from smartecr.terminal.zvt.apdu import build, command_of, data_of
from smartecr.terminal.zvt.bcd import number
from smartecr.terminal.zvt.messages import Message, container_at, parse
from smartecr.terminal.zvt.tlv import Node

__all__ = ["OFFER", "TAG", "Numbering", "marked", "number_of"]

TAG: Final = 0x1F73
#: what the register offers, and a terminal that can do it echoes
OFFER: Final = tlv.node(TAG, bytes(3))
_LARGEST: Final = 999_999


def number_of(message: Message) -> int | None:
    """Return the number of a message; None where it has none."""
    value = message.tag(TAG)
    text = "" if value is None else value.hex()
    return int(text) if len(text) == 6 and text.isdecimal() else None


def marked(unit: bytes, value: int) -> bytes:
    """Return a unit of ours with its number in the container, which is put there where there is none."""
    data, mark = data_of(unit), tlv.write([Node(TAG, number(value, 3))])
    place = container_at(parse(unit), data)
    if place is None:
        return build(command_of(unit), data + b"\x06" + tlv.length(len(mark)) + mark)
    measured = tlv.read_length(data, place + 1)
    assert measured is not None
    size, start = measured
    content = data[start : start + size] + mark
    whole = data[:place] + b"\x06" + tlv.length(len(content)) + content + data[start + size :]
    return build(command_of(unit), whole)


class Numbering:
    """One end's count, idle until ``start``. Not thread-safe."""

    def __init__(self) -> None:
        self.on = False
        self._last = 0
        self.asked = 0  # the number of our last message
        self._heard: int | None = None
        self._answer: bytes | None = None

    def start(self) -> None:
        """Begin with 000001: both sides agreed."""
        self.on, self._last, self.asked, self._heard = True, 0, 0, None

    def stop(self) -> None:
        """Number nothing any more, until a registration agrees on it anew."""
        self.on = False

    def following(self) -> int:
        """Return the number the next message of either side has to bear."""
        return self._last % _LARGEST + 1

    def message(self, unit: bytes) -> bytes:
        """Return a message of ours with the next number."""
        if not self.on:
            return unit
        self._last = self.asked = self.following()
        return marked(unit, self._last)

    def answers(self, answer: Message) -> bool:
        """Tell whether an answer may belong to our last message: it repeats its number, or has none."""
        told = number_of(answer) if self.on else None
        return told is None or told == self.asked

    def again(self, message: Message) -> bytes | None:
        """Return the answer given before where the other side repeats itself; None for a new message."""
        told = number_of(message) if self.on else None
        if told is None:
            return None
        if told == self._heard:
            return self._answer
        self._last = self._heard = told
        self._answer = None
        return None

    def answer(self, message: Message, unit: bytes) -> bytes:
        """Return our answer to a message with its number, and remember it for a repetition."""
        told = number_of(message) if self.on else None
        if told is not None:
            unit = self._answer = marked(unit, told)
        return unit
