"""The doctor's questions to an open database. Django must be set up; each may raise what the database raises."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

from smartecr.server import boot
from smartecr.server.cmdline.doctor import Finding, Level

FULL = 2
SOON = timedelta(days=90)


def integrity() -> Finding:
    """Let SQLite check its pages and indexes; PostgreSQL only has to answer."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute("SELECT 1")
            return Finding(Level.OK, "PostgreSQL antwortet")
        cursor.execute("PRAGMA quick_check(1)")
        (answer,) = cursor.fetchone()
    if answer != "ok":
        advice = "Nicht weiter kassieren; den Ordner ganz kopieren und die letzte Sicherung zurückspielen."
        return Finding(Level.BAD, f"Die Datenbank ist beschädigt: {answer}", advice)
    return Finding(Level.OK, "Datenbank unbeschädigt")


def migrations() -> Finding:
    """Check that database and programme are of the same version."""
    if unknown := boot.unknown_migrations():
        advice = "Die neuere Version wieder einsetzen; mit dieser nicht starten."
        return Finding(Level.BAD, f"Eine neuere Version hat die Datenbank benutzt ({unknown[0]}).", advice)
    if pending := boot.pending_migrations():
        advice = "Das geschieht beim nächsten Start von selbst."
        return Finding(Level.HINT, f"Die Datenbank wird noch auf den neuen Stand gebracht ({len(pending)}).", advice)
    return Finding(Level.OK, "Datenbank auf dem Stand dieser Version")


def durability() -> Finding:
    """Check that a commit is on the disk before it is acknowledged."""
    from django.db import connection

    advice = "Ein Fehler in den Einstellungen; bitte melden."
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
            fsync, commit = cursor.fetchone()
            if (fsync, commit) != ("on", "on"):
                advice = "In postgresql.conf: fsync = on, synchronous_commit = on."
                return Finding(Level.BAD, f"PostgreSQL schreibt nicht sicher (fsync={fsync}, {commit}).", advice)
            return Finding(Level.OK, "PostgreSQL schreibt sicher")
        cursor.execute("PRAGMA journal_mode")
        (mode,) = cursor.fetchone()
        cursor.execute("PRAGMA synchronous")
        (level,) = cursor.fetchone()
    if (mode, level) != ("wal", FULL):
        return Finding(Level.BAD, f"SQLite schreibt nicht sicher (journal_mode={mode}, synchronous={level}).", advice)
    return Finding(Level.OK, "Jede Zahlung liegt auf dem Datenträger, bevor sie bestätigt wird")


def signing() -> Finding:
    """Look at the TSE as the books know it: outages that have not ended, a certificate about to expire."""
    from smartecr.register.models import Outage, Tse

    outage = Outage.objects.filter(ended_at="").first()
    if outage is not None:
        advice = "Es darf weiter kassiert werden; die TSE prüfen und den Ausfall so bald wie möglich beheben."
        return Finding(Level.BAD, f"Die TSE ist seit {outage.began_at} ausgefallen: {outage.reason}", advice)
    device = Tse.objects.last()
    if device is None:
        return Finding(Level.OK, "Die TSE wird beim ersten Start eingerichtet")
    ends = _certificate_ends(device.certificates)
    kind = "Test-TSE, nicht zugelassen" if device.is_test else "TSE"
    if ends is not None and ends - datetime.now(UTC) < SOON:
        advice = "Rechtzeitig eine neue TSE besorgen und einrichten."
        return Finding(Level.HINT, f"Das Zertifikat der TSE gilt nur bis {ends:%d.%m.%Y}.", advice)
    until = f", Zertifikat gültig bis {ends:%d.%m.%Y}" if ends else ""
    return Finding(Level.OK, f"{kind} {device.serial[:8]}…{until}")


def _certificate_ends(lines: str) -> datetime | None:
    """Return when the leaf certificate (first line, DER in base64) expires, None when it cannot be read."""
    from cryptography.x509 import load_der_x509_certificate

    try:
        return load_der_x509_certificate(base64.b64decode(lines.split()[0])).not_valid_after_utc
    except (ValueError, IndexError):
        return None
