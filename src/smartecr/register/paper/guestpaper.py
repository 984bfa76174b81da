"""What the shop knows of a person, on paper: the answer to Art. 15 DSGVO in plain words (Art. 12 (1))."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from smartecr.core.quantity import format_quantity
from smartecr.customers.consent import TEXTS
from smartecr.printer import pdf
from smartecr.printer.document import Block, Heading, Note, Pair, ReportDocument, Row, Rule
from smartecr.register import models
from smartecr.register.paper.receipts import local, shop_head
from smartecr.register.regulars import loyalty
from smartecr.register.regulars.guests import report

_WORDS = {"name": "Name", "phone": "Telefon", "mail": "E-Mail", "birthday": "Geburtstag", "note": "Notiz"}


def render(customer_id: str, at: datetime) -> bytes:
    """Return everything known of a person as PDF. Raises RegisterError as `guests.report`."""
    return pdf.render(document(report(customer_id), at), at, "a4")


def document(known: dict[str, Any], at: datetime) -> ReportDocument:
    """Return a report of `guests.report` as a document; `at` is now, in the zone people read."""
    shop = shop_head(models.Shop.objects.get())
    blocks: list[Block] = [
        Heading(shop.name, 1),
        *(Note(line) for line in (shop.owner, *shop.address) if line),
        Heading("Auskunft nach Art. 15 DSGVO", 2),
        Note(f"Stand {at:%d.%m.%Y, %H:%M} Uhr"),
        Heading("Was gespeichert ist"),
        *(Pair(_WORDS[field], value or "nichts") for field, value in known["person"].items()),
        Pair("Karte", f"Nr. {known['card']['number']}, seit {_day(known['card']['since'])}"),
        Pair("Gruppe", known["card"]["group"] or "keine"),
        Heading("Wozu und wie lange"),
    ]
    for word, text in known["about"].items():
        blocks += [Note(f"{word}: {text}", centred=False)]
    blocks.append(Heading("Einwilligung"))
    for one in known["consents"]:
        what = "erteilt" if one["given"] else "beendet"
        blocks.append(Pair(f"{local(one['at']):%d.%m.%Y, %H:%M}", f"{what}, Fassung {one['version']}"))
        if one["given"]:
            blocks.append(Note(TEXTS.get(one["version"], ""), centred=False))
    blocks += [Heading("Gesammelt und eingelöst"), *_collected(known["collected"]), Heading("Einkäufe mit der Karte")]
    for receipt in known["receipts"]:
        at_words = f"{local(receipt['at']):%d.%m.%Y, %H:%M}"
        blocks += [Rule(), Row(f"Bon {receipt['number']}, {at_words}", receipt["total_cents"])]
        for line in receipt["lines"]:
            lead = f"{format_quantity(line['quantity'])} ×"
            blocks.append(Row(line["text"], line["amount_cents"], lead=lead, indent=2))
    if not known["receipts"]:
        blocks.append(Note("Noch keine."))
    return ReportDocument(title="Auskunft nach Art. 15 DSGVO", blocks=tuple(blocks))


def _collected(entries: list[dict[str, Any]]) -> list[Block]:
    names = {rule.id: rule.name for rule, _active in loyalty.every()} | {loyalty.POINTS: "Punkte"}
    found: list[Block] = [
        Pair(f"{local(one['at']):%d.%m.%Y, %H:%M}", f"{names.get(one['account'], 'Stempel')}: {one['amount']:+d}")
        for one in entries
    ]
    return found or [Note("Nichts.")]


def _day(text: str) -> str:
    return f"{datetime.fromisoformat(text):%d.%m.%Y}"
