"""Makes the demo shop: catalogue and people, then past days of business, only through the use cases a till has.

Nothing is written past the register: what the demo shows, a real day at the counter would show. The clock of the
past days is turned here; the story (who buys what) follows from `seed`, ids and public addresses do not.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from smartecr.catalog import rows
from smartecr.catalog.models import Article
from smartecr.register.models import Closing, Shop
from smartecr.register.regulars import guests
from smartecr.register.shop import masterdata
from smartecr.register.till import ZONE, Till
from smartecr.server import wiring
from smartecr.server.demoshop import demo_days, demo_loyalty, demo_shop, demo_stock
from smartecr.sql import whole
from smartecr.staff import people
from smartecr.staff.actor import Actor
from smartecr.staff.demopins import PINS

SEED = 1871

Progress = Callable[[int, int, str], None]


class ShopExistsError(Exception):
    """There is a shop already; the message says so in German. Nothing was added."""


class DemoClock:
    """A clock the demo turns; it never goes back."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        """Return the moment the demo has reached."""
        return self.now

    def turn_to(self, moment: datetime) -> None:
        """Go on to `moment`, unless that is over."""
        self.now = max(self.now, moment)


class Randomness:
    """The system's randomness, fetched in large pieces: ids of years are made in a minute."""

    PIECE = 65_536

    def __init__(self) -> None:
        self._held, self._at = b"", 0

    def __call__(self, size: int) -> bytes:
        """Return `size` random bytes, each given out once."""
        if self._at + size > len(self._held):
            self._held, self._at = secrets.token_bytes(max(self.PIECE, size)), 0
        self._at += size
        return self._held[self._at - size : self._at]


def build(
    days: int,
    progress: Progress,
    *,
    seed: int = SEED,
    now: datetime | None = None,
    folder: Path | None = None,
    more: bool = False,
) -> int:
    """Make the demo shop in `folder` with `days` past days before `now` and return the number of sales.

    `progress(done, total, what)` counts days. Raises ShopExistsError when there is a shop; with `more` the days since
    its last closing (at most `days`) are added to a demo shop instead.
    """
    folder = folder or Path(settings.DATA)
    now = now or datetime.now(UTC)
    today = now.astimezone(ZONE).date()
    dates = [today - timedelta(days=back) for back in range(days, 0, -1)]
    dates = [day for day in dates if (day.month, day.day) not in demo_days.CLOSED]
    shop = Shop.objects.first()
    if shop is not None:
        if not (more and shop.demo):
            raise ShopExistsError(f"Hier gibt es schon den Laden {shop.name}. Es wurde nichts hinzugefügt.")
        last = Closing.objects.order_by("-z_number").values_list("business_day", flat=True).first()
        dates = [day for day in dates if last is None or day.isoformat() > last]
    clock = DemoClock(_opening(dates[0]) if dates else now)
    till = wiring.build_till(folder, clock, Randomness())
    try:
        if shop is None:
            progress(0, len(dates) + 1, "Artikel und Personal")
            stock(till)
            if dates:
                demo_loyalty.offer(till, crew()["Christine"], numbers())
                demo_stock.plan_price(till, crew()["Christine"], today)
        return _live(till, clock, dates, seed, progress)
    finally:
        till.tse.close()


def _opening(day: date) -> datetime:
    """Return when the shop is set up for a first day: half past six in the morning, local time."""
    return datetime(day.year, day.month, day.day, 6, 30, tzinfo=ZONE).astimezone(UTC)


def stock(till: Till) -> None:
    """Save people, shop, register and catalogue."""
    with transaction.atomic():
        for name, role in demo_shop.PEOPLE:
            people.create(person_id=till.new_id(), name=name, role=role, pin=PINS[name], documented_pin=True)
        owner = crew()["Christine"]
        staff = [{"id": actor.person_id, "name": actor.name, "role": actor.role} for actor in crew().values()]
        masterdata.note(till, owner, "people_saved", {"people": staff})
        masterdata.save_shop(till, owner, demo_shop.SHOP)
        masterdata.save_register(till, owner, "Kasse 1")
        changes = catalogue(till.new_id)
        masterdata.save_articles(till, owner, changes)
        guests.save(till, owner, till.new_id(), demo_shop.GUEST)


def crew() -> dict[str, Actor]:
    """Return the people by name."""
    return {person.name: Actor(person.id, person.name, person.role) for person in people.working()}


def numbers() -> dict[str, str]:
    """Return the ids of the articles by number."""
    return dict(Article.objects.values_list("number", "id"))


def catalogue(new_id: Callable[[], str]) -> list[rows.Row]:
    """Return the rows of all groups, articles and codes of the demo shop, in an order that can be written."""
    changes: list[rows.Row] = []
    ids = {item.number: new_id() for shelf in demo_shop.shelves() for item in shelf.items}
    for place, shelf in enumerate(demo_shop.shelves(), 1):
        vat = dict(zip(("vat_key_in", "vat_key_out"), shelf.vat, strict=True))
        group = {"id": new_id(), "name": shelf.name, "icon": shelf.icon, "hue": shelf.hue, "position": place, **vat}
        changes.append(rows.group_row(group))
        for position, item in enumerate(shelf.items, 1):
            article = {
                "id": ids[item.number],
                "number": item.number,
                "name": item.name,
                "group_id": group["id"],
                "vat_key_in": item.vat[0],
                "vat_key_out": item.vat[1],
                "price_cents": item.cents,
                "cost_cents": shelf.cost_of(item),
                "favourite_position": item.favourite,
                "position": position,
                "deposit_article_id": ids[item.deposit] if item.deposit else None,
                **({"content": item.content.quantity, "content_unit": item.content.unit} if item.content else {}),
                **(demo_stock.KEPT[item.number].columns if item.number in demo_stock.KEPT else {}),
                **item.more,
            }
            changes.append(rows.article_row(article))
            if item.code:
                changes.append(rows.barcode_row(item.code, ids[item.number]))
    return changes


def weak_days(dates: list[date]) -> frozenset[date]:
    """Return the days on which somebody is weak: seven weeks of a long history, a week of one of ten days or more."""
    if len(dates) >= 180:
        return frozenset(dates[-110:-60])
    return frozenset(dates[-10:-3]) if len(dates) >= 10 else frozenset()


def _live(till: Till, clock: DemoClock, dates: list[date], seed: int, progress: Progress) -> int:
    """Live through `dates`; each day is one commit, so a demo that is stopped ends with a whole day."""
    lived = {day: 100 * place // len(dates) for place, day in enumerate(dates)} if Closing.objects.count() == 0 else {}
    counted = frozenset(dates[-8::-28])
    story = demo_days.Story(till, clock.turn_to, crew(), numbers(), seed, weak_days(dates), lived, counted)
    sales = 0
    for place, day in enumerate(dates, 1):
        progress(place, len(dates) + 1, f"{day:%d.%m.%Y}, {sales} Bons")
        with whole():
            sales += story.live(day)
    progress(len(dates) + 1, len(dates) + 1, f"{sales} Bons")
    return sales
