"""Rules about people: more of something than colleagues and than they themselves otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smartecr.core.money import format_cents
from smartecr.insights.asking import Dated
from smartecr.insights.odd.evidence import RARE, Evidence, Finding, chance_of
from smartecr.insights.spans import Span

LEAST = 4
"""Events before a rule about a person speaks."""

ALWAYS_RATIO, ALWAYS_CHANCE = 3, 1e-5
"""For somebody who is always so: this many times the colleagues' rate, and as seldom by chance."""

NEAR_SECONDS = 300
"""A drawer opened this soon after a void belongs to it."""

MINUS_CENTS = 500
"""From where on a day's difference counts as a minus."""


@dataclass(frozen=True, slots=True)
class Habit:
    """A kind of event a person may show more of. `shared`: everybody may do it, so colleagues are a measure."""

    rule: str
    kinds: tuple[str, ...]
    title: Any
    sentence: Any
    shared: bool = True


HABITS = (
    Habit(
        "late_voids", ("late_void",), gettext_lazy("Storno nach dem Zeigen der Summe"),
        gettext_lazy("{name} hat {count} Zeilen storniert, nachdem der Bon geparkt war und der Gast die Summe kannte."),
    ),
    Habit(
        "line_voids", ("line_void",), gettext_lazy("Viele Stornos vor der Zahlung"),
        gettext_lazy("{name} hat {count} Zeilen vor der Zahlung storniert ({cents} €)."),
    ),
    Habit(
        "discounts", ("discount",), gettext_lazy("Viele Rabatte"),
        gettext_lazy("{name} hat auf {count} Bons von Hand Rabatt gegeben ({cents} €)."),
    ),
    Habit(
        "refunds", ("refund",), gettext_lazy("Viele Stornos nach der Zahlung"),
        gettext_lazy("{name} hat {count} bezahlte Bons storniert ({cents} €)."), shared=False,
    ),
    Habit(
        "drawer", ("drawer",), gettext_lazy("Lade oft ohne Verkauf offen"),
        gettext_lazy("{name} hat die Lade {count}× ohne Verkauf geöffnet."), shared=False,
    ),
)  # fmt: skip


def more_than_usual(evidence: Evidence) -> Iterator[Finding]:
    """Yield months in which a person did more of something than colleagues and than otherwise, and lasting habits."""
    people = sorted({person for _day, person in evidence.work})
    for habit in HABITS:
        events = evidence.of(*habit.kinds)
        by_person: dict[str, list[Dated]] = defaultdict(list)
        for one in events:
            by_person[one.event.person_id].append(one)
        for person in people:
            mine = by_person.get(person, [])
            months = list(_months(evidence, habit, person, mine, events))
            yield from months
            if habit.shared and not months:
                yield from _always(evidence, habit, person, mine, events)


def _months(evidence: Evidence, habit: Habit, person: str, mine: list[Dated], events: list[Dated]) -> Iterator[Finding]:
    for window in evidence.windows():
        inside = _inside(mine, window)
        if len(inside) < LEAST:
            continue
        own, others, own_else = _receipts(evidence, person, window)
        rates = [(len(mine) - len(inside) + 1) / own_else] if own_else >= own else []
        if habit.shared and others:
            rates.append((len(_inside(events, window)) - len(inside)) / others)
        if not rates or not own:
            continue
        expected = own * max(rates)
        chance = chance_of(len(inside), expected)
        if chance < RARE:
            yield _finding(evidence, habit, person, inside, window, expected, chance)


def _always(evidence: Evidence, habit: Habit, person: str, mine: list[Dated], events: list[Dated]) -> Iterator[Finding]:
    inside = _inside(mine, evidence.span)
    own, others, _else = _receipts(evidence, person, evidence.span)
    if len(inside) < LEAST or not own or others < own:
        return
    expected = own * (len(_inside(events, evidence.span)) - len(inside) + 1) / others
    chance = chance_of(len(inside), expected)
    if len(inside) >= ALWAYS_RATIO * expected and chance < ALWAYS_CHANCE:
        yield _finding(evidence, habit, person, inside, evidence.span, expected, chance)


def _receipts(evidence: Evidence, person: str, window: Span) -> tuple[int, int, int]:
    """Return one's own and the others' receipts in a window, and one's own outside of it."""
    first, last = window.first.isoformat(), window.last.isoformat()
    own = others = own_else = 0
    for (day, who), work in evidence.work.items():
        if first <= day <= last:
            own += work.receipts if who == person else 0
            others += 0 if who == person else work.receipts
        elif who == person:
            own_else += work.receipts
    return own, others, own_else


