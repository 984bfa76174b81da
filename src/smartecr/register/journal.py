"""The journal's facts and their chain: canonical JSON and SHA-256. Pure.

A fact's hash covers its register, sequence number, id, shop, kind, business day, instant, actor and body, and
the hash of the fact before it (64 zeros before the first). One changed byte breaks every hash from there on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import orjson

GENESIS = "0" * 64

Body = dict[str, Any]

LASTING = (
    "shop_saved", "register_saved", "training_changed", "rows_saved", "prices_turned", "period_opened", "day_closed",
    "outage_began", "outage_ended", "logged_in", "logged_out",
)  # fmt: skip
"""Facts that matter longer than until the next closing (see `past`)."""

INDEXED = (
    *LASTING, "audit_refused", "basket_changed", "books_verified", "data_handed_over", "drawer_opened", "line_voided",
    "options_saved", "person_saved", "procedure_changed", "refund_begun", "slip_printed", "tse_seen",
)  # fmt: skip
"""Facts looked for by their kind: `kind = '…'`, written out in the statement, finds them by a small index."""

STRUCK = '"voided":'
"""What stands in the body of a receipt_recorded alone when lines had been struck out before the payment."""


def by_kinds(statement: str, kinds: Sequence[str]) -> str:
    """Return a SELECT from the journal, which ends in its conditions, once for each of `kinds` and all together."""
    return " UNION ALL ".join(f"{statement} AND kind = '{kind}'" for kind in kinds)


class Entry(NamedTuple):
    """One fact, as a row of the journal has it; `body` is its canonical JSON text. Its hash comes after the rest."""

    register_id: str
    seq: int
    id: str
    shop_id: str
    kind: str
    business_day: str
    at: str
    actor_id: str
    actor_name: str
    body: str
    previous: str
    hash: str = ""

    def data(self) -> dict[str, Any]:
        """Return the body as a dict."""
        parsed: dict[str, Any] = orjson.loads(self.body)
        return parsed


_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


def canonical(body: Body) -> str:
    """Return `body` as canonical JSON: keys sorted, no blanks, real characters.

    Floats, and whatever else JSON or 64 bits cannot hold, are refused (TypeError).
    """
    _refuse_floats(body.values())
    return part(body)


def part(body: Body) -> str:
    """Return a part of a body as canonical JSON; the whole was looked through when it was appended."""
    return orjson.dumps(body, option=_OPTIONS).decode()


_PLAIN = frozenset({str, int, bool, type(None)})


def _refuse_floats(values: Collection[object]) -> None:
    if _PLAIN.issuperset(map(type, values)):  # as nearly always; this runs over everything the journal keeps
        return
    for value in values:
        if type(value) in _PLAIN:
            continue
        if isinstance(value, dict):
            _refuse_floats(value.values())
        elif isinstance(value, list | tuple):
            _refuse_floats(value)
        elif isinstance(value, float):
            raise TypeError("the journal takes no floats")


def digest(entry: Entry) -> str:
    """Return the SHA-256 (hex) that chains `entry` to the one before it."""
    return hashlib.sha256(orjson.dumps((entry.previous, *entry[:10]))).hexdigest()
