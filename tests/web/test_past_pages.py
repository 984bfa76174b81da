"""The time machine's pages in the office and for the auditor: a moment, step by step, against another one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from smartecr.register.books import auditing
from smartecr.register.cashdesk import cash
from smartecr.register.sale import selling
from smartecr.register.till import ZONE
from smartecr.sql import select
from support.screens import words
from support.shop import CASHIER, ESPRESSO, MANAGER, OWNER, ROLL, Clock, command, pay_cash, ring

if TYPE_CHECKING:
    from django.test import Client

    from smartecr.register.till import Till

AtTill = Callable[..., "Client"]


def some_day(till: Till, clock: Clock) -> str:
    """Live a morning; return the local minute after the first sale, as the form sends it."""
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 10000, "")
    ring(till, ESPRESSO)
    pay_cash(till)
    clock.forward(minutes=2)
    moment = clock().astimezone(ZONE)
    clock.forward(minutes=2)
    ring(till, ROLL)
    selling.run(till, CASHIER, [command(till, "park", label="Stammtischgesellschaft")])
    return f"day={moment:%Y-%m-%d}&time={moment:%H:%M}"


def test_a_moment_and_what_differs_later(till: Till, clock: Clock, at_till: AtTill) -> None:
    at = some_day(till, clock)
    client = at_till("Murat")
    assert "Zeitmaschine" in words(client.get("/office/books"))
    page = words(client.get(f"/office/books/past?{at}"))
    assert "Kassensoll 102,40 €" in page
    assert "Beleg von der TSE signiert" in page
    assert "Offene Vorgänge Nichts." in page
    now = words(client.get("/office/books/past"))
    assert "Stammtischgesellschaft (geparkt)" in now
    assert "Angemeldet Murat" in now
    later = clock().astimezone(ZONE)
    clock.forward(minutes=1)
    page = words(client.get(f"/office/books/past?{at}&then_day={later:%Y-%m-%d}&then_time={later:%H:%M}"))
    assert "Was anders ist" in page
    assert "Offener Vorgang Stammtischgesellschaft –" in page
    same = words(client.get(f"/office/books/past?{at}&then_{at.replace('time', 'then_time')}"))
    assert "ist alles gleich" in same


def test_entry_by_entry(till: Till, clock: Clock, at_till: AtTill) -> None:
    some_day(till, clock)
    client = at_till("Murat")
    last = select("SELECT max(seq) FROM register_journal")[0][0]
    first = client.get("/office/books/past?entry=1").content.decode()
    assert "entry=2" in first
    assert "entry=0" not in first
    newest = client.get(f"/office/books/past?entry={last}").content.decode()
    assert f"entry={last - 1}" in newest
    assert f"entry={last + 1}" not in newest
    form = re.findall(r'name="(day|time)" value="([^"]*)"', newest)
    again = client.get(f"/office/books/past?{'&'.join('='.join(field) for field in form)}").content.decode()
    assert f"entry={last - 1}" in again, "what the form asks for is what the page shows"
    assert "Espresso" in words(client.get(f"/office/books/past?entry={last}&q=espr"))
    assert "Kein Artikel." in words(client.get(f"/office/books/past?entry={last}&q=gibtesnicht"))


def test_moments_that_are_none(till: Till, at_till: AtTill) -> None:
    client = at_till("Murat")
    for query, said in (
        ("day=2020-01-01&time=12:00", "noch keine Kasse"),
        ("day=2026-02-30&time=12:00", "gibt es nicht"),
        ("day=x&time=y", "kein Zeitpunkt"),
        ("day=2026-03-29&time=02:30", "Zeitumstellung"),
        ("entry=999999", "noch keine Kasse"),
    ):
        answer = client.get(f"/office/books/past?{query}")
        assert answer.status_code == 422, query
        assert said in words(answer), query


def test_only_who_may_see_reports(till: Till, at_till: AtTill) -> None:
    assert at_till("Jana").get("/office/books/past").status_code in (302, 403)


def test_the_auditor_looks_back_too(till: Till, clock: Clock, at_till: AtTill) -> None:
    at = some_day(till, clock)
    client = at_till("Christine")
    code = auditing.let_in(till, OWNER, till.new_id(), "Frau Adler", "FA-77", 4)[1]
    client.post("/audit/", {"code": code})
    page = words(client.get(f"/audit/past?{at}"))
    assert "Kassensoll 102,40 €" in page
    looked = select("SELECT body FROM register_journal WHERE kind = 'audit_looked' ORDER BY seq DESC LIMIT 1")
    assert "/audit/past" in looked[0][0]


def test_who_leaves_the_screen_is_written_down(till: Till, at_till: AtTill) -> None:
    client = at_till("Murat")
    client.post("/logout")
    kinds = [row[0] for row in select("SELECT kind FROM register_journal WHERE kind LIKE 'logged%%' ORDER BY seq")]
    assert kinds[-1] == "logged_out"
