"""The procedure document (Verfahrensdokumentation, GoBD Rz. 151 to 155), written from the running system.

What cannot be known from here (who is responsible, how the staff is taught) has its heading and a line to fill in. Each
change of the text is a version of its own, kept in the journal with the instant it holds from and what changed: in the
transaction of the fact that changed it (`ledger.DESCRIBED`), at the start for another software or other devices, and at
the latest with the closing or when somebody looks.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterator

from django.db import connection

from smartecr import __version__
from smartecr.core.kinds import BUSINESS_KINDS
from smartecr.core.money import format_percent
from smartecr.core.records import dataclass
from smartecr.core.vat import KEYS, name, rate_on
from smartecr.fiscal.dsfinvk import tables as dsfinvk
from smartecr.register.cashdesk import foreign
from smartecr.register.ledger import Writer, writing
from smartecr.register.models import Register, Shop, Tse
from smartecr.register.shop import options
from smartecr.register.till import ZONE, Till, moment
from smartecr.sql import select
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right, roles_with

_SYSTEM = Actor("", "smartECR", "owner")
_ROLES = {"cashier": "Kasse", "manager": "Leitung", "owner": "Geschäftsführung"}
_RIGHTS = {
    Right.PRICE_OVERRIDE: "Preis ändern", Right.DISCOUNT: "Rabatt geben", Right.REFUND: "Stornieren",
    Right.CASH_MOVE: "Geld ein- und auszahlen", Right.DRAWER_OPEN: "Lade öffnen", Right.CLOSE_DAY: "Tag abschließen",
    Right.CATALOG: "Artikel ändern", Right.TRAINING: "Übungsmodus schalten", Right.DEVICES: "Geräte einrichten",
    Right.STAFF: "Personal und Einstellungen verwalten",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version: its number from 1, when it began to hold (UTC journal text), its text and SHA-256.

    `gone` and `come` are the lines in which it differs from the one before; `person` made the change, "" the system.
    """

    number: int
    at: str
    text: str
    sha256: str
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()
    person: str = ""


def current(till: Till) -> Version:
    """Return the version that describes the system as it is now, writing it down when it differs from the last."""
    before = last(till.register_id)
    text, digest = _text(till)
    if before is not None and before.sha256 == digest:
        return before
    with writing(till, _SYSTEM) as writer:
        _append(writer, last(till.register_id), text, digest)
    found = last(till.register_id)
    if found is None:
        raise LookupError("procedure_changed")
    return found


def keep_up(writer: Writer) -> None:
    """Append another version when facts of this transaction, already flushed, made it read otherwise.

    The first version is not written here: a system that is being set up is not in use.
    """
    before = last(writer.till.register_id)
    if before is not None:
        _append(writer, before, *_text(writer.till))


def _text(till: Till) -> tuple[str, str]:
    text = "".join(f"{line}\n" for line in _lines(till))
    return text, hashlib.sha256(text.encode()).hexdigest()


def _append(writer: Writer, before: Version | None, text: str, digest: str) -> None:
    number, changed = 1, {}
    if before is not None:
        if before.sha256 == digest:
            return
        number, changed = before.number + 1, _difference(before.text, text)
    writer.append("procedure_changed", {"number": number, "sha256": digest, "text": text, **changed})


def _difference(old: str, new: str) -> dict[str, list[str]]:
    """Return the lines that are gone and those that came, in their order."""
    told = [line for line in difflib.ndiff(old.splitlines(), new.splitlines()) if line[:2] in ("- ", "+ ")]
    return {
        name: [line[2:].strip() for line in told if line[0] == sign and line[2:].strip()]
        for name, sign in (("gone", "-"), ("come", "+"))
    }


def last(register_id: str) -> Version | None:
    """Return the newest version of a register, None before the first."""
    found = _versions(register_id, "ORDER BY seq DESC LIMIT 1")
    return found[0] if found else None


def versions(register_id: str) -> list[Version]:
    """Return all versions of a register, oldest first."""
    return _versions(register_id, "ORDER BY seq")


