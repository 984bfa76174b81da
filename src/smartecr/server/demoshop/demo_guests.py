"""Who comes back to the demo shop, and what the shop gives them: regulars, promotions, vouchers. Data only.

Names are invented; telephone numbers are those the Bundesnetzagentur keeps free for films, mail goes to example.org.
"""

from __future__ import annotations

from typing import Any, NamedTuple

OFFICE = "Büro Lindenhof"
"""A group of customers from next door."""

COUPON = "DANKE"


class Regular(NamedTuple):
    """A customer: what they come for, on which weekdays (ISO), from which hour, how often on such a day in percent.

    `since` is the share of the history, in percent, after which they took a card; `birthday` as people say it.
    """

    name: str
    habit: str
    days: str
    hour: int
    often: int
    since: int = 0
    birthday: str = ""
    phone: str = ""
    mail: str = ""
    note: str = ""
    group: str = ""


REGULARS = (
    Regular("Lena Sommer", "to go", "12345", 8, 62, note="Hafermilch"),
    Regular("Yusuf Aydın", "to go", "12345", 7, 80, 0, "2.3.", "0171 3920021"),
    Regular("Margarete Oelschläger", "cake", "367", 15, 48, 0, "23.11.1948", note="Sitzt gern am Fenster"),
    Regular("Dr. Henrike von Stetten", "breakfast", "67", 9, 66, 0, "8.9.1975", mail="henrike@example.org"),
    Regular("Ole Brandt", "baker", "123456", 7, 44, 0, "", "0171 3920035"),
    Regular("Aylin Demirtaş", "coffee", "245", 13, 52, 0, "30.1.1998", mail="aylin@example.org", group=OFFICE),
    Regular("Tobias Kleinschmidt", "lunch", "1234", 12, 56, 0, "", mail="tobias@example.org", group=OFFICE),
    Regular("Ingrid & Paul Wenzel", "breakfast", "7", 10, 74, 0, "5.5."),
    Regular("Katharina Bjelić", "to go", "135", 8, 64, 0, "19.12.1986", "0171 3920042"),
    Regular("Friedhelm Zumbusch", "coffee", "1234567", 10, 40, 0, "1.4.1951", note="Zeitung zurücklegen"),
    Regular("Nora Achterberg", "cake", "56", 15, 38, 4, "11.7."),
    Regular("Emre Koçak", "evening", "56", 17, 36, 6, "", "0171 3920058"),
    Regular("Svenja Paulsen", "tea", "246", 16, 46, 8, "27.2.1989", mail="svenja@example.org"),
    Regular("Ruth Abendroth", "baker", "26", 9, 62, 10, "16.10.1957"),
    Regular("Jonas Wiesenthal", "to go", "12345", 8, 46, 13, "", group=OFFICE),
    Regular("Mareike Tjaden", "lunch", "235", 12, 44, 16, "3.8.1993", group=OFFICE),
    Regular("Giulia Ferrante", "coffee", "1245", 9, 50, 18, "22.4.1984", "0171 3920063"),
    Regular("Bruno Hartwig", "shop", "6", 11, 58, 21),
    Regular("Claudia Ritterbusch", "breakfast", "6", 9, 54, 24, "9.1.1969", "0171 3920077"),
    Regular("Piet van der Velde", "evening", "45", 17, 34, 27, "", mail="piet@example.org"),
    Regular("Hatice Yıldız", "baker", "135", 7, 52, 30, "25.5.1979"),
    Regular("Anneliese Kröger", "cake", "347", 15, 42, 33, "24.11.1944", note="Bringt ihre Dose mit"),
    Regular("Marek Nowicki", "to go", "12345", 7, 58, 36, "", "0171 3920081"),
    Regular("Sophie Lindqvist", "tea", "357", 15, 40, 40, "17.9.1996"),
    Regular("Bernd Tannhäuser", "lunch", "24", 13, 48, 44, "6.6."),
    Regular("Thi Lan Nguyen", "coffee", "2346", 11, 46, 48, "28.11.1990", mail="lan@example.org"),
    Regular("Gerlinde Moosbauer", "baker", "36", 8, 64, 52, "", "0171 3920086"),
    Regular("Felix Obermayr", "to go", "245", 8, 56, 57, "15.3.1999"),
    Regular("Wiebke Carstensen", "breakfast", "7", 10, 46, 62, "21.10.1982"),
    Regular("Rashid Karimi", "coffee", "1356", 14, 42, 67, "", "0171 3920090", group=OFFICE),
    Regular("Dorothea Lilienthal", "cake", "25", 16, 44, 72, "12.12.1961"),
    Regular("Lukas Steinhagen", "evening", "56", 17, 32, 77),
    Regular("Olivia Grünwald", "tea", "46", 16, 42, 82, "4.2.2001", mail="olivia@example.org"),
    Regular("Hans-Joachim Freudenthal", "shop", "26", 11, 36, 87, "31.8.1955"),
    Regular("Zoë Marquardt", "to go", "1345", 9, 54, 92, "", "0171 3920099"),
    Regular("Ewa Dąbrowska", "baker", "146", 8, 50, 96, "18.7.1973"),
)

COFFEE, BAKERY, BREAKFAST, CAKE = "Kaffee", "Backwaren", "Frühstück", "Kuchen"

PROMOTIONS: tuple[dict[str, Any], ...] = (
    {"name": "Feierabend: Backwaren", "kind": "percent", "value": 3000, "groups": (BAKERY,), "start": "17:00"},
    {"name": "Drei Croissants, zwei bezahlen", "kind": "n_for_m", "value": 2, "count": 3, "articles": ("302", "308")},
    {"name": "Kaffeekarte: der zehnte ist frei", "kind": "stamps", "count": 9, "groups": (COFFEE,)},
    {"name": "Coupon für Stammgäste", "kind": "percent", "value": 1000, "from_cents": 10_00, "code": COUPON},
    {"name": "1 Punkt je Euro", "kind": "earn", "value": 1_00},
    {"name": "Prämie: ein Stück Kuchen", "kind": "amount", "value": 4_10, "groups": (CAKE,), "points": 80},
    {"name": "Zum Geburtstag", "kind": "percent", "value": 2000, "occasion": "birthday"},
    {"name": "Willkommen", "kind": "amount", "value": 1_00, "occasion": "welcome"},
    {"name": OFFICE, "kind": "percent", "value": 500, "groups": (COFFEE, BREAKFAST), "customers": OFFICE},
)
"""In the shop's order; groups and articles by name and number."""

VOUCHERS = {"1111": 6, "1113": 3, "1112": 2}
"""Numbers of voucher articles by how often they are given away."""

VOUCHERS_A_DAY = {1: 0.2, 2: 0.3, 5: 0.5, 11: 0.6, 12: 1.6}
"""Vouchers sold a day by month; a third elsewhere."""