def _inside(events: Iterable[Dated], window: Span) -> list[Dated]:
    first, last = window.first.isoformat(), window.last.isoformat()
    return [one for one in events if first <= one.day <= last]


def _finding(
    evidence: Evidence, habit: Habit, person: str, events: list[Dated], span: Span, expected: float, chance: float
) -> Finding:
    cents = format_cents(sum(one.event.cents for one in events))
    name = evidence.names.get(person, "")
    return Finding(
        rule=habit.rule,
        title=str(habit.title),
        sentence=str(habit.sentence).format(name=name, count=len(events), cents=cents),
        usual=_("üblich bei so vielen Bons: {expected}").format(expected=_about(expected)),
        chance=chance,
        span=span,
        person_id=person,
        events=tuple(events),
    )


def _about(expected: float) -> str:
    return f"{expected:.1f}".replace(".", ",") if expected < 10 else str(round(expected))


def drawer_after_void(evidence: Evidence) -> Iterator[Finding]:
    """Yield months in which a person opened the drawer by hand shortly after voids more often than by chance.

    By chance: as many as the person's voids an hour make likely for each opening.
    """
    voids = evidence.of("line_void", "late_void", "abort")
    openings = evidence.of("drawer")
    for window in evidence.windows():
        for person in sorted({one.event.person_id for one in openings}):
            mine = [one for one in _inside(openings, window) if one.event.person_id == person]
            own_voids = [one for one in _inside(voids, window) if one.event.person_id == person]
            pairs = [pair for pair in (_before(one, own_voids) for one in mine) if pair]
            hours = _hours(evidence, person, window)
            if len(pairs) < LEAST or not hours:
                continue
            expected = len(mine) * min(1.0, len(own_voids) / hours * NEAR_SECONDS / 3600)
            chance = chance_of(len(pairs), expected)
            if chance < RARE:
                events = [one for pair in pairs for one in pair]
                yield Finding(
                    rule="drawer_after_void",
                    title=_("Lade kurz nach Storno"),
                    sentence=_("{name} hat die Lade {count}× von Hand geöffnet, höchstens fünf Minuten nach einem "
                               "eigenen Storno.").format(name=evidence.names.get(person, ""), count=len(pairs)),
                    usual=_("durch Zufall zu erwarten: {expected}").format(expected=_about(expected)),
                    chance=chance,
                    span=window,
                    person_id=person,
                    events=tuple(events),
                )  # fmt: skip


def _before(opening: Dated, voids: list[Dated]) -> tuple[Dated, Dated] | None:
    """Return the latest void at most five minutes before an opening, with the opening."""
    at = datetime.fromisoformat(opening.event.at)
    for void in reversed(voids):
        if (
            void.day == opening.day
            and 0 <= (at - datetime.fromisoformat(void.event.at)).total_seconds() <= NEAR_SECONDS
        ):
            return void, opening
    return None


def _hours(evidence: Evidence, person: str, window: Span) -> float:
    """Return about how many hours a person worked in a window: eight a day on which receipts were written."""
    first, last = window.first.isoformat(), window.last.isoformat()
    return 8.0 * sum(1 for day, who in evidence.work if who == person and first <= day <= last)


def missing_cash(evidence: Evidence) -> Iterator[Finding]:
    """Yield people on whose days the drawer is short more often than on days they are not there."""
    short = [one for one in evidence.of("difference") if one.event.cents <= -MINUS_CENTS]
    inside = _inside(short, evidence.span)
    first, last = evidence.span.first.isoformat(), evidence.span.last.isoformat()
    days = {day for day in evidence.takings if first <= day <= last}
    for person in sorted({who for _day, who in evidence.work}):
        there = {day for day, who in evidence.work if who == person} & days
        absent = days - there
        mine = [one for one in inside if one.day in there]
        if len(mine) < LEAST or len(absent) < 10:
            continue
        expected = len(there) * (sum(1 for one in inside if one.day in absent) + 1) / len(absent)
        chance = chance_of(len(mine), expected)
        if chance < RARE:
            cents = format_cents(-sum(one.event.cents for one in mine))
            yield Finding(
                rule="missing_cash",
                title=_("Kassenminus, wenn jemand da ist"),
                sentence=_("An {count} Tagen mit {name} fehlten 5 € oder mehr, zusammen {cents} €.").format(
                    count=len(mine), name=evidence.names.get(person, ""), cents=cents
                ),
                usual=_("nach den Tagen ohne {name} zu erwarten: {expected}").format(
                    name=evidence.names.get(person, ""), expected=_about(expected)
                ),
                chance=chance,
                span=evidence.span,
                person_id=person,
                events=tuple(mine),
            )
