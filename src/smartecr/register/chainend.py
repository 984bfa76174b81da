"""Where each register's journal ends, sealed: entries cut off at the end are missed although nothing follows them.

With every commit the end of the chain is written into a row of its own, with a seal (HMAC-SHA256) whose key is not in
the database but in the data folder. Whoever has only the database can neither move the end nor make a seal, nor have
one made by taking the table away together with the record of its migration: that journals were sealed here before
stands in the data folder, too. This does not find: a whole older database put in the place of this one (its end fits
its journal), nor a forger who has the key. Then exports, a backup and the TSE's own counters tell.
"""

from __future__ import annotations

import hmac
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from smartecr.register import journalnames
from smartecr.sql import fetch, write

_MARK = "chain-end.sealed"
"""An empty file in the data folder: from here on a journal without a sealed end has lost it."""
_WRITE = (
    "INSERT INTO register_chain_end (register_id, seq, hash, key, seal) VALUES (%s, %s, %s, %s, %s) "
    "ON CONFLICT (register_id) DO UPDATE "
    "SET seq = excluded.seq, hash = excluded.hash, key = excluded.key, seal = excluded.seal"
)


@cache
def _key(secret: str) -> tuple[hmac.HMAC, str]:
    """Return what seals, and the name of its key, which tells those of several registers in one database apart."""
    key = sha256(b"smartecr.register.chainend" + secret.encode()).digest()
    return hmac.new(key, digestmod=sha256), sha256(key).hexdigest()[:16]


def _seal(key: hmac.HMAC, register_id: str, seq: int, digest: str) -> str:
    sealing = key.copy()
    sealing.update(f"{register_id} {seq} {digest}".encode())
    return sealing.hexdigest()


def row(register_id: str, seq: int, digest: str) -> tuple[str, int, str, str, str]:
    """Return the row of a chain that ends with entry `seq` and its hash."""
    key, name = _key(settings.SECRET_KEY)
    return register_id, seq, digest, name, _seal(key, register_id, seq, digest)


def move(register_id: str, seq: int, digest: str) -> None:
    """Write where the chain ends from now on, into the open transaction."""
    write(_WRITE, row(register_id, seq, digest))


def cut(register_id: str, seq: int, digest: str) -> dict[str, object]:
    """Return the sealed end if the journal, ending with entry `seq` and its hash, does not end there; {} if it does.

    A journal with entries and without a sealed end lost it: that counts as sealed at 0. A writer that finds its journal
    cut writes that down as a fact before it goes on and seals another end.
    """
    stored = fetch("SELECT seq, hash FROM register_chain_end WHERE register_id = %s", [register_id])
    if not stored:
        return {"sealed_seq": 0, "sealed_hash": ""} if seq else {}
    if (stored[0]["seq"], stored[0]["hash"]) == (seq, digest):
        return {}
    return {"sealed_seq": stored[0]["seq"], "sealed_hash": stored[0]["hash"]}


def sealed_before(folder: Path) -> bool:
    """Tell whether journals were sealed with this data folder before, as far as `remember` has noted."""
    return (folder / _MARK).exists()


def remember(folder: Path) -> None:
    """Note in the data folder that journals are sealed from now on. Raises OSError."""
    if not sealed_before(folder):
        (folder / _MARK).touch()


def wrong(ends: dict[str, tuple[int, str]]) -> list[str]:
    """Return what does not fit, in German; `ends` are number and hash of the last entry of each register's journal."""
    stored = {found["register_id"]: found for found in fetch("SELECT * FROM register_chain_end")}
    findings = []
    for register_id in sorted({*ends, *stored}):
        place, found = journalnames.called(register_id), stored.get(register_id)
        if found is None:
            findings.append(f"{place}: das Ende ist nicht versiegelt")
            continue
        seq, digest = ends.get(register_id, (0, ""))
        if found["seq"] > seq:
            findings.append(f"{place}: am Ende fehlen {found['seq'] - seq} Einträge (nach Eintrag {seq})")
        elif (found["seq"], found["hash"]) != (seq, digest):
            findings.append(f"{place}: es endet nicht dort, wo es versiegelt wurde (Eintrag {found['seq']})")
        key, name = _key(settings.SECRET_KEY)
        if found["key"] == name and not hmac.compare_digest(
            found["seal"], _seal(key, register_id, found["seq"], found["hash"])
        ):
            findings.append(f"{place}: das Siegel des Endes ist falsch")
    return findings


def foreign() -> list[str]:
    """Return the registers whose end was sealed with another key than this data folder's: it is known elsewhere."""
    _secret, name = _key(settings.SECRET_KEY)
    return [
        f"{journalnames.called(found['register_id'])}: das Siegel des Endes gehört zu einem anderen Datenordner"
        for found in fetch("SELECT register_id, key FROM register_chain_end ORDER BY register_id")
        if found["key"] != name
    ]