def _versions(register_id: str, order: str) -> list[Version]:
    sql = (
        "SELECT at, actor_name, body FROM register_journal WHERE register_id = %s AND kind = 'procedure_changed' "  # noqa: S608
        f"{order}"
    )
    return [_version(*row) for row in select(sql, [register_id])]


def _version(at: str, person: str, text: str) -> Version:
    body = json.loads(text)
    gone, come = (tuple(body.pop(name, ())) for name in ("gone", "come"))
    return Version(at=at, person="" if person == _SYSTEM.name else person, gone=gone, come=come, **body)


def _lines(till: Till) -> Iterator[str]:
    shop = Shop.objects.get(id=till.shop_id)
    yield "VERFAHRENSDOKUMENTATION DER KASSE"
    yield f"{shop.owner or shop.name}, {shop.street}, {shop.postcode} {shop.city}"
    yield from _general(shop)
    yield from _use(shop)
    yield from _technical(till)
    yield from _operation(shop)
    yield from _control()


def _general(shop: Shop) -> Iterator[str]:
    yield ""
    yield "1 Allgemeine Beschreibung"
    yield f"Betriebsstätte: {shop.name}, {shop.street}, {shop.postcode} {shop.city}"
    yield f"Steuernummer {shop.tax_number or '(fehlt)'}, USt-IdNr. {shop.vat_id or '(keine)'}"
    yield "Zweck: Erfassung aller Verkäufe, Zahlungen und Geldbewegungen mit dem Kassensystem smartECR."
    yield "Verantwortlich für die Kasse: ______________________ (bitte eintragen)"


def _use(shop: Shop) -> Iterator[str]:
    yield ""
    yield "2 Anwenderdokumentation"
    yield "Bedienung: Handbuch im Büro (Tagesabschluss, Kassen-Nachschau, Steuerberater, Kartenzahlung, TSE)."
    yield "Jede Zeile wird beim Antippen gespeichert. Vor dem Bezahlen gestrichene Zeilen bleiben sichtbar (P_STORNO)."
    yield "Storno: Gegenbeleg mit Grund und Verweis (BON_STORNO = 1); der Beleg selbst bleibt unverändert."
    yield (
        "Rücknahme einzelner Zeilen: Beleg mit negativen Mengen, jede Zeile mit Verweis (BON_STORNO = 0), nie mehr als "
        "verkauft wurde; Rabatte und Pfand anteilig; zuerst an Karte und Gutschein, dann bar."
    )
    yield (
        "Rechnung zu einem Beleg: Vorgang AVRechnung mit Verweis, kein weiterer Umsatz; eigener lückenloser "
        "Nummernkreis je Kasse (RE-Kasse-Nummer); mit dem Storno des Belegs entsteht die Stornorechnung."
    )
    yield "Rechnungen werden als PDF/A-3 mit ZUGFeRD (EN 16931) und als XRechnung ausgegeben, immer gleich."
    yield from _foreign(shop)
    yield "Bestellungen werden sofort als Bestellung-V1 gesichert, Abbrüche als AVBelegabbruch."
    yield "Übungsmodus: Belege vom Typ AVTraining, signiert, mit TRAINING bezeichnet, ohne Wirkung auf den Abschluss."
    yield "Anzahlungen werden bei Vereinnahmung versteuert, Forderungen bei Lieferung (Sollversteuerung)."
    yield "Ausfall der TSE: Belege tragen „TSE ausgefallen“; Beginn, Ende und Grund stehen im Journal."
    paper = "jeder Beleg wird gedruckt" if shop.paper_always else "digitaler Beleg (QR-Code), Papier auf Wunsch"
    yield f"Belegausgabe: {paper}."
    count = "erst nach dem Zählen" if shop.blind_count else "beim Zählen"
    yield f"Tagesabschluss: Zählung nach Stückelung, Soll {count}; Tageswechsel um {shop.cutoff_hour} Uhr."


