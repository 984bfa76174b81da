"""A disk that fills up, at any moment of a sale: a clear word, nothing lost, nothing doubled."""

from __future__ import annotations

from django.db import OperationalError, connection

from smartecr.core.receipt import Payment
from smartecr.register import queries
from smartecr.register.books import verify
from smartecr.register.errors import RegisterError
from smartecr.register.models import Receipt
from smartecr.register.sale import paying, selling
from smartecr.register.till import Till
from support.shop import CASHIER, ESPRESSO, command, pay_cash, ring


class Full:
    """From the n-th writing statement on the disk is full, until room is made."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.full = False

    def __call__(self, execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        """Refuse what would write."""
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            self.left -= 1
            if self.left < 0:
                self.full = True
                raise OperationalError("database or disk is full")
        return execute(sql, params, many, context)


def test_a_full_disk_is_told_and_the_sale_can_be_repeated(till: Till) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    after = 0
    while True:
        tap, receipt_id = command(till, "article", article=ESPRESSO), till.new_id()
        disk = Full(after)
        with connection.execute_wrapper(disk):
            try:
                sell(till, tap, receipt_id)
            except RegisterError as error:
                assert error.code == "storage"
                assert error.next_step
        receipt = sell(till, tap, receipt_id)
        assert (receipt.issued, receipt.total_cents) == (True, 240)
        assert verify.examine().findings == []
        if not disk.full:
            break
        after += 1
    assert after > 8
    assert Receipt.objects.count() == after + 2
    assert queries.cash_stock(till) == 240 * (after + 2)


def sell(till: Till, tap: dict[str, object], receipt_id: str) -> queries.ReceiptState:
    """One tap and its payment, as a browser repeats them: with the same ids."""
    selling.run(till, CASHIER, [tap])
    basket_id = queries.current(till).id
    if not basket_id:
        basket_id = Receipt.objects.get(id=receipt_id).basket_id
    return paying.pay(till, CASHIER, basket_id, receipt_id, [Payment(kind="Bar", cents=1000)])
