"""The real hashes of PINs; other tests hash with the least effort."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smartecr.staff import login, people, pins
from smartecr.staff.models import Person

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
JANA = "01" * 16

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _staff() -> None:
    people.create(person_id=JANA, name="Jana", role="cashier", pin="4815")


def test_the_hash_of_nobody_costs_what_a_real_one_costs() -> None:
    parameters = Person.objects.get(id=JANA).pin_hash.split("$")[:4]
    assert pins.NOBODY.split("$")[:4] == parameters
    assert not pins.is_outdated(pins.NOBODY)


def test_an_old_hash_is_renewed_at_log_in() -> None:
    old = "$argon2id$v=19$m=1024,t=1,p=1$"
    hasher = pins.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    Person.objects.filter(id=JANA).update(pin_hash=hasher.hash("4815"))
    assert Person.objects.get(id=JANA).pin_hash.startswith(old)
    login.log_in(JANA, "4815", NOW)
    assert not Person.objects.get(id=JANA).pin_hash.startswith(old)
    assert login.log_in(JANA, "4815", NOW).name == "Jana"


def test_hashes_are_salted_argon2id_and_never_the_pin() -> None:
    people.create(person_id="06" * 16, name="Doppelt", role="cashier", pin="4815")
    first, second = (Person.objects.get(id=key).pin_hash for key in (JANA, "06" * 16))
    assert first != second
    assert first.startswith("$argon2id$")
    assert "4815" not in first.split("$")[:4]
