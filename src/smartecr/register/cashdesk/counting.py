"""The cash count (Kassensturz): at any minute, what lies in the drawer held against what the books say.

A count is a fact of its own and moves nothing. A difference stays visible until the closing books it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from smartecr.core.cash import count_total
from smartecr.core.records import dataclass
from smartecr.printer import reports
from smartecr.printer.document import ReportDocument
from smartecr.register import models, queries
from smartecr.register.cashdesk import foreign
from smartecr.register.cashless import cashparts
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.paper.receipts import local, shop_head
from smartecr.register.rows import Row
from smartecr.register.till import Till
from smartecr.sql import fetch
from smartecr.staff.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A cash count in cents; `pieces` are (denomination, pieces), `number` is the last receipt before it.

    `foreign` are (currency, expected, counted, worth in euro cents) of foreign notes that were counted.
    """

    id: str
    register_id: str
    at: str
    person_name: str
    expected_cents: int
    counted_cents: int
    pieces: tuple[tuple[int, int], ...]
    reason: str
    occasion: str
    number: int
    foreign: tuple[tuple[str, int, int, int], ...] = ()

    @property
    def difference_cents(self) -> int:
        """Return counted minus expected."""
        return self.counted_cents - self.expected_cents


def count(
    till: Till,
    actor: Actor,
    count_id: str,
    counts: Mapping[int, int],
    occasion: str = "",
    reason: str = "",
    foreign_counts: Mapping[str, int] | None = None,
    expected_cents: int | None = None,
) -> Count:
    """Write down a cash count of `counts` (pieces by denomination in cents) and return it; repeats are the same count.

    `foreign_counts` are cents by currency of the foreign notes, None where they were not counted.

    What the books say is read in the same transaction, so no sale falls between. Raises RegisterError("difference")
    when both differ and no `reason` is given, or one for other books (`expected_cents`), CashError for what no cash is.
    """
    counted = count_total(dict(counts))
    with writing(till, actor) as writer:
        if not writer.seen([count_id]):
            cashparts.refuse(till)
            expected = queries.cash_stock(till)
            abroad = foreign.differences(till, foreign_counts) if foreign_counts is not None else []
            if counted != expected:
                as_seen(expected, expected_cents)
            if (counted != expected or any(by for _, by, _ in abroad)) and not reason.strip():
                raise RegisterError(
                    "difference", "Gezähltes und errechnetes Geld weichen ab.", "Noch einmal zählen oder Grund angeben."
                )
            body = {
                "expected_cents": expected,
                "counted_cents": counted,
                "reason": reason.strip()[:200],
                "occasion": occasion[:40],
                "number": writer.head.receipt_number,
            }
            pieces = sorted([value, number] for value, number in counts.items() if number)
            rows = [[one.currency, one.foreign_cents, one.foreign_cents + by, one.cents + worth]
                    for one, by, worth in abroad]  # fmt: skip
            said = {"foreign": rows} if rows else {}
            writer.append("cash_counted", {"count": body, "pieces": pieces, **said}, count_id)
    till.publish("status")
    return find(count_id)


def as_seen(expected: int, seen: int | None) -> None:
    """Raise RegisterError("difference") when a reason was given for other books than those of now (None: for none)."""
    if seen not in (None, expected):
        raise RegisterError("difference", "Seit der Zählung ist Geld bewegt worden.", "Die Differenz neu ansehen.")


def find(count_id: str) -> Count:
    """Return a count. Raises RegisterError("unknown")."""
    rows = fetch("SELECT * FROM register_cash_count WHERE id = %s", [count_id])
    if not rows:
        raise RegisterError("unknown", "Diese Zählung gibt es nicht.")
    return _count(rows[0])


def counts_of(register_id: str, limit: int = 50) -> list[Count]:
    """Return the register's counts, newest first."""
    sql = "SELECT * FROM register_cash_count WHERE register_id = %s ORDER BY at DESC, id DESC LIMIT %s"
    return [_count(row) for row in fetch(sql, [register_id, limit])]


def _count(row: Row) -> Count:
    counted = json.loads(row["counts"])
    columns = {name: row[name] for name in Count.__dataclass_fields__ if name not in ("pieces", "foreign")}
    return Count(
        **columns,
        pieces=tuple((value, number) for value, number in counted["pieces"]),
        foreign=tuple((name, *cents) for name, *cents in counted.get("foreign", ())),
    )


def document(counted: Count) -> ReportDocument:
    """Return the protocol of a count, for paper and screen."""
    register = models.Register.objects.get(id=counted.register_id)
    shop = models.Shop.objects.get(id=register.shop_id)
    return reports.count_document(
        title="Zählprotokoll",
        note=counted.occasion,
        shop=shop_head(shop),
        register=register.name,
        register_serial=register.serial,
        counted=local(counted.at),
        person=counted.person_name,
        drawer=reports.Drawer(
            expected_cents=counted.expected_cents,
            counted_cents=counted.counted_cents,
            counts=counted.pieces,
            reason=counted.reason,
        ),
        foreign=counted.foreign,
    )
