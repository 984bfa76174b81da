"""Notification of recording systems to the tax office (§ 146a (4) AO): XML for Mein ELSTER, and a sheet to read.

Always all systems of a place of business, never a change alone; due within one month of every acquisition, change of
TSE or decommissioning, and when what was told is so no more (AEAO zu § 146a, Nr. 1.16; the form asks for it "bei einer
Korrektur oder Anpassung"). Another version of the software alone is none: the law's list does not name it. The official
schema was not to be had; element names follow open implementations of it, so the file is to be looked over in Mein
ELSTER before it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final
from xml.sax.saxutils import escape

from smartecr.core.records import dataclass

KIND_REGISTER: Final = "1"
"""Art: computer-based register."""

TSE_KINDS: Final = {"1": "SD- oder microSD-Karte", "2": "USB-Stick", "3": "Cloud", "4": "sonstige (Netzwerk)"}
_NOTHING: Final = "keine Angabe"
_NAMESPACE: Final = "http://finkonsens.de/elster/elsternachricht/aufzeichnung146a/v1"
_BSI: Final = re.compile(r"(?:BSI-K-TR-)?(\d{4}-\d{4})", re.ASCII | re.IGNORECASE)


def certificate(text: str) -> str:
    """Return the number of a TSE's certificate as the form wants it ("0412-2024"), "" where `text` is none."""
    found = _BSI.fullmatch(text.strip())
    return found[1] if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """The taxpayer and the place of business; `street` with its number."""

    company: str
    name: str
    street: str
    postcode: str
    city: str
    tax_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A recording system with its TSE; dates are None where nobody has said them yet."""

    serial: str
    maker: str
    model: str
    software: str
    version: str
    tse_serial: str
    bsi_id: str
    tse_kind: str
    tse_since: date | None
    acquired: date | None
    since: date | None
    until: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notification, and the day by which it is due (None: nothing has changed since the last one).

    `told` is the day of the last one, with the `ticket` Mein ELSTER gave for it; `changed` says in German what is so no
    more since then.
    """

    premises: Premises
    systems: tuple[System, ...]
    due: date | None
    told: date | None = None
    ticket: str = ""
    changed: tuple[str, ...] = ()


