"""A search over the whole office: its pages, every setting, and articles, by the words people use for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from smartecr.catalog.search import search
from smartecr.core.records import dataclass
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right, allows
from smartecr.web.office import handbookpages, settings
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import GROUPS, SECTIONS, frame
from smartecr.web.office.insights_pages import PAGES
from smartecr.web.till.access import actor_of, is_fragment

_HANDBOOK = gettext_lazy("Handbuch, Hilfe, Anleitung")
MOST_PLACES, MOST_ARTICLES = 7, 4


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go: its word, where it lies, other words people look for it by, and who may go there."""

    word: Any
    about: Any
    words: Any
    icon: str
    address: str
    right: Right


_BEYOND: tuple[tuple[Any, Any, str, str, tuple[str, ...], Right], ...] = (
    (gettext_lazy("Preistabelle"), gettext_lazy("Preise ändern, Preiserhöhung planen, viele zugleich"), "table",
     "office:article-table", (), Right.CATALOG),
    (gettext_lazy("Warengruppen"), gettext_lazy("Farbe, Symbol, Mehrwertsteuer, MwSt, Umsatzsteuer, Tasten"),
     "layout-grid", "office:groups", (), Right.CATALOG),
    (gettext_lazy("Neuer Artikel"), gettext_lazy("anlegen, Strichcode, EAN, Preis"), "plus", "office:article-new", (),
     Right.CATALOG),
    (gettext_lazy("Artikel als CSV"), gettext_lazy("Import, Export, Excel, Tabelle"), "file-spreadsheet",
     "articles", (), Right.CATALOG),
    (gettext_lazy("Wareneingang"), gettext_lazy("Lieferung, Lieferschein, Bestand erhöhen"), "package-plus",
     "office:stock-book", ("in",), Right.CATALOG),
    (gettext_lazy("Bruch, Verderb"), gettext_lazy("Schwund, Diebstahl, abgelaufen, Bestand"), "package-x",
     "office:stock-book", ("waste",), Right.CATALOG),
    (gettext_lazy("Zählen"), gettext_lazy("Inventur, Bestand, Differenz"), "clipboard-list", "office:stock-count", (),
     Right.CATALOG),
    (gettext_lazy("Drucker und Lade"), gettext_lazy("Drucker finden, Küche, Bar, Stationen, Fühler einlernen"),
     "printer", "printers", (), Right.DEVICES),
    (gettext_lazy("Kasse abschließen"), gettext_lazy("Z-Bon, Tagesabschluss, Kassensturz, Geld zählen"), "lock",
     "close", (), Right.CLOSE_DAY),
    (gettext_lazy("Abschlüsse"), gettext_lazy("Z-Bericht, Z-Bon, Tagesabschluss, PDF, Umsatz eines Tages"), "moon",
     "office:closings", (), Right.X_REPORT),
    (gettext_lazy("Steuerberater und Finanzamt"), gettext_lazy("DATEV, Mitteilung, ELSTER, Verfahrensdokumentation"),
     "file-text", "office:papers", (), Right.STAFF),
    (gettext_lazy("Rechnungen"), gettext_lazy("E-Rechnung, ZUGFeRD, XRechnung, Zahlungsziel, Kleinunternehmer"),
     "receipt-euro", "office:invoices", (), Right.X_REPORT),
    (gettext_lazy("Kassen-Nachschau"), gettext_lazy("Prüfer einlassen, Finanzamt, Betriebsprüfung"), "scan-search",
     "office:auditors", (), Right.STAFF),
    (gettext_lazy("Zeitmaschine"), gettext_lazy("Die Kasse an einem früheren Tag"), "history", "office:past", (),
     Right.X_REPORT),
    (gettext_lazy("Öffnungszeiten"), gettext_lazy("Wann der Selbsttest der TSE wartet"), "clock", "office:tse", (),
     Right.DEVICES),
    (gettext_lazy("Fremde Währungen"), gettext_lazy("Kurs, Wechselkurs, Franken, Dollar"), "coins",
     "office:currencies", (), Right.STAFF),
    (gettext_lazy("Kassenbuch"), gettext_lazy("Einlage, Entnahme, X-Bericht, Bargeld"), "book-open", "cash", (),
     Right.X_REPORT),
    (gettext_lazy("Neue Person"), gettext_lazy("Mitarbeiter, PIN, Rolle, Rechte"), "user-plus", "office:person-new", (),
     Right.STAFF),
    (gettext_lazy("Wer was darf"), gettext_lazy("Rechte, Rollen, Freigabe, Mitarbeiter"), "users", "office:team", (),
     Right.STAFF),
    (gettext_lazy("Helligkeit, Abmelden"), gettext_lazy("dunkel, hell, Bildschirm, Benutzer wechseln"), "user",
     "office:sections", (), Right.X_REPORT),
)  # fmt: skip

