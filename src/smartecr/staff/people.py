"""Hiring, changing and listing people. Ids come from the caller; nobody is deleted, only made inactive."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from smartecr.staff import pins
from smartecr.staff.errors import StaffError
from smartecr.staff.models import LANGUAGES, ROLES, LoginGuard, Person
from smartecr.staff.rights import Right, roles_with


def create(
    *, person_id: str, name: str, role: str, pin: str, language: str = "de", documented_pin: bool = False
) -> Person:
    """Add somebody and return them. Raises StaffError (field "name", "role", "language" or "pin").

    `documented_pin` allows a trivial PIN: the demo shop prints its PINs on the log-in screen.
    """
    if not documented_pin:
        pins.check(pin)
    _check_role(role)
    _check_language(language)
    with transaction.atomic():
        return Person.objects.create(
            id=person_id,
            name=_clean_name(name, ""),
            role=role,
            pin_hash=pins.hash_pin(pin),
            language=language,
            position=Person.objects.count() + 1,
        )


def change(
    person_id: str,
    *,
    name: str | None = None,
    role: str | None = None,
    language: str | None = None,
    active: bool | None = None,
) -> Person:
    """Change what is given and return the person. Raises StaffError, also when nobody were left to manage the staff."""
    with transaction.atomic():
        person = _get(person_id)
        if name is not None:
            person.name = _clean_name(name, person.id)
        if role is not None:
            _check_role(role)
            person.role = role
        if language is not None:
            _check_language(language)
            person.language = language
        if active is not None:
            person.active = active
        person.save()
        if not having(Right.STAFF):
            raise StaffError("last_owner", _("Jemand muss Inhaber bleiben, sonst verwaltet niemand mehr das Personal."))
    return person


def set_pin(person_id: str, pin: str) -> None:
    """Give somebody a new PIN and forget wrong tries. Raises StaffError when the PIN is not good."""
    pins.check(pin)
    with transaction.atomic():
        person = _get(person_id)
        person.pin_hash = pins.hash_pin(pin)
        person.save(update_fields=["pin_hash"])
        LoginGuard.objects.filter(person=person).delete()


def working() -> list[Person]:
    """Return the active people in the order of the log-in screen."""
    return list(Person.objects.filter(active=True))


def having(right: Right | str) -> list[Person]:
    """Return the active people who may do (and approve) `right`, in the order of the log-in screen."""
    return list(Person.objects.filter(active=True, role__in=roles_with(right)))


def _get(person_id: str) -> Person:
    person = Person.objects.select_for_update().filter(id=person_id).first()
    if person is None:
        raise StaffError("unknown_person", _("Diese Person gibt es nicht."))
    return person


def _clean_name(name: str, person_id: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 40 or not name.isprintable():
        raise StaffError("name", _("Ein Name hat 1 bis 40 Zeichen."), "name")
    if Person.objects.filter(name__iexact=name).exclude(id=person_id).exists():
        raise StaffError("name_taken", _("{name} gibt es schon.").format(name=name), "name")
    return name


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise StaffError("role", _("Diese Rolle gibt es nicht."), "role")


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise StaffError("language", _("Diese Sprache gibt es nicht."), "language")
