"""How often each kind of Vorgang was recorded and signed: from closings and by an index what all receipts would say."""

from __future__ import annotations

from smartecr.register.books import vorgaenge
from smartecr.register.books.vorgaenge import Counted
from smartecr.register.models import ReceiptSignature
from smartecr.register.till import Till
from smartecr.sql import select
from smartecr.tse.virtual import Faults
from support.fullbooks import fill
from support.shop import MANAGER, ROLL, Clock, pay_cash, ring
from support.tampering import unguard


def test_closings_and_the_open_period_say_what_all_receipts_do(
    till: Till, second: Till, clock: Clock, faults: Faults
) -> None:
    fill(till, clock, faults)
    ring(till, ROLL)
    faults.unplugged = True
    pay_cash(till)
    ring(second, ROLL, actor=MANAGER)
    pay_cash(second)
    for register in (till, second):
        by_reading_all = select(
            "SELECT r.type, count(*), sum(CASE WHEN s.outage = '' THEN 0 ELSE 1 END) FROM register_receipt r "
            "LEFT JOIN register_receipt_signature s ON s.receipt_id = r.id WHERE r.register_id = %s "
            "GROUP BY r.type ORDER BY r.type",
            [register.register_id],
        )
        assert vorgaenge.counted(register.register_id) == [Counted(*row) for row in by_reading_all]
    kinds = {one.kind: one for one in vorgaenge.counted(till.register_id)}
    assert kinds["Beleg"].unsigned == 4  # one of each day, and the float the last one carried along
    assert len(kinds) > 2


def test_a_receipt_that_is_being_signed_has_no_signature_yet(till: Till) -> None:
    ring(till, ROLL)
    receipt = pay_cash(till)
    assert vorgaenge.counted(till.register_id) == [Counted("Beleg", 1, 0)]
    unguard()
    ReceiptSignature.objects.filter(receipt_id=receipt.id).delete()
    assert vorgaenge.counted(till.register_id) == [Counted("Beleg", 1, 1)]
