"""Rules about people: more of something than colleagues and than they themselves otherwise."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smartecr.core.money import format_cents
from smartecr.core.records import dataclass
from smartecr.insights.odd.evidence import RARE, Behind, Evidence, Finding, chance_of
from smartecr.insights.spans import Span
from smartecr.insights.tallies import DRAWER_VOID, NEAR_SECONDS, NOTHING, SHORT, VOIDS, Tally

LEAST = 4
"""Events before a rule about a person speaks."""

ALWAYS_RATIO, ALWAYS_CHANCE = 3, 1e-5
"""For somebody who is always so: this many times the colleagues' rate, and as seldom by chance."""


@dataclass(frozen=True, slots=True)
class Habit:
    """A kind of event a person may show more of. `shared`: everybody may do it, so colleagues are a measure."""

    rule: str
    kind: str
    title: Any
    sentence: Any
    shared: bool = True


HABITS = (
    Habit(
        "late_voids", "late_void", gettext_lazy("Storno nach dem Zeigen der Summe"),
        gettext_lazy("{name} hat {count} Zeilen storniert, nachdem der Bon geparkt war und der Gast die Summe kannte."),
    ),
    Habit(
        "line_voids", "line_void", gettext_lazy("Viele Stornos vor der Zahlung"),
        gettext_lazy("{name} hat {count} Zeilen vor der Zahlung storniert ({cents} €)."),
    ),
    Habit(
        "discounts", "discount", gettext_lazy("Viele Rabatte"),
        gettext_lazy("{name} hat auf {count} Bons von Hand Rabatt gegeben ({cents} €)."),
    ),
    Habit(
        "refunds", "refund", gettext_lazy("Viele Stornos nach der Zahlung"),
        gettext_lazy("{name} hat {count} bezahlte Bons storniert ({cents} €)."), shared=False,
    ),
    Habit(
        "drawer", "drawer", gettext_lazy("Lade oft ohne Verkauf offen"),
        gettext_lazy("{name} hat die Lade {count}× ohne Verkauf geöffnet."), shared=False,
    ),
)  # fmt: skip


def more_than_usual(evidence: Evidence) -> Iterator[Finding]:
    """Yield months in which a person did more of something than colleagues and than otherwise, and lasting habits."""
    windows, whole = {window.first.isoformat()[:7]: window for window in evidence.windows()}, evidence.receipts()
    for habit in HABITS:
        every: Counter[str] = Counter()
        by_person: dict[str, dict[str, Tally]] = defaultdict(dict)
        for (month, person, kind), tally in evidence.habits.items():
            if kind == habit.kind:
                every[month] += tally.count
                by_person[person][month] = tally
        for person in evidence.people():
            mine = by_person.get(person, {})
            months = list(_months(evidence, habit, person, mine, every, whole, windows))
            yield from months
            if habit.shared and not months:
                yield from _always(evidence, habit, person, mine, every, whole)


def _months(
    evidence: Evidence, habit: Habit, person: str, mine: Mapping[str, Tally], every: Counter[str],
    whole: Counter[str], windows: Mapping[str, Span],
) -> Iterator[Finding]:  # fmt: skip
    events, receipts = sum(tally.count for tally in mine.values()), evidence.written[person].receipts
    written = receipts.total()
    for month, window in windows.items():
        inside = mine.get(month, NOTHING)
        if inside.count < LEAST:
            continue
        own = receipts[month]
        others, own_else = whole[month] - own, written - own
        rates = [(events - inside.count + 1) / own_else] if own_else >= own else []
        if habit.shared and others:
            rates.append((every[month] - inside.count) / others)
        if not rates or not own:
            continue
        expected = own * max(rates)
        chance = chance_of(inside.count, expected)
        if chance < RARE:
            yield _finding(evidence, habit, person, inside, window, expected, chance)


