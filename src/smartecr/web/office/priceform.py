"""The fields of a price with a date, and the list of an article's dated prices in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from smartecr.catalog.models import Article, Price
from smartecr.core import moments
from smartecr.core.errors import MomentError
from smartecr.core.records import dataclass
from smartecr.web.meanwhile import Fields, as_shown

SHOWN = 20


class Span(NamedTuple):
    """When a price holds, as UTC text; `ends` "" for good."""

    begins: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A dated price in words; `state` is "planned", "now", "over" or "taken" (it is the article's own price since).

    `was` is what the key that ends it brings back.
    """

    id: str
    level: int
    cents: int
    begins: str
    ends: str
    state: str
    was: str


def span(post: Mapping[str, Any]) -> Span:
    """Read day and time of both ends; a last day without time is sold through. Raises MomentError."""
    begins, ends = _moment(post, "from", through=False), _moment(post, "to", through=True)
    if not begins:
        raise MomentError("missing", "Ab wann soll der neue Preis gelten? Bitte den Tag wählen.")
    return Span(begins, ends)


def _moment(post: Mapping[str, Any], name: str, *, through: bool) -> str:
    day, time = str(post.get(f"{name}_day", "")).strip(), str(post.get(f"{name}_time", "")).strip()
    if not day:
        return ""
    return moments.read(f"{day} {time}".strip(), through=through)


def listed(article: Article, now: str) -> list[Listed]:
    """Return the article's dated prices, those to come and those of now first, then the newest that are over."""
    found = [_listed(price, now) for price in Price.objects.filter(article_id=article.id).order_by("begins", "id")]
    ahead = [one for one in found if one.state in ("planned", "now")]
    over = [one for one in found if one.state not in ("planned", "now")]
    return ahead + over[::-1][: max(SHOWN - len(ahead), 0)]


def _listed(price: Price, now: str) -> Listed:
    if not price.begun and price.begins > now:
        state = "planned"
    elif not price.ends:
        state = "taken"
    else:
        state = "over" if price.ended or price.ends <= now else "now"
    ends = moments.write(price.ends, through=True) if price.ends else ""
    was = as_shown({"ends": price.ends})
    return Listed(price.id, price.level, price.cents, moments.write(price.begins), ends, state, was)


def ends(price_id: str) -> Fields:
    """Return until when a dated price holds; nothing when it is gone."""
    return {"ends": kept} if (kept := Price.objects.filter(id=price_id).values_list("ends", flat=True).first()) else {}
