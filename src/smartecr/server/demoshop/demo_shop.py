"""The demo shop "Morgenrot, Kaffeehaus & Laden": its address, people, groups and articles. Data only.

VAT keys as of 2026: food 7 % here and to go (§ 12 (2) no. 15 UStG), drinks 19 %, drinks of at least 75 % milk 7 % to
go (Anlage 2 no. 35 UStG; here they are a restaurant service), beans, tea leaves, books and papers 7 %.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from smartecr.catalog import codes
from smartecr.core.content import Content, parse_content
from smartecr.core.kinds import DEPOSIT, DEPOSIT_BACK, MULTI_SALE, SINGLE_SALE, TURNOVER

SHOP = {
    "name": "Morgenrot",
    "tagline": "Kaffeehaus & Laden",
    "owner": "Inhaberin Christine Morgenrot",
    "street": "Am Lindenwehr 7",
    "postcode": "99999",
    "city": "Musterau",
    "country": "DEU",
    "tax_number": "99/815/08150",
    "vat_id": "DE999999995",
    "footer": "Danke für Ihren Besuch. Täglich ab 7 Uhr.",
    "demo": True,
}

GUEST = {"name": "Lena Sommer", "note": "Hafermilch"}
"""Whose card and phone lie beside the practice device."""

PEOPLE = (("Jana", "cashier"), ("Murat", "manager"), ("Christine", "owner"))

FULL, LESS, MILK, UNTAXED = (1, 1), (2, 2), (1, 2), (5, 5)
"""VAT keys in the house and to go: 19 %, 7 %, milk drinks with 19 % here but 7 % to go, multi-purpose vouchers."""

_CONTENT = re.compile(r"[0-9,]+ (?:g|ml|l)$")


class Item(NamedTuple):
    """One article; `deposit` is the number of the Pfand article sold with it, `favourite` a place from 1."""

    number: str
    name: str
    cents: int
    vat: tuple[int, int]
    favourite: int | None = None
    deposit: str = ""
    coded: bool = False
    more: dict[str, Any] = {}

    @property
    def content(self) -> Content | None:
        """Return what a package holds, from the end of its name; None for what is served or weighed."""
        packed = self.coded or self.name.endswith(" g")
        found = _CONTENT.search(self.name) if packed else None
        return parse_content(found[0]) if found else None

    @property
    def code(self) -> str:
        """Return the EAN-13 of a packaged article, from the range 20 that shops may use as they like; else ""."""
        stem = f"20{int(self.number):010d}"
        return stem + codes.check_digit(stem) if self.coded else ""


class Shelf(NamedTuple):
    """A product group with its articles; `cost` is what they cost the shop, net, in percent of the gross price."""

    name: str
    icon: str
    hue: int
    vat: tuple[int, int]
    items: tuple[Item, ...]
    cost: int | None = None

    def cost_of(self, item: Item) -> int | None:
        """Return what an article costs the shop, in net cents; None for deposits and open prices."""
        sold = item.cents > 0 and item.more.get("gv_typ", TURNOVER) == TURNOVER
        return item.cents * self.cost // 100 if self.cost is not None and sold else None


def _coffee() -> tuple[Item, ...]:
    staff: dict[str, Any] = {"prices": {2: 150}}
    return (
        Item("101", "Espresso", 240, FULL, 1, more=staff),
        Item("102", "Espresso doppelt", 340, FULL),
        Item("103", "Espresso Macchiato", 260, FULL),
        Item("104", "Cappuccino", 360, FULL, 2, more={"prices": {2: 200}}),
        Item("105", "Milch\u00adkaffee", 390, FULL, 3),
        Item("106", "Flat White", 390, FULL, 4),
        Item("107", "Latte Macchiato", 410, MILK, 5),
        Item("108", "Filter\u00adkaffee", 290, FULL, 6, more=staff),
        Item("109", "Americano", 290, FULL),
        Item("110", "Café Crème", 310, FULL),
        Item("111", "Cold Brew", 420, FULL),
        Item("112", "Hafer-Cappuccino", 400, FULL),
        Item("113", "Wiener Melange", 390, FULL),
        Item("114", "Affogato", 450, FULL),
    )


def _tea() -> tuple[Item, ...]:
    return (
        Item("201", "Darjeeling", 380, FULL, 7),
        Item("202", "Kräutertee Berg\u00adwiese", 360, FULL, 8),
        Item("203", "Heiße Scho\u00adkolade", 420, MILK, 9),
        Item("204", "Chai Latte", 430, FULL, 10),
        Item("205", "Earl Grey", 380, FULL),
        Item("206", "Grüner Tee Sencha", 390, FULL),
        Item("207", "Früchtetee Wald\u00adbeere", 360, FULL),
        Item("208", "Frische Minze", 380, FULL),
        Item("209", "Ingwer & Zitrone", 390, FULL),
        Item("210", "Weiße Scho\u00adkolade heiß", 440, MILK),
        Item("211", "Warme Milch mit Honig", 320, MILK),
        Item("212", "Kinder\u00adkakao", 280, MILK),
    )


def _bakery() -> tuple[Item, ...]:
    return (
        Item("301", "Butter\u00adbrezel", 220, LESS, 11),
        Item("302", "Croissant", 230, LESS, 12),
        Item("303", "Mohn\u00adschnecke", 320, LESS, 13),
        Item("304", "Franz\u00adbrötchen", 280, LESS, 14, more={"sold_out": True}),
        Item("305", "Dinkel\u00adbrötchen", 110, LESS, 15),
        Item("306", "Brötchen", 55, LESS),
        Item("307", "Roggen\u00adbrötchen", 95, LESS),
        Item("308", "Schoko-Croissant", 270, LESS),
        Item("309", "Nuss\u00adecke", 290, LESS),
        Item("310", "Zimt\u00adschnecke", 310, LESS),
        Item("311", "Laugen\u00adstange mit Käse", 290, LESS),
        Item("312", "Bauernbrot 750 g", 490, LESS),
        Item("313", "Dinkel-Voll\u00adkornbrot 500 g", 460, LESS),
        Item("314", "Baguette", 260, LESS),
    )


def _breakfast() -> tuple[Item, ...]:
    return (
        Item("401", "Frühstück ‚Morgenrot‘", 1290, LESS, 16),
        Item("402", "Bircher\u00admüsli", 640, LESS, 17),
        Item("403", "Rührei mit Kräutern", 720, LESS, 18),
        Item("404", "Strammer Max", 890, LESS, 19),
        Item("405", "Kleines Frühstück", 690, LESS),
        Item("406", "Frühstück für zwei", 2490, LESS),
        Item("407", "Joghurt mit Früchten", 560, LESS),
        Item("408", "Avocadobrot mit Ei", 940, LESS),
        Item("409", "Weich\u00adgekochtes Ei", 180, LESS),
        Item("410", "Belegtes Brötchen Käse", 380, LESS),
        Item("411", "Belegtes Brötchen Schinken", 390, LESS),
        Item("412", "Portion Butter & Marmelade", 150, LESS),
    )


def _cake() -> tuple[Item, ...]:
    return (
        Item("501", "Käse\u00adkuchen", 410, LESS, 20),
        Item("502", "Apfel\u00adkuchen", 380, LESS),
        Item("503", "Apfelkuchen mit Sahne", 440, LESS),
        Item("504", "Möhren\u00adtorte", 420, LESS),
        Item("505", "Schwarz\u00adwälder Kirsch", 460, LESS),
        Item("506", "Schoko\u00adladentarte", 430, LESS),
        Item("507", "Zwetschgen\u00addatschi", 370, LESS),
        Item("508", "Zitronen\u00adkuchen", 350, LESS),
        Item("509", "Linzer Torte", 390, LESS),
        Item("510", "Portion Sahne", 80, LESS),
        Item("511", "Torte ganz", 4200, LESS),
    )


def _cold() -> tuple[Item, ...]:
    return (
        Item("601", "Apfel\u00adschorle 0,33 l", 340, FULL, 21, "901", coded=True),
        Item("602", "Rhabarber\u00adschorle 0,33 l", 360, FULL, 22, "901", coded=True),
        Item("603", "Orangen\u00adsaft", 480, FULL, 23),
        Item("604", "Mineral\u00adwasser 0,5 l", 290, FULL, 24, "902", coded=True),
        Item("605", "Leitungs\u00adwasser 0,5 l", 100, FULL),
        Item("606", "Zitronen\u00adlimonade", 390, FULL),
        Item("607", "Eistee Pfirsich", 390, FULL),
        Item("608", "Cola 0,33 l", 340, FULL, None, "902", coded=True),
        Item("609", "Mate 0,5 l", 360, FULL, None, "902", coded=True),
        Item("610", "Tomaten\u00adsaft 0,2 l", 320, FULL),
        Item("611", "Glas Milch", 220, MILK),
        Item("612", "Eiskaffee", 560, FULL),
        Item("901", "Pfand 0,25", 25, FULL, more={"gv_typ": DEPOSIT}),
        Item("902", "Pfand 0,15", 15, FULL, more={"gv_typ": DEPOSIT}),
    )


def _wine() -> tuple[Item, ...]:
    sixteen, eighteen = {"age": 16}, {"age": 18}
    return (
        Item("701", "Sekt ‚Morgenrot‘", 490, FULL, 25, more=sixteen),
        Item("702", "Riesling 0,2 l", 540, FULL, more=sixteen),
        Item("703", "Grau\u00adburgunder 0,2 l", 560, FULL, more=sixteen),
        Item("704", "Spät\u00adburgunder 0,2 l", 580, FULL, more=sixteen),
        Item("705", "Aperitif Spritz", 690, FULL, more=eighteen),
        Item("706", "Wein\u00adschorle", 420, FULL, more=sixteen),
        Item("707", "Helles 0,5 l", 430, FULL, None, "902", more=sixteen),
        Item("708", "Riesling Flasche 0,75 l", 1190, FULL, coded=True, more=sixteen),
        Item("709", "Sekt Flasche 0,75 l", 1390, FULL, coded=True, more=sixteen),
        Item("710", "Obstbrand 2 cl", 390, FULL, more=eighteen),
    )


def _farm() -> tuple[Item, ...]:
    return (
        Item("801", "Blütenhonig 500 g", 790, LESS, 26, coded=True),
        Item("802", "Kaffee\u00adbohnen 250 g", 890, LESS, 27, coded=True),
        Item("803", "Kaffeebohnen lose", 3180, LESS, more={"unit": "kg"}),
        Item("804", "Erdbeer\u00adkonfitüre 220 g", 490, LESS, coded=True),
        Item("805", "Quitten\u00adgelee 220 g", 520, LESS, coded=True),
        Item("806", "Freiland\u00adeier 10 Stück", 420, LESS, coded=True),
        Item("807", "Bergkäse am Stück", 2690, LESS, more={"unit": "kg"}),
        Item("808", "Frischmilch 1 l", 210, LESS, None, "903", coded=True),
        Item("809", "Apfelsaft 1 l", 350, FULL, None, "902", coded=True),
        Item("810", "Leinöl 250 ml", 690, LESS, coded=True),
        Item("811", "Walnüsse 250 g", 540, LESS, coded=True),
        Item("812", "Obst & Gemüse", 0, LESS, more={"open_price": True}),
        Item("813", "Pfand\u00adrückgabe", -25, FULL, 30, more={"gv_typ": DEPOSIT_BACK, "icon": "milk"}),
        Item("903", "Pfand 0,15 Milch", 15, LESS, more={"gv_typ": DEPOSIT}),
    )


def _paper() -> tuple[Item, ...]:
    return (
        Item("1001", "Buch ‚Kaffee‘", 1400, LESS, 28, coded=True, more={"icon": "book"}),
        Item("1002", "Backbuch ‚Sonntags‘", 2200, LESS, coded=True),
        Item("1003", "Roman ‚Am Wehr‘", 1300, LESS, coded=True),
        Item("1004", "Kinderbuch ‚Die Bohne‘", 1200, LESS, coded=True),
        Item("1005", "Tages\u00adzeitung", 290, LESS, coded=True),
        Item("1006", "Wochen\u00adzeitung", 620, LESS, coded=True),
        Item("1007", "Postkarte", 150, FULL, coded=True),
        Item("1008", "Notizheft A5", 650, FULL, coded=True),
        Item("1009", "Wand\u00adkalender", 1490, FULL, coded=True),
    )


def _gifts() -> tuple[Item, ...]:
    return (
        Item("1101", "Jute\u00adbeutel", 650, FULL, 29, coded=True),
        Item("1102", "Becher ‚Morgenrot‘", 1290, FULL, coded=True),
        Item("1103", "Espresso\u00adtasse", 890, FULL, coded=True),
        Item("1104", "Bienenwachs\u00adkerze", 990, FULL, coded=True),
        Item("1105", "Schoko\u00adladentafel 100 g", 390, LESS, coded=True),
        Item("1106", "Teedose Berg\u00adwiese 80 g", 890, LESS, coded=True),
        Item("1107", "Emaille\u00adkanne", 2990, FULL, coded=True),
        Item("1108", "Geschirr\u00adtuch", 1190, FULL, coded=True),
        Item("1109", "Pralinen 6 Stück", 750, LESS, coded=True),
        Item("1110", "Geschenk\u00adpapier", 320, FULL, coded=True),
        Item("1111", "Gutschein 20 €", 2000, UNTAXED, more={"gv_typ": MULTI_SALE}),
        Item("1112", "Gutschein, freier Betrag", 0, UNTAXED, more={"gv_typ": MULTI_SALE, "open_price": True}),
        Item("1113", "Brot\u00adgutschein 10 €", 1000, LESS, more={"gv_typ": SINGLE_SALE, "icon": "croissant"}),
    )


def shelves() -> Iterator[Shelf]:
    """Yield the groups in the order of the group strip."""
    yield Shelf("Kaffee", "coffee", 58, FULL, _coffee(), 18)
    yield Shelf("Tee & Kakao", "leaf", 128, FULL, _tea(), 16)
    yield Shelf("Backwaren", "croissant", 92, LESS, _bakery(), 34)
    yield Shelf("Frühstück", "egg-fried", 28, LESS, _breakfast(), 30)
    yield Shelf("Kuchen", "cake-slice", 355, LESS, _cake(), 28)
    yield Shelf("Kaltes", "cup-soda", 225, FULL, _cold(), 36)
    yield Shelf("Wein & Sekt", "wine", 305, FULL, _wine(), 32)
    yield Shelf("Hofladen", "shopping-bag", 178, LESS, _farm(), 58)
    yield Shelf("Bücher & Papier", "book-open", 262, LESS, _paper(), 66)
    yield Shelf("Geschenke", "gift", 330, FULL, _gifts())