def _always(
    evidence: Evidence, habit: Habit, person: str, mine: Mapping[str, Tally], every: Counter[str], whole: Counter[str],
) -> Iterator[Finding]:  # fmt: skip
    inside = sum((tally for month, tally in mine.items() if month), NOTHING)
    own, all_written = (one.total() - one[""] for one in (evidence.written[person].receipts, whole))
    others = all_written - own
    if inside.count < LEAST or not own or others < own:
        return
    expected = own * (every.total() - every[""] - inside.count + 1) / others
    chance = chance_of(inside.count, expected)
    if inside.count >= ALWAYS_RATIO * expected and chance < ALWAYS_CHANCE:
        yield _finding(evidence, habit, person, inside, evidence.span, expected, chance)


def _finding(
    evidence: Evidence, habit: Habit, person: str, inside: Tally, span: Span, expected: float, chance: float
) -> Finding:
    name = evidence.written[person].name
    return Finding(
        rule=habit.rule,
        title=str(habit.title),
        sentence=str(habit.sentence).format(name=name, count=inside.count, cents=format_cents(inside.cents)),
        usual=_("üblich bei so vielen Bons: {expected}").format(expected=_about(expected)),
        chance=chance,
        span=span,
        person_id=person,
        behind=Behind(kind=habit.kind, span=span, person_id=person),
    )


def _about(expected: float) -> str:
    return f"{expected:.1f}".replace(".", ",") if expected < 10 else str(round(expected))


def drawer_after_void(evidence: Evidence) -> Iterator[Finding]:
    """Yield months in which a person opened the drawer by hand shortly after voids more often than by chance.

    By chance: as many as the person's voids an hour make likely for each opening. A day worked has eight hours.
    """
    for window in evidence.windows():
        month = window.first.isoformat()[:7]
        for person in evidence.people():
            near = evidence.habits.get((month, person, DRAWER_VOID), NOTHING)
            hours = 8 * evidence.written[person].days[month]
            if near.count < LEAST or not hours:
                continue
            openings = evidence.habits.get((month, person, "drawer"), NOTHING).count
            voids = sum(evidence.habits.get((month, person, kind), NOTHING).count for kind in VOIDS)
            expected = openings * min(1.0, voids / hours * NEAR_SECONDS / 3600)
            chance = chance_of(near.count, expected)
            if chance < RARE:
                yield Finding(
                    rule="drawer_after_void",
                    title=_("Lade kurz nach Storno"),
                    sentence=_("{name} hat die Lade {count}× von Hand geöffnet, höchstens fünf Minuten nach einem "
                               "eigenen Storno.").format(name=evidence.written[person].name, count=near.count),
                    usual=_("durch Zufall zu erwarten: {expected}").format(expected=_about(expected)),
                    chance=chance,
                    span=window,
                    person_id=person,
                    behind=Behind(kind=DRAWER_VOID, span=window, person_id=person),
                )  # fmt: skip


def missing_cash(evidence: Evidence) -> Iterator[Finding]:
    """Yield people on whose days the drawer is short more often than on days they are not there."""
    first, last = evidence.span.edges
    open_days = sum(first <= day <= last for day in evidence.days_open())
    short = {day: evidence.days[day].tallies[SHORT] for day in evidence.crews if evidence.days[day].hours}
    for person in evidence.people():
        written = evidence.written[person]
        there = written.days.total() - written.days[""]
        mine = {day: tally for day, tally in short.items() if person in evidence.crews[day]}
        missing = sum(mine.values(), NOTHING)
        absent = open_days - there
        if missing.count < LEAST or absent < 10:
            continue
        elsewhere = sum(tally.count for tally in short.values()) - missing.count
        expected = there * (elsewhere + 1) / absent
        chance = chance_of(missing.count, expected)
        if chance < RARE:
            cents = format_cents(-missing.cents)
            yield Finding(
                rule="missing_cash",
                title=_("Kassenminus, wenn jemand da ist"),
                sentence=_("An {count} Tagen mit {name} fehlten 5 € oder mehr, zusammen {cents} €.").format(
                    count=missing.count, name=written.name, cents=cents
                ),
                usual=_("nach den Tagen ohne {name} zu erwarten: {expected}").format(
                    name=written.name, expected=_about(expected)
                ),
                chance=chance,
                span=evidence.span,
                person_id=person,
                behind=Behind(kind=SHORT, span=evidence.span, days=frozenset(mine)),
            )
