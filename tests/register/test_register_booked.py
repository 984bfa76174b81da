"""Receipts as closings and figures read them, beside the receipts themselves."""

from __future__ import annotations

import pytest
from django.db import connection

from smartecr.core.closing import counted_content
from smartecr.core.errors import ClosingError
from smartecr.register import booked, queries
from smartecr.register.till import Till
from smartecr.tse.virtual import Faults
from support.fullbooks import fill
from support.shop import ESPRESSO, Clock, pay_cash, ring
from support.tampering import unguard


def test_counted_is_what_the_receipts_say(till: Till, clock: Clock, faults: Faults) -> None:
    fill(till, clock, faults)
    found = booked.between(till.register_id, 0, booked.ENDLESS)
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    for one in found:
        receipt = queries.receipt(one.id)
        assert one.content == counted_content(receipt.number, receipt.content)
        assert (one.at, one.person_name, one.reference_id, one.reason, one.outage) == (
            receipt.at, receipt.person_name, receipt.reference_id, receipt.reason, receipt.outage_reason
        )  # fmt: skip
    assert {repr(line.in_house) for one in found for line in one.content.lines} == {"None", "True"}
    assert booked.between(till.register_id, 2, 4) == found[2:4]


def test_lines_alike_are_one_object(till: Till) -> None:
    for _ in range(2):
        ring(till, ESPRESSO, ESPRESSO)
        pay_cash(till)
    first, second = booked.between(till.register_id, 0, booked.ENDLESS)
    assert first.content.lines[0] is second.content.lines[0]


def test_a_line_without_its_vat_is_told(till: Till) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    unguard()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM register_receipt_vat")
    with pytest.raises(ClosingError, match="Beleg 1 hat"):
        booked.between(till.register_id, 0, booked.ENDLESS)
