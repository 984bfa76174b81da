"""Digit tests as tax auditors run them: chi-square over the digits of daily takings.

Digits that people make up are not evenly spread; those of real takings are. The test adds up, over the ten digits, the
squared difference between found and expected counts, each divided by the expected count. With nine degrees of freedom
chance exceeds 21.67 once in a hundred and 27.88 once in a thousand times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import erfc as _erfc
from math import exp, pi, sqrt

from django.utils.translation import gettext as _

from smartecr.core.records import dataclass
from smartecr.insights.odd.evidence import Evidence, Finding

ODD, VERY_ODD = 21.666, 27.877
LEAST_DAYS = 100
"""Days before the test says anything: ten of each digit."""


@dataclass(frozen=True, slots=True)
class DigitTest:
    """Found and expected counts by digit, and the chi-square of both; `enough`: there were days enough."""

    digits: tuple[int, ...]
    found: tuple[int, ...]
    expected: tuple[float, ...]
    chi_square: float
    enough: bool

    @property
    def odd(self) -> bool:
        """Tell whether chance gives as much less than once in a hundred times."""
        return self.enough and self.chi_square > ODD


def even(amounts: Iterable[int], place: int) -> DigitTest:
    """Test that the digits at a place of amounts in cents (100: whole euros, 1000: tens) are evenly spread."""
    counts = Counter(abs(cents) // place % 10 for cents in amounts)
    total = sum(counts.values())
    return _test(tuple(range(10)), counts, [total / 10] * 10, total)


def _test(digits: Sequence[int], counts: Counter[int], expected: Sequence[float], total: int) -> DigitTest:
    found = tuple(counts[digit] for digit in digits)
    chi = sum((one - other) ** 2 / other for one, other in zip(found, expected, strict=True)) if total else 0.0
    return DigitTest(tuple(digits), found, tuple(expected), chi, total >= LEAST_DAYS)


def takings(evidence: Evidence) -> list[int]:
    """Return the takings of the days of the span that are over, in cents."""
    first, last = evidence.span.first.isoformat(), evidence.span.last.isoformat()
    days = ((day, one.revenue_cents) for day, one in evidence.days.items() if first <= day <= last)
    return [cents for day, cents in days if day != evidence.running and cents > 0]


def made_up(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each place of the daily takings whose digits are not evenly spread."""
    amounts = takings(evidence)
    for place, word in ((100, _("Einerstelle")), (1000, _("Zehnerstelle"))):
        test = even(amounts, place)
        if test.odd:
            chi = f"{test.chi_square:.1f}".replace(".", ",")
            yield Finding(
                rule="digits",
                title=_("Ziffern der Tageseinnahmen"),
                sentence=_("Die {place} ist ungleich verteilt: Chi-Quadrat {chi}.").format(place=word, chi=chi),
                usual=_("bis 21,7 ist es Zufall, über 27,9 kaum noch"),
                chance=tail(test.chi_square, 9),
                span=evidence.span,
            )


def tail(chi_square: float, freedom: int) -> float:
    """Return the probability that chance exceeds a chi-square, for an odd number of degrees of freedom."""
    half = chi_square / 2
    term = sqrt(half / pi) * 2 * exp(-half)
    total = _erfc(sqrt(half))
    for k in range(1, (freedom - 1) // 2 + 1):
        total += term
        term *= half / (k + 0.5)
    return min(1.0, total)