_WORDS = {
    "today": gettext_lazy("Umsatz, Tag, Vergleich"), "insights": gettext_lazy("Statistik, Zahlen, Prognose, Marge"),
    "receipts": gettext_lazy("Belege, Quittung, Storno, Kopie, suchen"), "stock": gettext_lazy("Bestand, bestellen"),
    "articles": gettext_lazy("Produkte, Preise, Pfand, Bilder"),
    "books": gettext_lazy("DSFinV-K, Export, Prüfer"),
    "labels": gettext_lazy("Preisschild, Regal, EAN, Strichcode drucken"),
    "changes": gettext_lazy("Historie, Protokoll, zurücknehmen, rückgängig"),
    "customers": gettext_lazy("Kundenkarte, Treue, Punkte, Datenschutz, DSGVO, Kundengruppe"),
    "promotions": gettext_lazy("Rabatt, Happy Hour, Stempelkarte, Coupon"),
    "vouchers": gettext_lazy("Geschenkgutschein, Guthaben"),
    "team": gettext_lazy("Personal, Mitarbeiter, PIN, Passwort, Rechte"),
    "times": gettext_lazy("Stempeln, Stunden, Pausen, Personal, Lohn"),
    "devices": gettext_lazy("Terminal, Drucker, Kamera, Scanner, Waage, Störung, Testseite"),
    "backups": gettext_lazy("Backup, USB, Stick, Schlüssel, wiederherstellen"),
    "tse": gettext_lazy("Signatur, Zertifikat"),
    "proofs": gettext_lazy("Belegcode, TAR, Kontrolle"), "interface": gettext_lazy("API, Webhook, Token"),
    "settings": gettext_lazy("Einrichten, Laden, Adresse"),
}  # fmt: skip
"""Other words for the sections."""


def places() -> Iterator[Place]:
    """Yield every place of the office, most general first."""
    groups = dict(GROUPS)
    for one in SECTIONS:
        words = _WORDS.get(one.key, "")
        yield Place(one.word, groups[one.group], words, one.icon, reverse(one.address), one.right)
    for word, about, icon, name, arguments, right in _BEYOND:
        yield Place(word, about, "", icon, reverse(name, args=arguments), right)
    for key, entry in PAGES.items():
        yield Place(entry.word, gettext_lazy("Auswertungen"), "", "chart-column", reverse("office:figures", args=[key]),
                    entry.right)  # fmt: skip
    for name, title in handbookpages.titles().items():
        address = reverse("office:handbook-page", args=[name])
        yield Place(title, _HANDBOOK, "", "book-open", address, Right.X_REPORT)
    for group in settings.GROUPS:
        for setting in group.settings:
            address = f"{reverse('office:settings')}#f-{setting.column}"
            words = f"{setting.words} {setting.about} {group.word}"
            yield Place(setting.word, group.word, words, "settings", address, Right.STAFF)


def found(actor: Actor, text: str) -> list[Place]:
    """Return the places that have every typed word, those that have it in their name first; only what `actor` may."""
    wanted = text.casefold().split()
    if not wanted:
        return []
    scored = []
    for number, place in enumerate(places()):
        name = str(place.word).casefold()
        rest = f"{place.about} {place.words}".casefold()
        if allows(actor.role, place.right) and all(word in name or word in rest for word in wanted):
            begins = any(part.startswith(wanted[0]) for part in name.split())
            reading = place.about is _HANDBOOK  # after all where something can be done
            scored.append((reading, not begins, not all(word in name for word in wanted), number, place))
    return [place for *_score, place in sorted(scored, key=lambda one: one[:4])][:MOST_PLACES]


@require_safe
@office_only(Right.X_REPORT)
def find(request: HttpRequest) -> HttpResponse:
    """Show what `?q=` finds: pages and settings, then articles; as a fragment beside the search field."""
    text, actor = request.GET.get("q", "").strip()[:60], actor_of(request)
    articles = search(text, MOST_ARTICLES) if len(text) > 1 and allows(actor.role, Right.CATALOG) else []
    context = {"text": text, "places": found(actor, text), "articles": articles}
    if is_fragment(request):
        return render(request, "office/_found.html", context)
    return render(request, "office/find.html", {**frame(request, "sections"), **context})
