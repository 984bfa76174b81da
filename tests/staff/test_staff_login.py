"""Log-in by PIN: the growing delay, what an attacker can and cannot learn, approval on the spot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from smartecr.staff import login, people, pins
from smartecr.staff.actor import Actor
from smartecr.staff.errors import LoginError, StaffError
from smartecr.staff.models import LoginGuard, Person

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
JANA = "01" * 16
MURAT = "02" * 16

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _staff(quick_pins: None) -> None:
    people.create(person_id=JANA, name="Jana", role="cashier", pin="4815")
    people.create(person_id=MURAT, name="Murat", role="manager", pin="162342", language="en")


def refused(pin: str, now: datetime, person: str = JANA) -> LoginError:
    with pytest.raises(LoginError) as caught:
        login.log_in(person, pin, now)
    return caught.value


def test_the_right_pin_opens() -> None:
    assert login.log_in(JANA, "4815", NOW) == Actor(JANA, "Jana", "cashier")
    assert LoginGuard.objects.get(person_id=JANA).failures == 0


def test_delay_grows_and_lies_in_the_database() -> None:
    now, waits = NOW, []
    for _ in range(10):
        error = refused("0000", now)
        assert error.code == "wrong_pin"
        waits.append(error.wait_seconds)
        now += timedelta(seconds=error.wait_seconds)
    assert waits == [0, 0, 5, 15, 60, 300, 900, 1800, 1800, 1800]
    assert LoginGuard.objects.get(person_id=JANA).failures == 10


def test_locked_tries_are_not_looked_at_even_when_right() -> None:
    for _ in range(3):
        refused("0000", NOW)
    with patch.object(pins, "matches", side_effect=AssertionError("looked at the PIN")):
        error = refused("4815", NOW + timedelta(milliseconds=4001))
    assert (error.code, error.wait_seconds) == ("locked", 1)
    assert "1 Sekunde." in error.message
    assert login.waiting(JANA, NOW) == 5
    assert login.waiting(JANA, NOW + timedelta(seconds=5)) == 0
    assert login.waiting(MURAT, NOW) == 0
    assert login.log_in(JANA, "4815", NOW + timedelta(seconds=5)).name == "Jana"
    assert refused("0000", NOW + timedelta(seconds=6)).wait_seconds == 0


def test_a_try_counts_before_its_pin_is_looked_at() -> None:
    with patch.object(pins, "matches", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        login.log_in(JANA, "4815", NOW)
    assert LoginGuard.objects.get(person_id=JANA).failures == 1


def test_a_clock_set_back_does_not_lock_for_longer() -> None:
    for _ in range(4):
        refused("0000", NOW + timedelta(seconds=5 * _))
    yesterday = NOW - timedelta(days=1)
    assert refused("4815", yesterday).wait_seconds == 15
    assert refused("4815", yesterday + timedelta(seconds=14)).wait_seconds == 1
    assert login.log_in(JANA, "4815", yesterday + timedelta(seconds=15)).name == "Jana"


def test_tries_of_one_do_not_lock_another() -> None:
    for _ in range(3):
        refused("0000", NOW)
    assert login.log_in(MURAT, "162342", NOW).role == "manager"


@pytest.mark.parametrize("person", ["ff" * 16, "", "x", "'; DROP TABLE staff_person; --"])
def test_an_unknown_person_looks_like_a_wrong_pin(person: str) -> None:
    with patch.object(pins, "matches", wraps=pins.matches) as matches:
        error = refused("4815", NOW, person)
    assert (error.code, error.message, error.wait_seconds) == ("wrong_pin", "Diese PIN passt nicht.", 0)
    assert matches.call_count == 1


def test_an_inactive_person_stays_out() -> None:
    people.create(person_id="03" * 16, name="Christine", role="owner", pin="2718")
    people.change(JANA, active=False)
    assert refused("4815", NOW).code == "wrong_pin"
    assert [person.name for person in people.working()] == ["Murat", "Christine"]


@pytest.mark.parametrize("pin", ["", "48", "4815 ", "٤٨١٥", "4815\n", "4" * 100_000, "null"])
def test_hostile_pins_are_just_wrong(pin: str) -> None:
    assert refused(pin, NOW).code == "wrong_pin"


def test_a_manager_approves_on_the_spot() -> None:
    assert login.approve(MURAT, "162342", "refund", NOW) == Actor(MURAT, "Murat", "manager")


def test_a_cashier_cannot_approve_and_learns_it_only_with_the_pin() -> None:
    with pytest.raises(LoginError) as caught:
        login.approve(JANA, "4815", "refund", NOW)
    assert (caught.value.code, caught.value.message) == ("not_allowed", "Jana darf das nicht freigeben.")
    with pytest.raises(LoginError) as caught:
        login.approve(JANA, "4816", "refund", NOW)
    assert caught.value.code == "wrong_pin"


def test_approval_guesses_are_delayed_too() -> None:
    for _ in range(3):
        with pytest.raises(LoginError) as caught:
            login.approve(MURAT, "1111", "refund", NOW)
    assert caught.value.wait_seconds == 5
    assert refused("162342", NOW, MURAT).code == "locked"


@pytest.mark.parametrize(
    "pin",
    ["0000", "1234", "4321", "012345", "7890", "0987", "1212", "123123", "45674567", "99999999", "2580", "13131313"],
)
def test_trivial_pins_are_refused(pin: str) -> None:
    with pytest.raises(StaffError) as caught:
        people.set_pin(JANA, pin)
    assert (caught.value.code, caught.value.field) == ("pin_trivial", "pin")
    assert login.log_in(JANA, "4815", NOW).name == "Jana"


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "１２３４", " 4815", "48 15"])
def test_a_pin_has_four_to_eight_digits(pin: str) -> None:
    with pytest.raises(StaffError, match="4 bis 8 Ziffern"):
        people.set_pin(JANA, pin)


def test_a_new_pin_replaces_the_old_one_and_forgives() -> None:
    for _ in range(3):
        refused("0000", NOW)
    people.set_pin(JANA, "90210")
    assert login.log_in(JANA, "90210", NOW).name == "Jana"
    assert refused("4815", NOW).code == "wrong_pin"


def test_the_demo_may_print_its_pins() -> None:
    people.create(person_id="04" * 16, name="Demo", role="cashier", pin="1234", documented_pin=True)
    assert login.log_in("04" * 16, "1234", NOW).name == "Demo"
    with pytest.raises(StaffError, match="4 bis 8 Ziffern"):
        people.create(person_id="05" * 16, name="Demo 2", role="cashier", pin="12", documented_pin=True)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 41}, "name"),
        ({"name": "Ja\x00na"}, "name"),
        ({"name": "murat"}, "name_taken"),
        ({"role": "admin"}, "role"),
        ({"language": "fr"}, "language"),
    ],
)
def test_bad_changes_are_refused(changes: dict[str, str], code: str) -> None:
    people.create(person_id="07" * 16, name="Christine", role="owner", pin="2718")
    with pytest.raises(StaffError) as caught:
        people.change(JANA, **changes)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert Person.objects.get(id=JANA).name == "Jana"


def test_the_last_owner_stays() -> None:
    owner = people.create(person_id="08" * 16, name="Christine", role="owner", pin="2718")
    for changes in ({"role": "manager"}, {"active": False}):
        with pytest.raises(StaffError) as caught:
            people.change(owner.id, **changes)  # type: ignore[arg-type]
        assert caught.value.code == "last_owner"
    assert [person.name for person in people.having("staff")] == ["Christine"]
    people.change(JANA, role="owner", name="  Jana   Berg ", language="en")
    assert people.change(owner.id, active=False).active is False
    assert [person.name for person in people.having("staff")] == ["Jana Berg"]
    with pytest.raises(StaffError, match="gibt es nicht"):
        people.change("ee" * 16, name="Niemand")
