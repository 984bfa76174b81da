"""Who may do it: the actor himself, or somebody who approves on the spot."""

from __future__ import annotations

from smartecr.core.money import format_cents
from smartecr.register.errors import RightError
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right, allows


def require(actor: Actor, approver: Actor | None, right: Right, cents: int | None = None) -> dict[str, dict[str, str]]:
    """Return the note for the journal ({} or who approved); `cents` is what it is about, where it is about money.

    Raises RightError when neither of both has the right.
    """
    if allows(actor.role, right):
        return {}
    if approver is not None and allows(approver.role, right):
        return {"approved_by": {"id": approver.person_id, "name": approver.name}}
    raise RightError(right, "" if cents is None else f"{format_cents(abs(cents))} €")
