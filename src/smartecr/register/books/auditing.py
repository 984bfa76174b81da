"""The auditor at the door (Kassen-Nachschau, § 146b AO): let in on the spot, for hours, to look and to take data along.

The owner lets somebody in and reads out a code of eight digits; nothing else opens. Every entry, every look and every
wrong code is a fact of the journal.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from smartecr.core.records import dataclass
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.rights import require
from smartecr.register.rows import Row
from smartecr.register.till import Till, instant
from smartecr.sql import fetch, select
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

HOURS = (1, 2, 4, 8)
_DIGITS = 8
_TRIES = 5
_PAUSE = timedelta(minutes=10)
_COST = 2**14


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A way in: for whom, by whom, from when until when (UTC journal text); `closed_at` is "" while it is open."""

    id: str
    name: str
    badge: str
    opened_at: str
    opened_by: str
    until: str
    closed_at: str

    @property
    def actor(self) -> Actor:
        """Return the auditor as somebody who acts: with a role that includes no right at all."""
        return Actor(self.id, f"Prüfer {self.name}"[:80], "auditor")


def let_in(
    till: Till, actor: Actor, access_id: str, name: str, badge: str, hours: int, approver: Actor | None = None
) -> tuple[Access, str]:
    """Open a way in for `hours` and return it with its code, which is shown once.

    Raises RegisterError: "name" (whose identity card was looked at), "hours".
    """
    note = require(actor, approver, Right.STAFF)
    if not name.strip():
        raise RegisterError("name", "Wer prüft?", "Den Namen vom Dienstausweis abschreiben.")
    if hours not in HOURS:
        raise RegisterError("hours", "So lange geht es nicht.", "Eine der Zeiten wählen.")
    number = int.from_bytes(till.random_bytes(8), "big") % 10**_DIGITS
    code = f"{number:0{_DIGITS}d}"
    with writing(till, actor) as writer:
        access = {
            "name": " ".join(name.split())[:60],
            "badge": badge.strip()[:40],
            "until": instant(till.clock() + timedelta(hours=hours)),
            "code_hash": _hash(access_id, code),
        }
        if writer.seen([access_id]):
            raise RegisterError("twice", "Dieser Zugang ist schon offen.", "Schließen und einen neuen öffnen.")
        writer.append("audit_opened", {"access": access, **note}, access_id)
    return find(access_id), code


def let_out(till: Till, actor: Actor, access_id: str) -> None:
    """Close a way in before its time; nothing happens to one that was closed. Raises RegisterError, RightError."""
    note = require(actor, None, Right.STAFF)
    with writing(till, actor) as writer:
        if not find(access_id).closed_at:
            writer.append("audit_closed", {"access": access_id, **note})


def enter(till: Till, code: str) -> Access:
    """Return the open way in with this code. Raises RegisterError("code"), and ("wait") after five wrong ones."""
    now = till.now()
    since = instant(till.clock() - _PAUSE)
    sql = "SELECT count(*) FROM register_journal WHERE register_id = %s AND kind = 'audit_refused' AND at > %s"
    if select(sql, [till.register_id, since])[0][0] >= _TRIES:
        raise RegisterError("wait", "Zu viele falsche Codes.", "In zehn Minuten noch einmal.")
    rows = fetch(
        "SELECT * FROM register_audit_access WHERE shop_id = %s AND closed_at = '' AND until > %s", [till.shop_id, now]
    )
    digits = "".join(sign for sign in code if sign.isascii() and sign.isdigit())
    found = [row for row in rows if hmac.compare_digest(row["code_hash"], _hash(row["id"], digits))]
    with writing(till, Actor("", "Kassen-Nachschau", "auditor")) as writer:
        if found:
            writer.append("audit_entered", {"access": found[0]["id"]})
        else:
            writer.append("audit_refused", {})
    if not found:
        raise RegisterError("code", "Dieser Code öffnet nichts.", "Den Inhaber um den Code bitten.")
    return _access(found[0])


def standing(till: Till, access_id: str) -> Access | None:
    """Return a way in that is open now, else None."""
    rows = fetch(
        "SELECT * FROM register_audit_access WHERE id = %s AND shop_id = %s AND closed_at = '' AND until > %s",
        [access_id, till.shop_id, till.now()],
    )
    return _access(rows[0]) if rows else None


def looked(till: Till, access: Access, what: str) -> None:
    """Write down what was looked at."""
    with writing(till, access.actor, synced=False) as writer:
        writer.append("audit_looked", {"access": access.id, "what": what[:200]})


def find(access_id: str) -> Access:
    """Return a way in, open or not. Raises RegisterError("unknown")."""
    rows = fetch("SELECT * FROM register_audit_access WHERE id = %s", [access_id])
    if not rows:
        raise RegisterError("unknown", "Diesen Zugang gibt es nicht.")
    return _access(rows[0])


def accesses(shop_id: str) -> list[Access]:
    """Return all ways in, newest first."""
    sql = "SELECT * FROM register_audit_access WHERE shop_id = %s ORDER BY opened_at DESC, id DESC"
    return [_access(row) for row in fetch(sql, [shop_id])]


def _access(row: Row) -> Access:
    return Access(**{name: row[name] for name in Access.__dataclass_fields__})


def _hash(access_id: str, code: str) -> str:
    return hashlib.scrypt(code.encode(), salt=access_id.encode(), n=_COST, r=8, p=1, dklen=32).hex()
