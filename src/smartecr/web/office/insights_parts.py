"""What a page of figures is made of, and what its figures are compared with."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from django.utils.translation import gettext as _

from smartecr.core.money import round_half_up
from smartecr.core.records import dataclass
from smartecr.insights import asking
from smartecr.insights.spans import Span, before, last_year
from smartecr.insights.tables import CHANGE, Column, Table
from smartecr.web.office.insights import Asked, span_dates


@dataclass(slots=True, kw_only=True)
class Part:
    """A card: a chart (drawn wide and narrow, or empty) and its table."""

    table: Table
    wide: str = ""
    narrow: str = ""
    lead: str = ""
    half: bool = False


@dataclass(slots=True, kw_only=True)
class Page:
    """What a page shows. `compares`: what it is compared with can be chosen; `chooses`: the stretch can.

    `findings` are those of `insights_odd`, each with the table of its events.
    """

    parts: list[Part] = field(default_factory=list)
    findings: list[dict[str, Any]] | None = None
    lead: str = ""
    compares: bool = True
    chooses: bool = True

    def tables(self) -> list[Table]:
        """Return all its tables."""
        return [part.table for part in self.parts]


@dataclass(frozen=True, slots=True)
class Against:
    """What the figures of a page are compared with; `tells` is False for a stretch of a shop that had hardly begun."""

    span: Span
    tells: bool

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns of what a figure was and of its change; none where nothing is compared."""
        return (Column(span_dates(self.span)), Column(_("Änderung"), CHANGE)) if self.tells else ()

    def cells(self, now: int, was: int) -> tuple[int | None, ...]:
        """Return what stands in `columns`: what it was, and the change in basis points, None where nothing was."""
        if not self.tells:
            return ()
        return (was, round_half_up((now - was) * 10_000, was) if was > 0 else None)


def against(ask: Asked) -> Against:
    """Return what a page is compared with; a running stretch with as many days as it has had."""
    span = ask.span.until(ask.today) if ask.running else ask.span
    other = last_year(span) if ask.against == "year" else before(span)
    return Against(other, asking.tells(ask.live, other))


def no_comparison(ask: Asked) -> str:
    """Return why a page compares with nothing, "" where it does or nothing was sold yet."""
    first = asking.begun(ask.live)
    if first is None or against(ask).tells:
        return ""
    return _("Noch kein Vergleich: Verkauft wird hier erst seit {day}.").format(day=f"{first:%d.%m.%Y}")


def strokes(words: str) -> str:
    """Return what the strokes across a chart's columns stand for."""
    return _("Striche: {words}").format(words=words)
