"""Working time: stamps by PIN, corrections by the manager as new facts, a month's shifts (§ 16 (2) ArbZG)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from smartecr.core import worktime
from smartecr.core.records import dataclass
from smartecr.core.worktime import Shift, Stamp
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.rights import require
from smartecr.register.rows import Row
from smartecr.register.till import ZONE, Till, instant, moment
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

_REFUSED = {
    worktime.COME: ("Du bist schon da.", "Pause oder Gehen wählen."),
    worktime.GO: ("Du bist gerade nicht da.", "Zuerst kommen."),
    worktime.PAUSE: ("Eine Pause beginnt nur, wer gerade arbeitet.", "Kommen oder Weiter wählen."),
    worktime.RESUME: ("Du bist gerade nicht in der Pause.", "Pause, Gehen oder Kommen wählen."),
}
_MOST = 20
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Worked:
    """A shift with what of it does not fit the law, the reason of a correction, and the ids of its stamps."""

    shift: Shift
    warnings: tuple[str, ...]
    reason: str
    stamps: tuple[str, ...]


def stamp(till: Till, actor: Actor, kind: str, entry_id: str) -> Shift:
    """Write a stamp of `actor` down and return the shift it belongs to; the same `entry_id` again changes nothing.

    Raises RegisterError("kind") for one that does not follow the last.
    """
    with writing(till, actor) as writer:
        if not writer.seen([entry_id]):
            now = moment(writer.at)
            rows = _stamps(actor.person_id)
            last = Stamp(rows[-1]["kind"], moment(rows[-1]["at"])) if rows else None
            if kind not in worktime.may(last, now):
                raise RegisterError("kind", *_REFUSED.get(kind, ("Das lässt sich nicht stempeln.", "")))
            writer.append("time_stamped", {"person": actor.person_id, "kind": kind}, entry_id)
    shifts = worktime.shifts(_plain(_stamps(actor.person_id)), till.clock())
    return shifts[-1]


def correct(
    till: Till, actor: Actor, person_id: str, replaced: Sequence[str], stamps: Sequence[Stamp], reason: str
) -> None:
    """Write what is right in place of the stamps `replaced` (ids): one whole shift, or nothing where there was none.

    The old ones stay, marked as replaced. Raises RegisterError: "reason" (missing), "order", "overlap", "ahead", "gone"
    (somebody else has corrected it meanwhile), and for the right. A clock time out of order is taken for the day after,
    so what lasts a whole day is out of "order" too.
    """
    note = require(actor, None, Right.TIMES)
    if not reason.strip():
        raise RegisterError("reason", "Der Grund fehlt.", "Zum Beispiel: Gehen vergessen.")
    if len(stamps) > _MOST or (stamps and not (worktime.in_order(stamps) and stamps[-1].at - stamps[0].at < _DAY)):
        text = "Kommen, Pausen und Gehen müssen nacheinander liegen."
        raise RegisterError("order", text, "Uhrzeiten prüfen; nach Mitternacht den nächsten Tag wählen.")
    with writing(till, actor) as writer:
        if any(instant(one.at) > writer.at for one in stamps):
            raise RegisterError("ahead", "Das liegt in der Zukunft.", "Uhrzeit prüfen.")
        rows = {row["id"]: row for row in _stamps(person_id)}
        if any(key not in rows for key in replaced):
            raise RegisterError("gone", "Das wurde inzwischen schon berichtigt.", "Die Seite neu laden.")
        others = [row for key, row in rows.items() if key not in replaced]
        if stamps and _overlaps(stamps, others):
            raise RegisterError(
                "overlap", "In dieser Zeit steht schon etwas anderes.", "Den anderen Eintrag berichtigen."
            )
        made = [{"id": till.new_id(), "kind": one.kind, "at": instant(one.at)} for one in stamps]
        body = {"person": person_id, "replaced": list(replaced), "stamps": made, "reason": reason.strip()[:200], **note}
        writer.append("time_corrected", body)


def _overlaps(stamps: Sequence[Stamp], others: Sequence[Row]) -> bool:
    """Tell whether a shift lies over another one, or within one that is still open."""
    first, last = instant(stamps[0].at), instant(stamps[-1].at)
    if any(first <= row["at"] <= last for row in others):
        return True
    earlier = [row for row in others if row["at"] < first]
    inside = bool(earlier) and earlier[-1]["kind"] != worktime.GO
    return inside and stamps[0].at - moment(earlier[-1]["at"]) <= worktime.FORGOTTEN


def worked(till: Till, person_id: str, year: int, month: int) -> list[Worked]:
    """Return the shifts of somebody that began in a month, local time; the last may still go on."""
    rows = _stamps(person_id)
    now = till.clock().astimezone(ZONE)
    shifts = worktime.shifts(_plain(rows), now)
    found = []
    for place, shift in enumerate(shifts):
        if (shift.came.year, shift.came.month) == (year, month):
            end = shifts[place + 1].came if place + 1 < len(shifts) else None
            mine = [row for row in rows if _within(row, shift, end)]
            reason = next((row["reason"] for row in mine if row["reason"]), "")
            before = shifts[place - 1] if place else None
            said = tuple(worktime.warnings(shift, before, now))
            found.append(Worked(shift, said, reason, tuple(row["id"] for row in mine)))
    return found


def _within(row: Row, shift: Shift, end: datetime | None) -> bool:
    at = moment(row["at"])
    return shift.came <= at and (end is None or at < end)


def present(till: Till, person_id: str) -> Shift | None:
    """Return the shift somebody is in just now, None for somebody who is not here."""
    shifts = worktime.shifts(_plain(_stamps(person_id)), till.clock().astimezone(ZONE))
    return shifts[-1] if shifts and shifts[-1].went is None and not shifts[-1].forgotten else None


def total(shifts: Sequence[Worked], now: datetime) -> timedelta:
    """Return the time worked in these shifts."""
    return sum((one.shift.worked(now) for one in shifts), timedelta(0))


def _stamps(person_id: str) -> list[Row]:
    sql = "SELECT * FROM register_time_stamp WHERE person_id = %s AND gone = '' ORDER BY at, id"
    return fetch(sql, [person_id])


def _plain(rows: Sequence[Row]) -> list[Stamp]:
    return [Stamp(row["kind"], moment(row["at"]).astimezone(ZONE)) for row in rows]
