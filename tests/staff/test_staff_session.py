"""The session: who is at the screen, in which language, and when it ends by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import translation

from smartecr.staff import people
from smartecr.staff.actor import Actor
from smartecr.staff.models import Person
from smartecr.web import session

JANA, EVE = "0a" * 16, "0b" * 16
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _staff(quick_pins: None) -> None:
    people.create(person_id=JANA, name="Jana", role="cashier", pin="4815", language="en")
    people.create(person_id=EVE, name="Eva", role="owner", pin="2718")


class Screen:
    """A browser that keeps its cookies."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def visit(self, view: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
        request = RequestFactory().get("/")
        request.COOKIES.update(self.cookies)
        response = SessionMiddleware(session.StaffMiddleware(view))(request)
        for name, morsel in response.cookies.items():
            self.cookies[name] = morsel.value
        return response

    def who(self) -> tuple[Actor | None, str]:
        seen: list[tuple[Actor | None, str]] = []

        def view(request: HttpRequest) -> HttpResponse:
            seen.append((request.actor, translation.get_language()))  # type: ignore[attr-defined]
            return HttpResponse()

        response = self.visit(view)
        assert response.headers["Content-Language"] == seen[0][1]
        return seen[0]

    def enter(self, actor: Actor) -> None:
        def view(request: HttpRequest) -> HttpResponse:
            session.log_in(request, actor)
            return HttpResponse()

        self.visit(view)


@pytest.fixture
def screen() -> Screen:
    screen = Screen()
    screen.enter(Actor(JANA, "Jana", "cashier"))
    return screen


def test_nobody_at_first_and_german() -> None:
    assert Screen().who() == (None, "de")


def test_the_person_stays_in_their_language(screen: Screen) -> None:
    for _ in range(2):
        assert screen.who() == (Actor(JANA, "Jana", "cashier"), "en")
    assert translation.get_language() == "de"


def test_log_out(screen: Screen) -> None:
    screen.visit(lambda request: (session.log_out(request), HttpResponse())[1])
    assert screen.who() == (None, "de")


def test_change_of_user(screen: Screen) -> None:
    screen.enter(Actor(EVE, "Eva", "owner"))
    assert screen.who() == (Actor(EVE, "Eva", "owner"), "de")


@pytest.mark.parametrize("change", [{"active": False}, {"role": "manager"}, {"name": "Johanna"}])
def test_a_changed_person_is_logged_out(screen: Screen, change: dict[str, object]) -> None:
    people.change(JANA, **change)  # type: ignore[arg-type]
    assert screen.who() == (None, "de")
    assert screen.who() == (None, "de")


def test_a_new_pin_logs_out_everywhere(screen: Screen) -> None:
    people.set_pin(JANA, "90210")
    assert screen.who()[0] is None


def test_a_change_of_language_does_not_log_out(screen: Screen) -> None:
    people.change(JANA, language="de")
    assert screen.who() == (Actor(JANA, "Jana", "cashier"), "de")


def test_a_forged_cookie_is_nobody(screen: Screen) -> None:
    name = next(iter(screen.cookies))
    screen.cookies[name] = screen.cookies[name][:-1] + ("A" if screen.cookies[name][-1] != "A" else "B")
    assert screen.who()[0] is None


def test_a_person_who_is_gone_cannot_be_logged_in() -> None:
    screen = Screen()
    Person.objects.filter(id=JANA).update(active=False)
    screen.enter(Actor(JANA, "Jana", "cashier"))
    assert screen.who()[0] is None
