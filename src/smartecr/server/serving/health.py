"""What `/health` says: cheap questions that an outside watcher may ask every few seconds."""

from __future__ import annotations

import logging

from smartecr import __version__

_log = logging.getLogger(__name__)


def report() -> tuple[bool, dict[str, object]]:
    """Return (all well, report). The report names version, database, journal and TSE and holds nothing of the shop.

    A TSE outage does not make the register unhealthy: it goes on selling, as the law provides (AEAO zu § 146a, 1.14.1).
    """
    from django.db import DatabaseError, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as error:
        _log.error("database does not answer", exc_info=error)
        connection.close()
        return False, {"version": __version__, "database": "bad", "journal": "unknown", "tse": "unknown"}
    journal, tse = _journal(), _tse()
    return journal == "ok", {"version": __version__, "database": "ok", "journal": journal, "tse": tse}


def _journal() -> str:
    """Check the newest entry against its own hash and its predecessor's. `verify books` checks them all."""
    from smartecr.register.journal import GENESIS, Entry, digest
    from smartecr.register.models import Journal
    from smartecr.server.wiring import till

    rows = list(Journal.objects.filter(register_id=till().register_id).order_by("-seq").values(*Entry._fields)[:2])
    if not rows:
        return "ok"
    newest = Entry(**rows[0])
    before = rows[1]["hash"] if len(rows) == 2 else GENESIS
    return "ok" if digest(newest) == newest.hash and newest.previous == before else "bad"


def _tse() -> str:
    from smartecr.register import standing
    from smartecr.server.wiring import till

    return str(standing.status(till()).tse)
