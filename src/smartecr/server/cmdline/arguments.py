"""What may be said on the command line: every command with its options, in German."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from smartecr import __version__
from smartecr.server.cmdline.germanparser import GermanParser

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]

DEFAULT_PORT = 8765
DEFAULT_DAYS = 14


def parser(wanted: str = "") -> argparse.ArgumentParser:
    """Return the parser of all commands, or of the `wanted` one alone: describing all twenty takes ten milliseconds."""
    parser: argparse.ArgumentParser = GermanParser(
        prog="smartecr", description="smartECR: die Kasse. Alle Daten liegen in SMARTECR_DATA (sonst ./data)."
    )
    parser.add_argument("--version", action="version", version=f"smartECR {__version__}", help="Version zeigen")
    commands = parser.add_subparsers(dest="command", required=True, metavar="BEFEHL")
    for add in [_ADD[wanted]] if wanted in _ADD else dict.fromkeys(_ADD.values()):
        add(commands)
    return parser


def _add_serve(commands: _Commands) -> None:
    serve = commands.add_parser("serve", help="Kasse starten")
    serve.add_argument("--host", default="127.0.0.1", help="Adresse (nur dieses Gerät: 127.0.0.1)")
    serve.add_argument("--port", type=_port, default=DEFAULT_PORT, help=f"Port ({DEFAULT_PORT}; 0: irgendein freier)")
    serve.add_argument("--demo", action="store_true", help="vorher den Demo-Laden anlegen, wenn noch kein Laden da ist")
    serve.add_argument("--days", type=_days, default=DEFAULT_DAYS, help="vergangene Tage des Demo-Ladens")
    serve.add_argument("--open", action="store_true", help="die Seite öffnen, wenn ein Bildschirm da ist")


def _add_demo(commands: _Commands) -> None:
    demo = commands.add_parser("demo", help="Demo-Laden anlegen, ohne zu starten")
    demo.add_argument("--days", type=_days, default=DEFAULT_DAYS, help="so viele vergangene Tage mit Umsatz")


def _add_doctor(commands: _Commands) -> None:
    commands.add_parser("doctor", help="dieses Gerät prüfen und sagen, was zu tun ist")


def _add_verify(commands: _Commands) -> None:
    verify = commands.add_parser("verify", help="Bücher, einen TSE-Export oder einen Beleg prüfen").add_subparsers(
        dest="what", required=True, metavar="WAS"
    )
    books = verify.add_parser("books", help="Journal, Bücher und Signaturen nachrechnen")
    books.add_argument("--upgrade", action="store_true", help="vorher auf den Stand dieser Version bringen (allein)")
    receipt = verify.add_parser("receipt", help="den QR-Code eines Belegs prüfen")
    receipt.add_argument("text", help="QR-Inhalt (V0;…), ein Bild (PNG, JPEG), oder - für die Standardeingabe")
    receipt.add_argument("--json", action="store_true", help="Ergebnis als JSON")
    export = verify.add_parser("tse", help="den Export einer TSE prüfen (mehrere Dateien sind Teile)")
    export.add_argument("files", type=Path, nargs="+", metavar="DATEI", help="TAR-Datei")
    export.add_argument("--json", action="store_true", help="Ergebnis als JSON")
    export.add_argument("--complete", action="store_true", help="der Export ist vollständig: Lücken sind Fehler")

    dsfinvk = verify.add_parser("dsfinvk", help="einen DSFinV-K-Export prüfen, auch den einer anderen Kasse")
    dsfinvk.add_argument("file", type=Path, help="ZIP-Datei oder Ordner")
    dsfinvk.add_argument("--json", action="store_true", help="Ergebnis als JSON, sonst nichts")
    dsfinvk.add_argument("--no-signatures", action="store_true", help="Signaturen der TSE nicht nachrechnen")


def _add_history(commands: _Commands) -> None:
    history = commands.add_parser("history", help="die Kasse, wie sie zu einem früheren Zeitpunkt stand")
    history.add_argument("at", metavar="ZEITPUNKT", help='Ortszeit, zum Beispiel "24.11.2026 12:30"')
    history.add_argument("--then", default="", metavar="ZEITPUNKT", help="nur zeigen, was dann anders ist")
    history.add_argument("--register", default="", metavar="ENDE", help="Ende der Kennung, bei mehreren Kassen")
    history.add_argument("--json", action="store_true", help="als JSON")


def _add_articles(commands: _Commands) -> None:
    articles = commands.add_parser("articles", help="Artikel als CSV").add_subparsers(
        dest="what", required=True, metavar="WAS"
    )
    imported = articles.add_parser("import", help="Artikel einlesen: alle oder keinen")
    imported.add_argument("file", type=Path, help="CSV-Datei")
    exported = articles.add_parser("export", help="Artikel ausgeben")
    exported.add_argument("file", type=Path, nargs="?", help="CSV-Datei (sonst Standardausgabe)")


def _add_insights(commands: _Commands) -> None:
    insights = commands.add_parser("insights", help="Auswertungen").add_subparsers(
        dest="what", required=True, metavar="WAS"
    )
    insights.add_parser("rebuild", help="Summen der Auswertungen aus den Büchern neu rechnen")


def _add_zvt(commands: _Commands) -> None:
    zvt = commands.add_parser("zvt", help="Sprache der Kartenterminals").add_subparsers(
        dest="what", required=True, metavar="WAS"
    )
    decoded = zvt.add_parser("decode", help="einen Frame als JSON erklären, Kartendaten verdeckt (1: kein ZVT dabei)")
    decoded.add_argument("hex", nargs="+", help="der Frame in Hex, oder - für einen je Zeile der Standardeingabe")


def _add_backup(commands: _Commands) -> None:
    backups = commands.add_parser("backup", help="Sicherungen: verschlüsselt, auch während die Kasse läuft")
    wanted = backups.add_subparsers(dest="what", required=True, metavar="WAS")
    wanted.add_parser("key", help="neuen Schlüssel machen und einmal zeigen")
    create = wanted.add_parser("create", help="jetzt sichern")
    create.add_argument("--to", type=Path, metavar="ORDNER", help="Ziel, etwa ein Stick (sonst backups im Datenordner)")
    create.add_argument("--keep", type=_count, default=0, metavar="N", help="nur die neuesten N behalten (0: alle)")
    check = wanted.add_parser("check", help="Probe: zurückholen, Bücher prüfen, wieder wegwerfen")
    restore = wanted.add_parser("restore", help="in den leeren Datenordner zurückholen")
    for parser in (check, restore):
        parser.add_argument("file", type=Path, metavar="DATEI", help="Sicherung (.tar.age)")
        parser.add_argument("--key", type=Path, metavar="DATEI", help="Datei mit dem Schlüssel (sonst Eingabe)")


def _add_export(commands: _Commands) -> None:
    exports = commands.add_parser("export", help="Daten für Prüfer und Archiv ausgeben").add_subparsers(
        dest="what", required=True, metavar="WAS"
    )
    tse = exports.add_parser("tse", help="Daten der TSE als TAR-Datei (die Kasse darf nicht laufen)")
    tse.add_argument("--out", type=Path, required=True, metavar="DATEI", help="neue TAR-Datei")
    tse.add_argument("--from", type=_day, dest="first", metavar="TAG", help="erster Tag (23.11.2026)")
    tse.add_argument("--to", type=_day, dest="last", metavar="TAG", help="letzter Tag, einschließlich")
    tse.add_argument("--client", action="store_true", help="nur die Vorgänge dieser Kasse")
    dsfinvk = exports.add_parser("dsfinvk", help="Kassenabschlüsse als DSFinV-K (ZIP), auch während die Kasse läuft")
    dsfinvk.add_argument("--out", type=Path, required=True, metavar="DATEI", help="ZIP-Datei, die es noch nicht gibt")
    dsfinvk.add_argument("--from", type=_day, dest="first", metavar="TAG", help="erster Geschäftstag (23.11.2026)")
    dsfinvk.add_argument("--to", type=_day, dest="last", metavar="TAG", help="letzter Geschäftstag")
    datev = exports.add_parser("datev", help="Buchungsstapel (EXTF) und Kassenbuch für den Steuerberater (ZIP)")
    datev.add_argument("--out", type=Path, required=True, metavar="DATEI", help="ZIP-Datei, die es noch nicht gibt")
    datev.add_argument("--from", type=_day, dest="first", metavar="TAG", help="erster Geschäftstag (23.11.2026)")
    datev.add_argument("--to", type=_day, dest="last", metavar="TAG", help="letzter Geschäftstag")
    datev.add_argument("--consultant", type=_count, metavar="NR", help="Beraternummer (sonst die im Büro eingetragene)")
    datev.add_argument("--client", type=_count, metavar="NR", help="Mandantennummer")
    datev.add_argument("--chart", choices=("SKR03", "SKR04"), help="Kontenrahmen")
    notice = exports.add_parser("notification", help="Mitteilung der Kassen ans Finanzamt (§ 146a Abs. 4 AO)")
    notice.add_argument("--out", type=Path, required=True, metavar="DATEI", help="ZIP-Datei, die es noch nicht gibt")


def _add_virtual(commands: _Commands) -> None:
    devices = commands.add_parser("virtual", help="ein Gerät aus Software allein betreiben").add_subparsers(
        dest="what", required=True, metavar="GERÄT"
    )
    terminal = devices.add_parser("terminal", help="Kartenterminal mit eigener Seite: Karten, PIN, Störungen")
    terminal.add_argument("--port", type=_port, default=20007, help="Port für die Kasse (20007; 0: irgendein freier)")
    terminal.add_argument("--page-port", type=_port, default=0, help="Port der Seite (0: irgendein freier)")
    terminal.add_argument("--state", type=Path, help="Datei, die Belege und Karten behält")
    terminal.add_argument("--serial", action="store_true", help="dazu eine serielle Leitung")
    lines = devices.add_parser("linedisplay", help="Kundenanzeige mit zwei Zeilen, hier gezeigt")
    lines.add_argument("--port", type=_port, default=0, help="Port für die Kasse (0: irgendein freier)")
    lines.add_argument("--language", choices=("escpos", "cd5220", "dsp800", "logic"), default="escpos", help="Sprache")
    card = devices.add_parser("tse", help="TSE-Karte, die in einem Ordner steckt, bis sie gezogen wird")
    card.add_argument("folder", type=Path, metavar="ORDNER", help="Ordner der Karte; was sie speichert, bleibt darin")
    scale = devices.add_parser("scale", help="Waage; Gewichte werden eingetippt")
    scale.add_argument("--port", type=_port, default=0, help="Port für die Kasse (0: irgendein freier)")


def _add_scan(commands: _Commands) -> None:
    barcode = commands.add_parser(
        "barcode",
        help="Strichcodes als JSON erklären, wie die Kasse sie versteht (1: einer ist ungültig)",
        description="Gibt je Code eine Zeile JSON mit immer denselben Feldern aus; was der Code nicht sagt, ist null. "
        "price: Cent. weight: Gramm (Tausendstel Kilogramm). quantity: Tausendstel Stück (1000 ist eines). "
        "gtin: 8, 13 oder 14 Stellen. error und message sagen, warum ein Code ungültig ist.",
    )
    barcode.add_argument("text", nargs="+", help="Inhalt des Codes, oder - für einen je Zeile der Standardeingabe")
    barcode.add_argument(
        "--typed", action="store_true", help="von Hand getippt: auch Artikelnummern mit 1 bis 7 Ziffern"
    )
    scan = commands.add_parser(
        "scan", help="Codes in Bildern lesen, je Datei eine Zeile JSON (1: ein Bild ohne Code, 2: eines ist unlesbar)"
    )
    scan.add_argument("file", nargs="+", type=Path, help="Bild (JPEG, PNG, GIF, BMP, TIFF, WEBP, PPM) oder Ordner")


def _add_printers(commands: _Commands) -> None:
    printers = commands.add_parser(
        "printers",
        help="Drucker finden und ausprobieren (1: an einer genannten Adresse ist keiner)",
        description="Nennt USB-Drucker und serielle Schnittstellen. Ins Netz wird nur gefragt, wo eine Adresse steht.",
    )
    printers.add_argument("address", nargs="*", metavar="ADRESSE", help="im Netz: 192.168.1.50 oder 192.168.1.50:9100")
    printers.add_argument("--test", metavar="WEG", help="Testseite drucken, zum Beispiel auf tcp://192.168.1.50")


def _add_kiosk(commands: _Commands) -> None:
    kiosk = commands.add_parser("kiosk", help="Kasse im Vollbild, Kundenanzeige auf dem zweiten Bildschirm")
    kiosk.add_argument("--address", default=f"http://127.0.0.1:{DEFAULT_PORT}/", help="Adresse der Kasse")
    kiosk.add_argument(
        "--screen", action="append", default=[], metavar="BxH+X+Y", help="Bildschirm der Kasse, dann der Anzeige"
    )
    kiosk.add_argument("--browser", default="", metavar="PFAD", help="ein anderer Browser als Chromium")
    kiosk.add_argument(
        "--write-units", type=Path, metavar="ORDNER", help="nur die Dateien für systemd, udev und Chromium schreiben"
    )


_ADD: dict[str, Callable[[_Commands], None]] = {
    "serve": _add_serve,
    "demo": _add_demo,
    "doctor": _add_doctor,
    "verify": _add_verify,
    "history": _add_history,
    "articles": _add_articles,
    "insights": _add_insights,
    "zvt": _add_zvt,
    "export": _add_export,
    "virtual": _add_virtual,
    "barcode": _add_scan,
    "scan": _add_scan,
    "printers": _add_printers,
    "kiosk": _add_kiosk,
    "backup": _add_backup,
}


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("ein Port ist eine Zahl von 0 bis 65535")
    return int(text)


def _days(text: str) -> int:
    if not text.isdigit() or int(text) > 3660:
        raise argparse.ArgumentTypeError("Tage sind eine Zahl von 0 bis 3660")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise argparse.ArgumentTypeError(f"„{text}“ ist keine Zahl ab 0")
    return int(text)


def _day(text: str) -> date:
    for form in ("%d.%m.%Y", "%Y-%m-%d"):
        with suppress(ValueError):
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 a day of the calendar, not a moment
            if 2000 <= day.year < 2100:
                return day
    raise argparse.ArgumentTypeError(f"„{text}“ ist kein Tag. So sieht einer aus: 25.11.2026 oder 2026-11-25")
