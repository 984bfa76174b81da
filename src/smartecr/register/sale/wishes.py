"""Wishes to kitchen and bar: "ohne Zwiebeln" belongs to a line, or to one piece of it; no receipt says it."""

from __future__ import annotations

from smartecr.core.basket import find_line, set_wish
from smartecr.core.parting import apart, pieces_of
from smartecr.core.quantity import ONE
from smartecr.register.sale.counter import Command, Counter
from smartecr.register.till import Till
from smartecr.sql import select

USUAL = (
    "ohne Zwiebeln", "ohne Soße", "Soße extra", "scharf", "nicht scharf", "medium", "durch", "glutenfrei",
    "laktosefrei", "ohne Eis", "eilt", "später",
)  # fmt: skip
"""What is wished for everywhere; as the kitchen reads it, whatever the language of the till."""

_LATELY = 500
"""So many slips back it is looked what was wished for here."""


def note(counter: Counter, command_id: str, command: Command) -> str:
    """Note the "wish" of a "line", or with "one" of a single piece of it, which becomes a line of its own."""
    before = counter.basket().basket
    line_id, wish = str(command["line"]), str(command["wish"])
    line = find_line(before, line_id)
    if command.get("one") is True and pieces_of(line) > 1:
        piece = ONE if line.quantity > 0 else -ONE
        before = apart(before, line_id, piece, command_id, counter.till.new_id)
        line_id = command_id
    counter.change(set_wish(before, line_id, wish), command_id, line_id)
    return line_id


def lately(till: Till, most: int) -> list[str]:
    """Return what was wished for at this register lately, the newest first."""
    rows = select(
        "SELECT wish, max(number) FROM register_station_line WHERE register_id = %s AND wish <> '' AND number > "
        "(SELECT coalesce(max(number), 0) - %s FROM register_station_line WHERE register_id = %s) "
        "GROUP BY wish ORDER BY 2 DESC, 1 LIMIT %s",
        [till.register_id, _LATELY, till.register_id, most],
    )
    return [row[0] for row in rows]
