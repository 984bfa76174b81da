"""Product groups and a few articles to begin with, by kind of shop; VAT keys as of 2026. Data only.

Food for here and to go 7 % (§ 12 (2) no. 15 UStG since 2026-01-01), drinks 19 %, drinks of at least 75 % milk 7 % to go
(Anlage 2 no. 35 UStG), books and papers 7 % (no. 49), all else 19 %.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from smartecr.catalog import rows
from smartecr.catalog.rows import Row

FULL, LESS, MILK = (1, 1), (2, 2), (1, 2)


class Shelf(NamedTuple):
    """A product group: icon, hue, VAT keys in the house and to go, and its articles by name and price in cents."""

    name: str
    icon: str
    hue: int
    vat: tuple[int, int]
    articles: tuple[tuple[str, int], ...]


SAMPLES: dict[str, tuple[Shelf, ...]] = {
    "cafe": (
        Shelf("Kaffee", "coffee", 58, FULL, (("Espresso", 240), ("Café Crème", 310))),
        Shelf("Milch\u00adkaffee", "coffee", 28, MILK, (("Cappuccino", 360), ("Latte Macchiato", 410))),
        Shelf("Tee", "leaf", 128, FULL, (("Darjeeling", 380), ("Kräuter\u00adtee", 360))),
        Shelf("Kuchen", "cake-slice", 355, LESS, (("Käse\u00adkuchen", 410), ("Apfel\u00adkuchen", 390))),
        Shelf("Frühstück", "egg-fried", 92, LESS, (("Kleines Frühstück", 890), ("Rührei", 720))),
        Shelf(
            "Kaltes", "cup-soda", 225, FULL, (("Mineral\u00adwasser 0,25 l", 270), ("Apfel\u00adschorle 0,33 l", 340))
        ),
    ),
    "bakery": (
        Shelf("Brot", "wheat", 92, LESS, (("Roggen\u00admisch\u00adbrot 750 g", 420), ("Dinkel\u00adbrot 750 g", 520))),
        Shelf(
            "Bröt\u00adchen",
            "croissant",
            58,
            LESS,
            (("Bröt\u00adchen", 45), ("Dinkel\u00adbrötchen", 110), ("Butter\u00adbrezel", 220)),
        ),
        Shelf("Feines", "cake-slice", 355, LESS, (("Croissant", 230), ("Mohn\u00adschnecke", 320))),
        Shelf("Snacks", "sandwich", 28, LESS, (("Belegtes Bröt\u00adchen", 390), ("Laugen\u00adstange mit Käse", 320))),
        Shelf("Kaffee", "coffee", 30, FULL, (("Kaffee", 260), ("Espresso", 230))),
        Shelf("Getränke", "cup-soda", 225, FULL, (("Mineral\u00adwasser 0,5 l", 190),)),
    ),
    "restaurant": (
        Shelf("Vor\u00adspeisen", "salad", 128, LESS, (("Kleiner Salat", 690), ("Tages\u00adsuppe", 650))),
        Shelf(
            "Haupt\u00adgerichte", "utensils", 28, LESS, (("Schnitzel mit Pommes", 1690), ("Gemüse\u00adlasagne", 1390))
        ),
        Shelf("Nach\u00adspeisen", "ice-cream-cone", 355, LESS, (("Crème brûlée", 720),)),
        Shelf("Bier", "beer", 75, FULL, (("Pils 0,5 l", 480), ("Weizen 0,5 l", 520))),
        Shelf("Wein", "wine", 305, FULL, (("Riesling 0,2 l", 690), ("Spät\u00adburgunder 0,2 l", 720))),
        Shelf("Alkohol\u00adfrei", "cup-soda", 225, FULL, (("Wasser 0,75 l", 590), ("Apfel\u00adschorle 0,4 l", 430))),
        Shelf("Kaffee", "coffee", 58, FULL, (("Espresso", 260), ("Kaffee", 310))),
    ),
    "shop": (
        Shelf("Waren 19 %", "shopping-bag", 178, FULL, ()),
        Shelf("Lebens\u00admittel 7 %", "apple", 128, LESS, ()),
        Shelf("Bücher und Zeitungen", "book", 270, LESS, ()),
        Shelf("Geschenke", "gift", 330, FULL, ()),
        Shelf("Getränke", "milk", 225, FULL, ()),
    ),
}


def sample(kind: str, new_id: Callable[[], str]) -> list[Row]:
    """Return the rows of a sample, groups before articles. Raises KeyError for an unknown kind."""
    made: list[Row] = []
    number = 100
    for place, shelf in enumerate(SAMPLES[kind], 1):
        group = {"id": new_id(), "name": shelf.name, "icon": shelf.icon, "hue": shelf.hue, "position": place,
                 "vat_key_in": shelf.vat[0], "vat_key_out": shelf.vat[1]}  # fmt: skip
        made.append(rows.group_row(group))
        for position, (name, cents) in enumerate(shelf.articles, 1):
            number += 1
            article = {"id": new_id(), "number": str(number), "name": name, "group_id": group["id"],
                       "price_cents": cents, "position": position, "favourite_position": number - 100}  # fmt: skip
            made.append(rows.article_row(article, group=group))
    return made
