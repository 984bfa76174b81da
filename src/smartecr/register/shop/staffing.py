"""Hiring and changing people, each change written down with its old and new value; PINs never leave the staff room."""

from __future__ import annotations

from typing import Any

from smartecr.register.ledger import writing
from smartecr.register.rights import require
from smartecr.register.signing.securing import SYSTEM
from smartecr.register.till import Till
from smartecr.sql import fetch
from smartecr.staff import people
from smartecr.staff.actor import Actor
from smartecr.staff.models import Person
from smartecr.staff.rights import Right

_KEPT = ("name", "role", "language", "active")


def hire(till: Till, actor: Actor, person_id: str, *, name: str, role: str, pin: str, language: str) -> None:
    """Add somebody under an id of the caller's; a repeated call does nothing. Raises StaffError, RegisterError."""
    require(actor, None, Right.STAFF)
    with writing(till, actor) as writer:
        if fetch("SELECT id FROM staff_person WHERE id = %s", [person_id]):
            return
        person = people.create(person_id=person_id, name=name, role=role, pin=pin, language=language)
        writer.append("person_saved", {"person": _columns(person), "old": None})


def found(till: Till, person_id: str, *, name: str, pin: str) -> None:
    """Add the first person, who owns the shop; when there is anybody already, nothing happens. Raises StaffError."""
    with writing(till, SYSTEM) as writer:
        if people.working():
            return
        person = people.create(person_id=person_id, name=name, role="owner", pin=pin)
        writer.append("person_saved", {"person": _columns(person), "old": None})


def change(till: Till, actor: Actor, person_id: str, **columns: Any) -> None:
    """Change "name", "role", "language" or "active" of somebody. Raises StaffError, RegisterError."""
    require(actor, None, Right.STAFF)
    with writing(till, actor) as writer:
        before = Person.objects.filter(id=person_id).first()
        person = people.change(person_id, **columns)
        old = {key: value for key, value in _columns(before).items() if value != getattr(person, key)} if before else {}
        if old:
            writer.append("person_saved", {"person": _columns(person), "old": old})


def set_pin(till: Till, actor: Actor, person_id: str, pin: str) -> None:
    """Give somebody a new PIN; the fact says that, not which. Raises StaffError, RegisterError."""
    require(actor, None, Right.STAFF)
    with writing(till, actor) as writer:
        people.set_pin(person_id, pin)
        person = Person.objects.get(id=person_id)
        writer.append("person_saved", {"person": _columns(person), "old": {}, "pin": True})


def _columns(person: Person) -> dict[str, Any]:
    return {"id": person.id, **{key: getattr(person, key) for key in _KEPT}}
