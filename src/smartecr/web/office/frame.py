"""What every page of the office shows around its own matter: the sections a person may see, the shop, the state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right, allows
from smartecr.web.till import screen
from smartecr.web.till.access import actor_of

ON_PHONE = ("today", "receipts", "articles", "vouchers")
"""Sections that stand beside "Mehr" in the bar at the lower edge of a phone: short words, asked for standing up."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the office: `key` marks its pages, `address` names its first page, `right` says who sees it."""

    key: str
    word: Any
    icon: str
    address: str
    right: Right


SECTIONS = (
    Section("today", gettext_lazy("Heute"), "chart-line", "office:today", Right.X_REPORT),
    Section("insights", gettext_lazy("Auswertungen"), "chart-column", "office:insights", Right.X_REPORT),
    Section("receipts", gettext_lazy("Bons"), "receipt-text", "office:receipts", Right.X_REPORT),
    Section("articles", gettext_lazy("Artikel"), "package", "office:articles", Right.CATALOG),
    Section("stock", gettext_lazy("Lager"), "boxes", "office:stock", Right.CATALOG),
    Section("books", gettext_lazy("Bücher"), "book-check", "office:books", Right.X_REPORT),
    Section("team", gettext_lazy("Team"), "users", "office:team", Right.STAFF),
    Section("settings", gettext_lazy("Einstellungen"), "settings", "office:settings", Right.STAFF),
    Section("changes", gettext_lazy("Änderungen"), "history", "office:changes", Right.CATALOG),
    Section("customers", gettext_lazy("Kunden"), "user", "office:customers", Right.CUSTOMERS),
    Section("promotions", gettext_lazy("Aktionen"), "badge-percent", "office:promotions", Right.CUSTOMERS),
    Section("vouchers", gettext_lazy("Gutscheine"), "gift", "office:vouchers", Right.X_REPORT),
    Section("devices", gettext_lazy("Geräte"), "monitor-cog", "office:devices", Right.DEVICES),
    Section("backups", gettext_lazy("Sicherung"), "archive-restore", "office:backups", Right.DEVICES),
    Section("interface", gettext_lazy("Schnittstelle"), "plug", "office:interface", Right.STAFF),
    Section("tse", gettext_lazy("TSE"), "shield-check", "office:tse", Right.DEVICES),
    Section("proofs", gettext_lazy("Prüfen"), "badge-check", "office:proofs", Right.DEVICES),
)  # fmt: skip
"""In the order of the side bar."""


def sections_of(actor: Actor) -> list[Section]:
    """Return the sections this person may see."""
    return [section for section in SECTIONS if allows(actor.role, section.right)]


def frame(request: HttpRequest, section: str) -> dict[str, Any]:
    """Return the context of `office/_page.html` for a page of `section` (a key of SECTIONS)."""
    sections = sections_of(actor_of(request))
    on_phone = [one for one in sections if one.key in ON_PHONE]
    return {
        **screen.frame(request),
        "section": section,
        "sections": sections,
        "phone_sections": on_phone,
        "beyond": section not in {one.key for one in on_phone},
    }
