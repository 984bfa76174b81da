"""What every page of the office shows around its own matter: the sections a person may see, the shop, the state."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from smartecr.core.records import dataclass
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right, allows
from smartecr.web.office import handbookpages
from smartecr.web.till import screen
from smartecr.web.till.access import actor_of

ON_PHONE = ("today", "receipts", "articles", "vouchers")
"""Sections that stand beside "Mehr" in the bar at the lower edge of a phone: short words, asked for standing up."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the office: `key` marks its pages, `address` names its first page, `right` says who sees it.

    `group` is a key of GROUPS.
    """

    key: str
    word: Any
    icon: str
    address: str
    right: Right
    group: str


@dataclass(frozen=True, slots=True)
class Group:
    """Sections that belong together in the side bar."""

    key: str
    word: Any
    sections: tuple[Section, ...]


GROUPS = (
    ("sell", gettext_lazy("Verkauf")),
    ("guests", gettext_lazy("Kundschaft")),
    ("range", gettext_lazy("Sortiment")),
    ("books", gettext_lazy("Bücher und TSE")),
    ("shop", gettext_lazy("Betrieb")),
)
"""Keys and words of the groups, in the order of the side bar."""

SECTIONS = (
    Section("today", gettext_lazy("Heute"), "chart-line", "office:today", Right.X_REPORT, "sell"),
    Section("insights", gettext_lazy("Auswertungen"), "chart-column", "office:insights", Right.X_REPORT, "sell"),
    Section("receipts", gettext_lazy("Bons"), "receipt-text", "office:receipts", Right.X_REPORT, "sell"),
    Section("customers", gettext_lazy("Kunden"), "user", "office:customers", Right.CUSTOMERS, "guests"),
    Section("promotions", gettext_lazy("Aktionen"), "badge-percent", "office:promotions", Right.CUSTOMERS, "guests"),
    Section("vouchers", gettext_lazy("Gutscheine"), "gift", "office:vouchers", Right.X_REPORT, "guests"),
    Section("articles", gettext_lazy("Artikel"), "package", "office:articles", Right.CATALOG, "range"),
    Section("stock", gettext_lazy("Lager"), "boxes", "office:stock", Right.CATALOG, "range"),
    Section("labels", gettext_lazy("Etiketten"), "tags", "office:labels", Right.CATALOG, "range"),
    Section("changes", gettext_lazy("Änderungen"), "history", "office:changes", Right.CATALOG, "range"),
    Section("books", gettext_lazy("Bücher"), "book-check", "office:books", Right.X_REPORT, "books"),
    Section("tse", gettext_lazy("TSE"), "shield-check", "office:tse", Right.DEVICES, "books"),
    Section("proofs", gettext_lazy("Prüfen"), "badge-check", "office:proofs", Right.DEVICES, "books"),
    Section("team", gettext_lazy("Team"), "users", "office:team", Right.STAFF, "shop"),
    Section("times", gettext_lazy("Arbeitszeiten"), "clock", "office:times", Right.TIMES, "shop"),
    Section("devices", gettext_lazy("Geräte"), "monitor-cog", "office:devices", Right.DEVICES, "shop"),
    Section("backups", gettext_lazy("Sicherung"), "archive-restore", "office:backups", Right.DEVICES, "shop"),
    Section("interface", gettext_lazy("Schnittstelle"), "plug", "office:interface", Right.STAFF, "shop"),
    Section("settings", gettext_lazy("Einstellungen"), "settings", "office:settings", Right.STAFF, "shop"),
)  # fmt: skip
"""In the order of the side bar, group by group."""


def groups_of(sections: list[Section]) -> list[Group]:
    """Return the groups these sections fill; an empty one is left out."""
    found = [Group(key, word, tuple(one for one in sections if one.group == key)) for key, word in GROUPS]
    return [group for group in found if group.sections]


def sections_of(actor: Actor) -> list[Section]:
    """Return the sections this person may see."""
    return [section for section in SECTIONS if allows(actor.role, section.right)]


def frame(request: HttpRequest, section: str, helps: str = "") -> dict[str, Any]:
    """Return the context of `office/_page.html` for a page of `section` (a key of SECTIONS).

    `helps` names a page of the handbook that says more about it than the section's.
    """
    sections = sections_of(actor_of(request))
    on_phone = [one for one in sections if one.key in ON_PHONE]
    return {
        **screen.frame(request),
        "section": section,
        "sections": sections,
        "section_groups": groups_of(sections),
        "phone_sections": on_phone,
        "handbook": bool(handbookpages.titles()),
        "helps": handbookpages.helping(section, helps),
        "beyond": section not in {one.key for one in on_phone},
    }
