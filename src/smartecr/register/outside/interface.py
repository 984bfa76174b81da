"""Ways in for other programmes: a token with scopes, shown once, ended by time or by hand (RFC 6750).

A token is 32 random bytes, so a plain SHA-256 of it cannot be turned back; only that is kept. Whoever holds it acts
under its name: what it changes stands in the journal as done by it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import timedelta

from smartecr.core.records import dataclass
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.rights import require
from smartecr.register.rows import Row
from smartecr.register.till import Till, instant
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.staff.rights import MACHINE, Right

SCOPES = (
    "catalog:read",
    "catalog:write",
    "receipts:read",
    "closings:read",
    "figures:read",
    "customers:read",
    "customers:write",
    "stock:read",
    "stock:write",
)
"""What a token may be for; a scope that writes may read the same."""

DAYS = (30, 90, 365)
"""How long a token may live: none lives for ever, so that a forgotten one ends by itself."""

PREFIX = "secr_"
_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A way in: from `created_at` until `until` (UTC journal text), unless `revoked_at` is set."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: str
    created_by: str
    until: str
    revoked_at: str

    @property
    def actor(self) -> Actor:
        """Return the programme as somebody who acts; which of its rights count, its scopes say."""
        return Actor(self.id, f"Schnittstelle: {self.name}", MACHINE)

    def may(self, scope: str) -> bool:
        """Tell whether it is for `scope`."""
        return scope in self.scopes or scope.replace(":read", ":write") in self.scopes

    def stands(self, now: str) -> bool:
        """Tell whether it still opens anything at `now`."""
        return not self.revoked_at and self.until > now


def issue(till: Till, actor: Actor, token_id: str, name: str, scopes: Sequence[str], days: int) -> tuple[Token, str]:
    """Issue a token for so many days and return it with its text, which is shown once.

    Raises RegisterError: "name", "scopes", "days", and RightError.
    """
    note = require(actor, None, Right.STAFF)
    name = " ".join(name.split())
    if not 0 < len(name) <= 40 or not name.isprintable():
        raise RegisterError("name", "Das Programm braucht einen Namen bis 40 Zeichen.", "Zum Beispiel: Webshop")
    wanted = [scope for scope in SCOPES if scope in scopes]
    if not wanted or len(wanted) != len(set(scopes)):
        raise RegisterError("scopes", "Wofür ist der Schlüssel?", "Mindestens einen Bereich wählen.")
    if days not in DAYS:
        raise RegisterError("days", "So lange geht es nicht.", "Eine der Zeiten wählen.")
    text = PREFIX + base64.urlsafe_b64encode(till.random_bytes(_BYTES)).decode().rstrip("=")
    with writing(till, actor) as writer:
        token = {
            "id": token_id,
            "name": name,
            "scopes": " ".join(wanted),
            "token_hash": hash_of(text),
            "until": instant(till.clock() + timedelta(days=days)),
        }
        writer.append("token_issued", {"token": token, **note})
    return find(token_id), text


def revoke(till: Till, actor: Actor, token_id: str) -> None:
    """End a token before its time; nothing happens to one that has ended by hand. Raises RegisterError, RightError."""
    note = require(actor, None, Right.STAFF)
    with writing(till, actor) as writer:
        if not find(token_id).revoked_at:
            writer.append("token_revoked", {"token": token_id, **note})


def by_text(till: Till, text: str) -> Token | None:
    """Return the token that still stands and whose text this is, else None."""
    rows = fetch(
        "SELECT * FROM register_api_token WHERE token_hash = %s AND shop_id = %s", [hash_of(text), till.shop_id]
    )
    token = _token(rows[0]) if rows else None
    return token if token is not None and token.stands(till.now()) else None


def find(token_id: str) -> Token:
    """Return a token, standing or not. Raises RegisterError("unknown")."""
    rows = fetch("SELECT * FROM register_api_token WHERE id = %s", [token_id])
    if not rows:
        raise RegisterError("unknown", "Diesen Schlüssel gibt es nicht.")
    return _token(rows[0])


def tokens(shop_id: str) -> list[Token]:
    """Return all tokens, newest first."""
    sql = "SELECT * FROM register_api_token WHERE shop_id = %s ORDER BY created_at DESC, id DESC"
    return [_token(row) for row in fetch(sql, [shop_id])]


def hash_of(text: str) -> str:
    """Return what is kept of a token's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _token(row: Row) -> Token:
    names = (name for name in Token.__dataclass_fields__ if name != "scopes")
    return Token(scopes=tuple(row["scopes"].split()), **{name: row[name] for name in names})
