"""What the validator found: every code with its severity and its German sentence, counted all, kept some.

Codes are stable. A place is a file, a row (the header is row 1, as a table program counts) and a column.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import field
from typing import Final, Literal

from smartecr.core.records import dataclass

Severity = Literal["error", "warning"]

_ERRORS: Final = {
    # the package
    "index.dtd": "index.xml entspricht nicht der DTD: {path}: {problem}",
    "index.dtd_file": "Die Datei gdpdu-01-09-2004.dtd fehlt.",
    "index.url": "index.xml verweist auf „{url}“; erlaubt ist nur ein Dateiname im selben Ordner.",
    "index.twice": "index.xml beschreibt die Tabelle zweimal.",
    "index.column": "index.xml kennt die Spalte {name} nicht.",
    "index.order": "In index.xml stehen die vorgeschriebenen Spalten nicht in ihrer Reihenfolge oder nicht vorn.",
    "index.format": "index.xml beschreibt die Spalte {name} anders als vorgeschrieben: {found} statt {wanted}.",
    "index.fixed_length": "Die Tabelle ist mit fester Satzlänge beschrieben; DSFinV-K kennt nur getrennte Spalten.",
    "file.missing": "Die Datei fehlt.",
    "file.undeclared": "Die Datei ist in index.xml nicht beschrieben.",
    "file.unreadable": "Die Datei ist ab hier nicht lesbar: {problem}",
    "file.encoding": "Zeichen passen nicht zum Zeichensatz {encoding}.",
    "file.line_too_long": "Eine Zeile ist länger als {limit} Zeichen; der Rest der Datei wird nicht geprüft.",
    "file.syntax": "Anführungszeichen oder Trennzeichen sind fehlerhaft ({problem}).",
    "file.line_end": "{count} Zeilen enden nicht mit CR LF.",
    "file.header": "Die Kopfzeile nennt nicht die Spalten, die index.xml beschreibt.",
    "file.width": "Die Zeile hat {found} statt {wanted} Spalten.",
    "file.dialect": "{what} weicht von der Vorschrift ab: {found} statt {wanted}.",
    "file.too_large": "Zu diesem {what} gehören mehr als {limit} Zeilen oder Kilobyte; so viel wird nicht geprüft.",
    # single fields
    "field.missing": "Der Wert fehlt.",
    "field.too_long": "„{value}“ hat {length} Zeichen, erlaubt sind {limit}.",
    "field.number": "„{value}“ ist keine Zahl in der vorgeschriebenen Form (zum Beispiel -1234,50).",
    "field.decimals": "„{value}“ hat mehr als {limit} Nachkommastellen.",
    "field.flag": "„{value}“ ist weder 0 noch 1.",
    "field.choice": "„{value}“ ist keiner der vorgesehenen Werte.",
    "field.country": "„{value}“ ist kein Ländercode mit drei Buchstaben (zum Beispiel DEU).",
    "field.currency": "„{value}“ ist kein Währungscode mit drei Buchstaben (zum Beispiel EUR).",
    "field.time": "„{value}“ ist kein gültiger Zeitpunkt (zum Beispiel 2026-11-23T17:00:01+01:00).",
    "field.tax_number": "Steuernummer und Umsatzsteuer-Identifikationsnummer fehlen; eine davon ist nötig.",
    "field.version": "Die Version „{value}“ der DSFinV-K ist nicht bekannt.",
    "field.name": "Zu AVSonstige fehlt BON_NAME.",
    "field.reference": "Zum Verweis auf eine Transaktion fehlen Zeitpunkt, Kasse oder Abschluss.",
    "field.reference_name": "Zu ExterneSonstige fehlt REF_NAME.",
    "field.price": "Menge oder Stückpreis fehlt.",
    # times
    "time.order": "Der Vorgang endet vor seinem Beginn.",
    "time.closing": "Der Vorgang endet nach seinem Kassenabschluss.",
    "time.tse_order": "Die TSE-Transaktion endet vor ihrem Beginn.",
    # keys
    "key.closing": "Zu {rows} Zeilen gibt es keinen Kassenabschluss (Kasse {register}, Abschluss {number}).",
    "key.once": "Zu diesem Abschluss gehören {found} Zeilen statt genau einer.",
    "key.none": "Zu diesem Abschluss fehlt mindestens eine Zeile.",
    "key.closing_twice": "Diesen Abschluss gibt es zweimal.",
    "key.closing_gap": "Auf Abschluss {before} der Kasse {register} folgt {number}; dazwischen fehlt etwas.",
    "key.closing_time": "Der Abschluss {number} ist nicht später als der vorige.",
    "key.twice": "Diese Angaben kommen im Abschluss zweimal vor.",
    "key.receipt": "Den Vorgang {receipt} gibt es im Abschluss nicht.",
    "key.receipt_twice": "Diese BON_ID kommt bei der Kasse zweimal vor.",
    "key.receipt_gap": "Auf den Vorgang {before} folgt {number}; dazwischen fehlt etwas.",
    "key.span": "Erster und letzter Vorgang sind {found}, im Abschluss stehen {wanted}.",
    "key.line": "Die Zeile {line} des Vorgangs {receipt} gibt es nicht.",
    "key.line_twice": "Die Zeile {line} des Vorgangs {receipt} kommt zweimal vor.",
    "key.no_vat_row": "Zur Zeile {line} des Vorgangs {receipt} fehlt die Umsatzsteuer.",
    "key.no_line": "Der Beleg {receipt} hat keine Zeilen.",
    "key.no_payment": "Der Beleg {receipt} hat keine Zahlung.",
    "key.vat": "Den Steuerschlüssel {key} gibt es in den Stammdaten des Abschlusses nicht.",
    "key.vat_rate": "Zum Steuerschlüssel {key} passt der Satz {rate} nicht.",
    "key.tse": "Die TSE {key} gibt es in den Stammdaten des Abschlusses nicht.",
    "key.agency": "Die Agentur {key} gibt es in den Stammdaten des Abschlusses nicht.",
    "key.terminal": "Das Terminal {key} gibt es in den Stammdaten des Abschlusses nicht.",
    "key.reference": "Den Vorgang {receipt} (Abschluss {number}), auf den verwiesen wird, gibt es nicht.",
    "key.reference_order": "Der Vorgang, auf den verwiesen wird, liegt nicht in der Vergangenheit.",
    # amounts
    "amount.vat_split": "Brutto {gross} ist nicht Netto {net} plus Umsatzsteuer {tax}.",
    "amount.line": "Menge mal Preis ist {found}, die Zeile hat aber {wanted}.",
    "amount.pricing": "Grundpreis, Rabatte und Zuschläge ergeben {found}, die Zeile hat aber {wanted}.",
    "amount.receipt_vat": "Steuerschlüssel {key}: Die Zeilen ergeben {found}, der Beleg nennt {wanted}.",
    "amount.receipt_total": "Die Steuersätze ergeben {found}, der Vorgang nennt {wanted}.",
    "amount.lines_total": "Die Zeilen ergeben {found}, der Vorgang nennt {wanted}.",
    "amount.payments": "Bezahlt wurden {found}, der Vorgang nennt {wanted}.",
    "amount.none_paid": "Die Zahlart Keine steht nur allein und mit 0,00.",
    "amount.no_receipt": "{type} ist kein Beleg und darf keine Zahlung tragen.",
    "amount.foreign": "Währung und Betrag in fremder Währung passen nicht zusammen.",
    # closings
    "closing.case": "{case}, Steuerschlüssel {key}: Die Vorgänge ergeben {found}, der Abschluss nennt {wanted}.",
    "closing.payment": "Zahlart {kind}: Die Vorgänge ergeben {found}, der Abschluss nennt {wanted}.",
    "closing.cash": "Bargeld in {currency}: Die Vorgänge ergeben {found}, der Abschluss nennt {wanted}.",
    "closing.paid": "Die Zahlarten ergeben {found}, der Abschluss nennt {wanted}.",
    "closing.paid_cash": "Die Barzahlungen ergeben {found}, der Abschluss nennt {wanted}.",
    "closing.balance": "Die Geschäftsvorfälle ergeben {found}, die Zahlungen {wanted}.",
    # TSE
    "tse.missing": "Der Vorgang {receipt} ist nicht abgesichert und kein Ausfall ist vermerkt.",
    "tse.incomplete": "Angaben der TSE fehlen und kein Ausfall ist vermerkt.",
    "tse.number_twice": "Diese Transaktionsnummer kommt bei der TSE zweimal vor.",
    "tse.counter_twice": "Dieser Signaturzähler kommt bei der TSE zweimal vor.",
    "tse.counter_order": "Der Signaturzähler {number} passt nicht zur Zeit der TSE.",
    "tse.serial": "Die Seriennummer ist nicht der Hashwert des öffentlichen Schlüssels.",
    "tse.key": "Der öffentliche Schlüssel ist nicht lesbar.",
    "tse.certificate": "Das Zertifikat ist nicht lesbar.",
    "tse.certificate_key": "Das Zertifikat gehört zu einem anderen Schlüssel.",
    "tse.process_data": "Die Vorgangsdaten nennen andere Beträge als der Vorgang; erwartet wird {wanted}.",
    "tse.signature": "Die Signatur passt nicht zu den Angaben: {problem}",
}
_WARNINGS: Final = {
    "index.unknown_table": "index.xml beschreibt die Tabelle {name}, die DSFinV-K nicht kennt.",
    "file.absent": "Die Datei fehlt; vorgesehen sind immer alle 20 Tabellen.",
    "file.empty": "Die Datei nennt keinen einzigen Kassenabschluss.",
    "file.bom": "Die Datei beginnt mit einer Byte-Reihenfolge-Marke.",
    "time.tse_apart": "Ende des Vorgangs und Ende der TSE-Transaktion liegen {minutes} Minuten auseinander.",
    "time.before_closing": "Der Vorgang endet vor dem vorigen Kassenabschluss.",
    "key.line_gap": "Die Zeilen des Vorgangs {receipt} sind nicht fortlaufend nummeriert.",
    "key.reference_outside": "Der Verweis zeigt auf Abschluss {number}, der nicht Teil des Exports ist.",
    "key.number_twice": "Diese Bonnummer kommt im Abschluss zweimal vor.",
    "amount.tax": "Aus {gross} ergibt der Steuersatz nicht {tax} Umsatzsteuer.",
    "amount.voucher_key": "Zu {case} passt der Steuerschlüssel {key} nicht.",
    "amount.cash_case": "{case} ist eine reine Bargeldbewegung, ist aber unbar bezahlt oder trägt Umsatzsteuer.",
    "closing.undetermined": "KEINE_UST_ZUORDNUNG passt nicht zur Verwendung des Steuerschlüssels 7.",
    "closing.cash_below_zero": "Der Kassenbestand fällt rechnerisch auf {balance}.",
    "voucher.overdrawn": "Vom Gutschein {voucher} ist mehr eingelöst als verkauft.",
    "tse.none": "In diesem Abschluss ist nichts durch eine TSE abgesichert.",
    "tse.counter_gap": "Zwischen den Transaktionen {before} und {number} fehlen welche: ein Vorgang, der beim "
    "Abschluss noch offen war (geparkter Bon), oder eine andere Kasse an der TSE.",
    "tse.process_data_form": "Die Vorgangsdaten haben nicht die vorgeschriebene Form; erwartet wird {wanted}.",
    "tse.client_id": "KASSE_SERIENNR enthält Zeichen, die als Kennung an der TSE nicht erlaubt sind (/ oder _).",
}
CODES: Final = dict.fromkeys(_ERRORS, "error") | dict.fromkeys(_WARNINGS, "warning")
"""Every code with its severity."""

_TEXTS: Final = _ERRORS | _WARNINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding; `row` is 0 and `column` empty when it concerns the whole file."""

    code: str
    severity: Severity
    file: str
    row: int
    column: str
    message: str


