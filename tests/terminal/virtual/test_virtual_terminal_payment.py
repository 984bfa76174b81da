"""Paying at the virtual terminal over the wire: tap, chip, phone, refusals, and what the bank has in its books."""

from __future__ import annotations

from typing import Any

from support.zvt_register import pay


def test_a_tap_pays(bench: Any) -> None:
    talk = bench.register.run(pay(1200), bench.hands.tap("visa"))
    assert talk.codes == [0x0A, 0x0E, 0x04]
    assert [message[:2].hex() for message in talk.messages[-4:]] == ["040f", "06d3", "06d3", "060f"]
    assert talk.result[0x27] == b"\x00"
    assert talk.result[0x04].hex() == "000000001200"
    assert talk.result[0x8A] == b"\x0a"
    assert talk.result[0x29].hex() == "68123456"
    assert bench.terminal.books.net_cents() == 1200
    assert bench.terminal.violations == []