def _foreign(shop: Shop) -> Iterator[str]:
    taken = foreign.rates(shop.id)
    if not taken:
        yield "Fremde Währungen nimmt die Kasse nicht an."
        return
    yield "Fremde Scheine zum eingestellten Kurs, Rückgeld in Euro, getrennt gezählt, beim Abschluss Geldtransit:"
    for one in taken:
        span = f", {one.first or '…'} bis {one.last or '…'}" if one.first or one.last else ""
        yield f"  1 {one.currency} = {one.text} Euro{span}"


def _technical(till: Till) -> Iterator[str]:
    day = moment(till.now()).astimezone(ZONE).date()
    yield ""
    yield "3 Technische Systemdokumentation"
    yield f"Software: smartECR {__version__}; Datenbank: {connection.display_name}"
    for register in Register.objects.filter(shop_id=till.shop_id).order_by("id"):
        yield f"Kasse {register.name}: Seriennummer {register.serial} (zugleich Client-ID der TSE und KASSE_SERIENNR)"
    for tse in Tse.objects.order_by("serial"):
        test = " (Testgerät)" if tse.is_test else ""
        yield f"TSE {tse.serial}: {tse.algorithm}, {tse.time_format}{test}"
    yield (
        "Journal: jede Tatsache wird einmal angehängt und mit SHA-256 an die vorige gekettet; die Datenbank selbst "
        "verweigert Ändern und Löschen von Journal, Belegen und Abschlüssen; daraus entstehen die Bücher neu."
    )
    yield "Nummernkreise: BON_ID = BON_NR, lückenlos je Kasse; Z_NR lückenlos je Kasse, nicht zurücksetzbar."
    yield f"Export: DSFinV-K {dsfinvk.VERSION}, Bruttomethode; Rabatte als eigene Zeile (4.2.4, Variante 2)."
    yield "Rundung: kaufmännisch auf Cent, Umsatzsteuer je Satz einmal vom Brutto."
    yield "Steuerschlüssel:"
    for key in sorted(KEYS):
        yield f"  {key}: {format_percent(rate_on(key, day))} {name(key)}"
    yield f"Geschäftsvorfälle: {', '.join(BUSINESS_KINDS)}"
    agreed = options.read(till.shop_id, "datev")
    yield f"Übergabe an den Steuerberater: DATEV-Format, {agreed.get('chart') or 'noch nicht vereinbart'}"
    terminal = "Kartenterminal über ZVT" if till.cards is not None else "kein Kartenterminal"
    printer = "Bondrucker über ESC/POS" if till.printer is not None else "kein Bondrucker"
    yield f"Angeschlossene Geräte: {terminal}, {printer}"


def _operation(shop: Shop) -> Iterator[str]:
    yield ""
    yield "4 Betriebsdokumentation"
    yield "Benutzer melden sich mit eigener PIN an. Berechtigungen:"
    for right, word in _RIGHTS.items():
        yield f"  {word}: {', '.join(_ROLES[role] for role in roles_with(right))}"
    yield "Änderungen an Stammdaten stehen mit altem und neuem Wert, Person und Zeit im Journal (Büro, Änderungen)."
    yield "Aufbewahrung: alle Daten mindestens zehn Jahre; das Programm löscht keine Bücher."
    yield "Datensicherung: ______________________ (bitte eintragen)"
    if shop.demo:
        yield "Dieser Laden ist ein Demo-Laden; seine Zahlen sind erfunden."


def _control() -> Iterator[str]:
    yield ""
    yield "5 Internes Kontrollsystem"
    yield "Kassensturz jederzeit mit Zählprotokoll; Differenzen und Öffnen der Lade nur mit Grund."
    yield "„Bücher prüfen“ rechnet Journal, Belege, Signaturen, Abschlüsse, Export und Kassenbuch nach."
    yield "Prüfer erhalten einen befristeten Zugang nur zum Lesen; jede Übergabe steht mit Prüfsummen im Protokoll."
    yield ""
    yield "6 Anlagen"
    yield "Im System: frühere Versionen, TSE-Ausfälle, Mitteilung nach § 146a Abs. 4 AO, Artikelhistorie."
