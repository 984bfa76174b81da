"""What facts about working time do to the rows (see `projection`)."""

from __future__ import annotations

from smartecr.register.journal import Entry
from smartecr.register.rows import Change, Insert, Operation, Row, row_of


def _time_stamped(entry: Entry, body: Row) -> list[Operation]:
    row = {"id": entry.id, "person_id": body["person"], "kind": body["kind"], "at": entry.at}
    return [Insert("register_time_stamp", row_of("register_time_stamp", row))]


def _time_corrected(entry: Entry, body: Row) -> list[Operation]:
    same = {"person_id": body["person"], "entered_by": entry.actor_name, "reason": body["reason"]}
    return [
        *(Change("register_time_stamp", (key,), {"gone": entry.id}) for key in body["replaced"]),
        *(Insert("register_time_stamp", row_of("register_time_stamp", {**one, **same})) for one in body["stamps"]),
    ]


HANDLERS = {"time_stamped": _time_stamped, "time_corrected": _time_corrected}
