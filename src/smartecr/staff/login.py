"""Log-in by PIN, and approval on the spot. Wrong tries cost growing delays, which lie in the database.

A try is counted before its PIN is looked at: many tries at once are no way around the delay, nor is a restart.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from smartecr.staff import pins
from smartecr.staff.actor import Actor
from smartecr.staff.errors import LoginError
from smartecr.staff.models import LoginGuard, Person
from smartecr.staff.rights import Right, allows

DELAYS = (0, 0, 5, 15, 60, 300, 900, 1800)
"""Seconds without a further try after the first, second, … wrong PIN; the last one holds from there on."""


def log_in(person_id: str, pin: str, now: datetime) -> Actor:
    """Return the actor whose PIN this is; `now` is an aware datetime.

    Raises LoginError "wrong_pin", "locked" or "storage" (the try cannot be written, so the PIN was not looked at).
    Runs transactions of its own (a refused try must stay counted), so it must not be called within one.
    """
    person = Person.objects.filter(id=person_id, active=True).first()
    if person is None:
        pins.matches(pins.NOBODY, pin)
        raise _wrong(0)
    try:
        delay = _count_try(person, now)
        if not pins.matches(person.pin_hash, pin):
            raise _wrong(delay)
        _forget_tries(person, pin)
    except OperationalError as error:
        text = _("Die Kasse kann gerade nicht speichern. Bitte gleich noch einmal.")
        raise LoginError("storage", text) from error
    return Actor(person.id, person.name, person.role)


def approve(person_id: str, pin: str, right: Right | str, now: datetime) -> Actor:
    """Return the actor who grants `right` with a PIN. Raises LoginError as `log_in`, or "not_allowed".

    The PIN is looked at first: who may approve what is nothing to find out without one.
    """
    actor = log_in(person_id, pin, now)
    if not allows(actor.role, right):
        raise LoginError("not_allowed", _("{name} darf das nicht freigeben.").format(name=actor.name))
    return actor


def waiting(person_id: str, now: datetime) -> int:
    """Return the seconds until the next try of this person is looked at, 0 when it is free."""
    guard = LoginGuard.objects.filter(person_id=person_id).first()
    return _remaining(guard, now) if guard else 0


def _count_try(person: Person, now: datetime) -> int:
    """Count a try as failed, in advance; return the delay in seconds it costs if it is. Raises LoginError "locked"."""
    with transaction.atomic(durable=True):
        LoginGuard.objects.get_or_create(person=person)
        guard = LoginGuard.objects.select_for_update().get(person=person)
        remaining = _remaining(guard, now)
        if not remaining:
            guard.failures += 1
            delay = _delay(guard.failures)
            guard.locked_until = now + timedelta(seconds=delay) if delay else None
        elif guard.locked_until:
            guard.locked_until = min(guard.locked_until, now + timedelta(seconds=remaining))
        guard.save()
    if remaining:
        raise LoginError("locked", _("Zu viele falsche PINs. {wait}").format(wait=_wait(remaining)), remaining)
    return delay


def _remaining(guard: LoginGuard, now: datetime) -> int:
    """Return the locked seconds left, rounded up; a clock that was set back never makes them more than the delay."""
    if guard.locked_until is None or guard.locked_until <= now:
        return 0
    seconds = -((now - guard.locked_until) // timedelta(seconds=1))
    return min(seconds, _delay(guard.failures))


def _delay(failures: int) -> int:
    return DELAYS[min(failures, len(DELAYS)) - 1]


def _forget_tries(person: Person, pin: str) -> None:
    with transaction.atomic():
        LoginGuard.objects.filter(person=person).update(failures=0, locked_until=None)
        if pins.is_outdated(person.pin_hash):
            Person.objects.filter(id=person.id).update(pin_hash=pins.hash_pin(pin))


def _wrong(delay: int) -> LoginError:
    message = _("Diese PIN passt nicht.")
    return LoginError("wrong_pin", f"{message} {_wait(delay)}" if delay else message, delay)


def _wait(seconds: int) -> str:
    if seconds < 60:
        text = ngettext("Nächster Versuch in {count} Sekunde.", "Nächster Versuch in {count} Sekunden.", seconds)
        return text.format(count=seconds)
    minutes = -(-seconds // 60)
    text = ngettext("Nächster Versuch in {count} Minute.", "Nächster Versuch in {count} Minuten.", minutes)
    return text.format(count=minutes)