def due_after(changed: date) -> date:
    """Return the last day of the month that begins with a change: the same day a month on, or the month's last."""
    year, month = divmod(changed.year * 12 + changed.month, 12)
    for day in range(changed.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return date(year, month + 1, min(changed.day, 28))


def missing(notice: Notice) -> list[str]:
    """Return in German what the tax office asks for and nobody has said yet."""
    found = [
        text
        for value, text in (
            (notice.premises.tax_number, "Steuernummer des Ladens"),
            (notice.premises.street, "Straße des Ladens"),
            (notice.premises.postcode, "Postleitzahl des Ladens"),
            (notice.premises.city, "Ort des Ladens"),
        )
        if not value
    ]
    for system in notice.systems:
        place = f"Kasse {system.serial}: "
        wanted = (
            (system.acquired, "Tag der Anschaffung"),
            (system.since, "Tag der Inbetriebnahme"),
            (system.tse_serial, "TSE"),
            (system.tse_since, "Tag der Inbetriebnahme der TSE"),
            (system.bsi_id and certificate(system.bsi_id) == system.bsi_id, "Zertifikat der TSE (BSI-K-TR-nnnn-jjjj)"),
            (system.tse_kind in TSE_KINDS, "Bauart der TSE"),
        )
        found += [place + text for value, text in wanted if not value]
    return found


def place_changes(told: Premises, now: Premises) -> list[str]:
    """Return in German what of the place of business is not as it was told."""
    pairs = (
        ("Unternehmen", told.company, now.company),
        ("Betriebsstätte", told.name, now.name),
        ("Anschrift", _line(told), _line(now)),
        ("Steuernummer", told.tax_number, now.tax_number),
    )
    return [f"{word}: {old or _NOTHING} → {new or _NOTHING}" for word, old, new in pairs if old != new]


def system_changes(told: Iterable[System], now: Iterable[System]) -> list[str]:
    """Return in German what of the systems is not as it was told; of what was unknown then only the TSE counts."""
    before, found = {system.serial: system for system in told}, []
    for system in now:
        place, old = f"Kasse {system.serial}", before.pop(system.serial, None)
        if old is None:
            found.append(f"{place}: neu")
            continue
        for (name, was), (_name, value) in zip(_fields(old), _fields(system), strict=True):
            if was != value and name != "SoftwareVersion" and (was or name == "SeriennummerTSE"):
                found.append(f"{place}, {_WORDS[name]}: {_brief(name, was)} → {_brief(name, value)}")
    return found + [f"Kasse {serial}: nicht mehr da" for serial in before]


def _brief(name: str, value: str) -> str:
    return f"{value[:8]}…" if len(value) > 40 else _shown(name, value) or _NOTHING


def xml(notice: Notice) -> bytes:
    """Return the notification as XML, complete or not (`missing` says what to fill in)."""
    body = "".join(f"{line}\n" for line in _xml(notice))
    return f'<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n{body}'.encode()


def _xml(notice: Notice) -> Iterator[str]:
    place = notice.premises
    yield f'<Aufzeichnung146a xmlns="{_NAMESPACE}" version="1">'
    yield "  <Aufzeichnung146a>"
    yield from _element("StNr", place.tax_number, 4)
    yield "    <AllgAngaben>"
    yield "      <AllgAngabenNichtNatuerlichePerson>"
    yield from _element("Firmenname", place.company, 8)
    yield "        <Adresse>"
    yield "          <AdrInl>"
    yield from _address(place, 12)
    yield "          </AdrInl>"
    yield "        </Adresse>"
    yield "      </AllgAngabenNichtNatuerlichePerson>"
    yield "    </AllgAngaben>"
    yield "    <AngabenZuBetriebsstaette>"
    yield from _element("AnzahlAufzeichnungssysteme", str(len(notice.systems)), 6)
    yield from _element("Name", place.name, 6)
    yield "      <Adresse>"
    yield from _address(place, 8)
    yield "      </Adresse>"
    yield "    </AngabenZuBetriebsstaette>"
    for system in notice.systems:
        yield "    <AngabenAufzeichnungssystem>"
        for name, value in _fields(system):
            yield from _element(name, value, 6)
        yield "    </AngabenAufzeichnungssystem>"
    yield "  </Aufzeichnung146a>"
    yield "</Aufzeichnung146a>"


def _element(name: str, value: str, indent: int) -> Iterator[str]:
    if value:
        yield f"{' ' * indent}<{name}>{escape(value)}</{name}>"


def _address(place: Premises, indent: int) -> Iterator[str]:
    street, number = _street(place.street)
    for name, value in (
        ("Strasse", street),
        ("Hausnummer", number),
        ("Postleitzahl", place.postcode),
        ("Ort", place.city),
    ):
        yield from _element(name, value, indent)


def _line(place: Premises) -> str:
    return f"{place.street}, {place.postcode} {place.city}"


def _street(text: str) -> tuple[str, str]:
    """Return street and house number of "Lindenweg 1 a"."""
    found = re.fullmatch(r"(.*?)\s+(\d+\s*[a-zA-Z]?(?:\s*[-/]\s*\d+\s*[a-zA-Z]?)?)", text.strip())
    return (found[1], found[2]) if found else (text.strip(), "")


def _fields(system: System) -> tuple[tuple[str, str], ...]:
    return (
        ("Art", KIND_REGISTER),
        ("Software", system.software),
        ("SoftwareVersion", system.version),
        ("SeriennummerAS", system.serial),
        ("Hersteller", system.maker),
        ("Modell", system.model),
        ("SeriennummerTSE", system.tse_serial),
        ("InbetriebnahmeTSE", _day(system.tse_since)),
        ("BSIID", system.bsi_id),
        ("ArtTSE", system.tse_kind),
        ("AnschaffungAS", _day(system.acquired)),
        ("InbetriebnahmeAS", _day(system.since)),
        ("AusserbetriebnahmeAS", _day(system.until)),
        ("GrundAusserbetriebnahme", system.reason),
    )


def _day(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""


_WORDS: Final = {
    "Art": "Art des Systems", "Software": "Software", "SoftwareVersion": "Version der Software",
    "SeriennummerAS": "Seriennummer", "Hersteller": "Hersteller", "Modell": "Modell",
    "SeriennummerTSE": "Seriennummer der TSE", "InbetriebnahmeTSE": "Inbetriebnahme der TSE",
    "BSIID": "Zertifikat BSI-K-TR-", "ArtTSE": "Bauart der TSE", "AnschaffungAS": "Anschaffung",
    "InbetriebnahmeAS": "Inbetriebnahme", "AusserbetriebnahmeAS": "Außerbetriebnahme",
    "GrundAusserbetriebnahme": "Grund",
}  # fmt: skip


def rows(system: System) -> list[tuple[str, str]]:
    """Return what the form in Mein ELSTER asks of a system, in its order, as (word, value)."""
    return [
        (_WORDS[name], _shown(name, value) or "fehlt noch")
        for name, value in _fields(system)
        if value or name not in ("AusserbetriebnahmeAS", "GrundAusserbetriebnahme")
    ]


def _shown(name: str, value: str) -> str:
    return {"Art": "Computergestützte Kasse", "ArtTSE": TSE_KINDS.get(value, value)}.get(name, value)


def sheet(notice: Notice) -> str:
    """Return the notification as text to read and to type from."""
    place = notice.premises
    due = f"Fällig bis {notice.due:%d.%m.%Y}" if notice.due else "Seit der letzten Mitteilung hat sich nichts geändert."
    ticket = f", Transferticket {notice.ticket}" if notice.ticket else ""
    told = [f"Zuletzt gemeldet am {notice.told:%d.%m.%Y}{ticket}"] if notice.told else []
    told += [f"Seitdem anders: {text}" for text in notice.changed]
    lines = [
        "Mitteilung nach § 146a Abs. 4 AO", due, *told, "",
        f"{'Steuernummer':<28}{place.tax_number or 'fehlt noch'}", f"{'Unternehmen':<28}{place.company}",
        f"{'Betriebsstätte':<28}{place.name}", f"{'Anschrift':<28}{_line(place)}",
        f"{'Zahl der Systeme':<28}{len(notice.systems)}",
    ]  # fmt: skip
    for number, system in enumerate(notice.systems, 1):
        lines += ["", f"System {number}", *(f"  {word:<26}{value}" for word, value in rows(system))]
    gaps = missing(notice)
    if gaps:
        lines += ["", "Noch zu ergänzen", *(f"  {text}" for text in gaps)]
    return "".join(f"{line}\n" for line in lines)
