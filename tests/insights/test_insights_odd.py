"""The finder: what chance means, each rule at its edge, and how much it finds of what was planted in seeded years."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import date

import pytest

from smartecr.insights.odd import digits
from smartecr.insights.odd.evidence import Finding, chance_of
from smartecr.insights.odd.finder import find
from support.oddyear import Planted, Year

SEEDS = range(1000, 1012)
"""Years the thresholds were not chosen on."""

PATTERNS = {
    "late_void": (6, 10, 15),
    "discount": (25, 40, 60),
    "line_void": (20, 30, 45),
    "drawer_after_void": (4, 6, 10),
    "refund": (12, 16, 24),
    "missing_cash": (12, 16, 24),
    "burst": (4, 5, 7),
    "quiet": (1, 2, 3),
    "digits": (6, 9, 12),
}
"""Strengths planted: weak, middling, strong."""


def planted_year(seed: int) -> Year:
    """Return a year with every pattern once, each in a month, at a person and of a strength drawn by the seed."""
    year, draw = Year(seed), random.Random(f"plan {seed}")
    for what, strengths in PATTERNS.items():
        person = draw.choice(("Anna", "Dora") if what in ("refund", "burst") else ("Anna", "Bela", "Cem", "Dora"))
        year.plant(what, person, draw.randint(3, 12), strengths[seed % 3])
    return year


def belongs(year: Year, finding: Finding, planted: Planted) -> bool:
    """Tell whether a finding speaks of a planted pattern: about half of its events are planted, or it is the place."""
    if planted.what in ("quiet", "digits"):
        return finding.rule == {"quiet": "quiet_hours", "digits": "digits"}[planted.what] and (
            finding.span.first <= planted.span.last and planted.span.first <= finding.span.last
        )
    ids = {one.event.id for one in year.behind(finding)}
    return len(ids & planted.ids) * 2 >= len(ids) > 0 or len(ids & planted.ids) * 2 >= len(planted.ids)


def score() -> tuple[Counter[str], dict[str, Counter[str]]]:
    """Return counts of findings (true, false) and, by strength, of planted patterns (found, missed)."""
    findings: Counter[str] = Counter()
    patterns: dict[str, Counter[str]] = defaultdict(Counter)
    for seed in SEEDS:
        year = planted_year(seed)
        found = find(year.evidence())
        for finding in found:
            findings["true" if any(belongs(year, finding, one) for one in year.planted) else "false"] += 1
        for one in year.planted:
            word = "found" if any(belongs(year, finding, one) for finding in found) else "missed"
            patterns[("weak", "middling", "strong")[seed % 3]][word] += 1
            patterns[one.what][word] += 1
    return findings, patterns


@pytest.mark.slow
def test_precision_and_recall_on_seeded_years() -> None:
    findings, patterns = score()
    precision = findings["true"] / findings.total()
    print(dict(findings), {name: dict(counts) for name, counts in patterns.items()})
    assert precision >= 0.9
    assert patterns["strong"]["missed"] == 0
    assert patterns["middling"]["found"] / patterns["middling"].total() >= 0.9
    assert patterns["weak"]["found"] / patterns["weak"].total() >= 0.6


@pytest.mark.slow
def test_honest_years_are_left_in_peace() -> None:
    found = [finding for seed in range(2000, 2020) for finding in find(Year(seed).evidence())]
    assert len(found) <= 20, "at most one a year, on average"
    assert not any(finding.clear for finding in found)


@pytest.mark.parametrize(
    ("count", "expected", "chance"),
    [
        (0, 2.0, 1.0),
        (1, 0.0, 0.0),
        (1, 1.0, 0.6321),
        (4, 0.5, 0.00175),
        (30, 10.0, 2.5e-7),
        (10, 10.0, 0.5421),
        (900, 0.1, 0.0),
    ],
)
def test_chance_is_the_tail_of_poisson(count: int, expected: float, chance: float) -> None:
    assert chance_of(count, expected) == pytest.approx(chance, rel=0.02)


def test_a_drawer_opened_later_than_five_minutes_belongs_to_no_void() -> None:
    for minutes, rules in {4: {"drawer_after_void"}, 7: set()}.items():
        year = Year(3)
        for day in year.days_of("Cem", 5)[:8]:
            year.add("line_void", day, 12, "Cem", minute=10)
            year.add("drawer", day, 12, "Cem", minute=10 + minutes)
        named = {one.rule for one in find(year.evidence()) if one.span.first == date(2026, 5, 1)}
        assert named & {"drawer_after_void"} == rules


def test_somebody_who_always_gives_discounts_is_named_once() -> None:
    year = Year(5)
    for month in range(1, 13):
        for day in year.days_of("Bela", month)[::2]:
            for _one in range(5):
                year.add("discount", day, 9, "Bela", cents=-400)
    found = [one for one in find(year.evidence()) if one.rule == "discounts"]
    assert [(one.person_id, one.clear) for one in found] == [("Bela", True)]
    assert "Bela hat auf" in found[0].sentence
    assert len(year.behind(found[0])) > 500


@pytest.mark.parametrize(("chi", "chance"), [(16.919, 0.05), (21.666, 0.01), (27.877, 0.001)])
def test_chi_square_has_its_tail(chi: float, chance: float) -> None:
    assert digits.tail(chi, 9) == pytest.approx(chance, rel=0.01)


def test_digits_are_counted_where_they_stand() -> None:
    test = digits.even([123_45, 993_99, -3_00, 13_01], 100)
    assert (test.found[3], round(test.chi_square, 9), test.enough) == (4, 36.0, False)
    assert digits.even([123_45], 1000).found[2] == 1
