"""What a page of figures is made of, and what its figures are compared with."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from django.utils.translation import gettext as _

from smartecr.core.money import round_half_up
from smartecr.core.records import dataclass
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


def other_of(ask: Asked) -> Span:
    """Return the stretch a page is compared with; a running one only up to today."""
    span = ask.span.until(ask.today) if ask.running else ask.span
    return last_year(span) if ask.against == "year" else before(span)


def change(now: int, was: int) -> int | None:
    """Return a change in basis points, None where nothing was."""
    return round_half_up((now - was) * 10_000, was) if was > 0 else None


def strokes(words: str) -> str:
    """Return what the strokes across a chart's columns stand for."""
    return _("Striche: {words}").format(words=words)


def compared(ask: Asked) -> tuple[Column, ...]:
    """Return the columns of what a figure was in the other stretch, and the change."""
    return (Column(span_dates(other_of(ask))), Column(_("Änderung"), CHANGE))