@dataclass(slots=True)
class Findings:
    """Collects findings: all are counted by code, the first `most` of each code are kept."""

    most: int = 25
    counts: Counter[str] = field(default_factory=Counter)
    kept: list[Finding] = field(default_factory=list)

    def add(self, code: str, file: str, row: int = 0, column: str = "", **values: object) -> None:
        """Note a finding; `values` fill the gaps of its sentence."""
        self.counts[code] += 1
        if self.counts[code] <= self.most:
            severity: Severity = "error" if code in _ERRORS else "warning"
            filled = {name: _short(value) for name, value in values.items()}
            message = _TEXTS[code].format(**filled)
            place = {"file": file, "row": row, "column": column}
            self.kept.append(Finding(code=code, severity=severity, message=message, **place))  # type: ignore[arg-type]

    def extend(self, later: Findings) -> None:
        """Add what was found afterwards; of each code the first `most` stay kept."""
        taken: Counter[str] = Counter()
        for finding in later.kept:
            if self.counts[finding.code] + taken[finding.code] < self.most:
                taken[finding.code] += 1
                self.kept.append(finding)
        self.counts.update(later.counts)

    @property
    def errors(self) -> int:
        """Return how many errors were found."""
        return sum(count for code, count in self.counts.items() if code in _ERRORS)

    @property
    def warnings(self) -> int:
        """Return how many warnings were found."""
        return sum(count for code, count in self.counts.items() if code in _WARNINGS)


def _short(value: object) -> str:
    """Return a value as text a person can read: control characters out, at most 80 characters."""
    text = str(value)[:200]
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= 80 else text[:79] + "…"
