"""A process of its own: makes a small demo shop in the folder given, proves it alone and with others, then forged."""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from smartecr.server import boot

boot.setup()
boot.migrate()

from django.db import connection  # noqa: E402

from smartecr.register.books import verify  # noqa: E402
from smartecr.register.books.verifying import crew  # noqa: E402
from smartecr.server.demoshop import demo  # noqa: E402
from support.tampering import unguard  # noqa: E402

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
"""After a busy Sunday: how much a demo shop sells depends on the day."""
FORGERIES = """
    UPDATE register_receipt_line SET amount_cents = amount_cents + 1
    WHERE receipt_id = (SELECT id FROM register_receipt WHERE number = 12) AND position = 1;
    DELETE FROM register_receipt_payment WHERE receipt_id = (SELECT id FROM register_receipt WHERE number = 25);
    UPDATE register_journal SET actor_name = 'Niemand' WHERE seq = 130;
    DELETE FROM register_journal WHERE seq = 200
"""


def proofs() -> list[dict[str, object]]:
    """Prove the books alone, by two processes forked and by two started anew; give what each said."""
    threads = threading.active_count
    found = []
    for workers, others in ((0, 1), (2, 1), (2, 2)):
        threading.active_count = lambda others=others: others
        verdict = verify.examine(workers=workers)
        found.append({"page": list(verify.page(verdict)), "facts": verdict.facts})
    threading.active_count = threads
    return found


if __name__ == "__main__":
    demo.build(1, lambda *_: None, folder=Path(sys.argv[1]), now=MONDAY)
    crew.STRETCH = 150
    said = [proofs()]
    unguard()
    for forgery in FORGERIES.split(";"):
        with connection.cursor() as cursor:
            cursor.execute(forgery)
    said.append(proofs())
    print(json.dumps(said))
