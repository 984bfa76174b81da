"""What is out of the ordinary: findings with what is usual and the events behind each, and the digit tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from smartecr.insights.asking import Live
from smartecr.insights.charts import columns
from smartecr.insights.odd import digits, finder
from smartecr.insights.odd.digits import DigitTest
from smartecr.insights.odd.evidence import Evidence, Finding
from smartecr.insights.spans import Span
from smartecr.insights.tables import COUNT, QUANTITY, TEXT, Column, Table, thousands
from smartecr.web.office.insights import Asked, span_words
from smartecr.web.office.insights_events import listing
from smartecr.web.office.insights_parts import Page, Part, strokes

LATELY_DAYS = 28
"""How long a finding stays on the first page."""

SHOWN, SHOWN_EVENTS = 20, 60
"""Findings on the page, the least likely by chance first; events behind each, the newest."""


def lately(ask: Asked) -> list[dict[str, Any]]:
    """Return the findings of the last four weeks, for the first page."""
    span = Span(ask.today - timedelta(days=LATELY_DAYS - 1), ask.today)
    return [_shown(one) for one in finder.find(finder.gather(ask.live, span, ask.today))]


def odd(ask: Asked) -> Page:
    """Findings of the stretch, and how the digits of the daily takings are spread."""
    evidence = finder.gather(ask.live, ask.span, ask.today)
    found = finder.find(evidence)
    lead = _("Was durch Zufall kaum vorkommt. Ein Fund ist kein Vorwurf: er sagt, wo sich ein Blick lohnt.")
    if len(found) > SHOWN:
        more = _("Hier stehen die {shown} deutlichsten von {count} Funden; ein kürzerer Zeitraum zeigt seine eigenen.")
        lead = f"{lead} {more.format(shown=SHOWN, count=thousands(len(found)))}"
    return Page(
        findings=[_shown(one) | {"table": _behind(ask.live, one)} for one in found[:SHOWN]],
        parts=_digit_parts(evidence),
        lead=lead,
        compares=False,
    )


def _shown(one: Finding) -> dict[str, Any]:
    when = date_format(one.span.first, _("j. F Y")) if one.span.days == 1 else span_words(one.span)
    return {"title": one.title, "sentence": one.sentence, "usual": one.usual, "clear": one.clear, "when": when}


def _behind(live: Live, one: Finding) -> Table | None:
    """Return the newest events behind a finding, None where it stands on the lack of any."""
    newest = finder.newest(live, one, SHOWN_EVENTS)
    return listing(newest) if newest else None


def _digit_parts(evidence: Evidence) -> list[Part]:
    amounts = digits.takings(evidence)
    parts = []
    for key, title, test in (
        ("ones", _("Einerstelle der Tageseinnahmen"), digits.even(amounts, 100)),
        ("tens", _("Zehnerstelle der Tageseinnahmen"), digits.even(amounts, 1000)),
    ):
        parts.append(_digit_part(key, title, test))
    return parts


def _digit_part(key: str, title: str, test: DigitTest) -> Part:
    chi = f"{test.chi_square:.1f}".replace(".", ",")
    if not test.enough:
        lead = _("Ab hundert Tagen sagt dieser Test etwas; bis dahin ist er nur Ansicht.")
    elif test.odd:
        lead = _("Chi-Quadrat {chi}: über 21,7, das kommt durch Zufall höchstens einmal in hundert Fällen vor.").format(
            chi=chi
        )
    else:
        lead = _("Chi-Quadrat {chi}: unauffällig, bis 21,7 ist es Zufall.").format(chi=chi)
    drawn = [
        columns.Column(str(digit), found, round(expected), f"{digit}: {found}×")
        for digit, found, expected in zip(test.digits, test.found, test.expected, strict=True)
    ]
    table = Table(
        key=key,
        title=title,
        columns=(Column(_("Ziffer"), TEXT), Column(_("gefunden"), COUNT), Column(_("erwartet"), QUANTITY)),
        rows=[
            (str(digit), found, round(1000 * expected))
            for digit, found, expected in zip(test.digits, test.found, test.expected, strict=True)
        ],
        note=_("So prüft auch das Finanzamt: ausgedachte Zahlen haben Lieblingsziffern, echte nicht."),
    )
    wide, narrow = (columns.draw(drawn, title, width, height, str, 1) for width, height in ((500, 220), (320, 170)))
    return Part(table=table, wide=wide, narrow=narrow, lead=f"{lead} {strokes(_('erwartet'))}.", half=True)
