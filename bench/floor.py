"""The floor of a sale: what no register can do without, in the least code that does it.

One durable commit (SQLite, WAL, synchronous=FULL) of a sale's eleven rows, and two raw signatures.
The rows: a receipt, five lines, two VAT rates, a payment, two TSE log messages of 450 bytes.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

CURVES: dict[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm]] = {
    "secp256r1": (ec.SECP256R1(), hashes.SHA256()),
    "brainpoolP384r1": (ec.BrainpoolP384R1(), hashes.SHA384()),
}

_TABLES = """
CREATE TABLE receipt (id INTEGER PRIMARY KEY, register INTEGER, z INTEGER, number INTEGER, kind TEXT, began TEXT,
    ended TEXT, person INTEGER, cents INTEGER, transaction_number INTEGER, counter INTEGER, signature BLOB, hash BLOB);
CREATE UNIQUE INDEX receipt_by_number ON receipt (z, number);
CREATE INDEX receipt_by_end ON receipt (ended);
CREATE TABLE line (receipt INTEGER, position INTEGER, article INTEGER, gtin TEXT, text TEXT, grp INTEGER,
    quantity INTEGER, unit_cents INTEGER, cents INTEGER, vat_key INTEGER,
    PRIMARY KEY (receipt, position)) WITHOUT ROWID;
CREATE TABLE vat (receipt INTEGER, vat_key INTEGER, gross INTEGER, net INTEGER, tax INTEGER,
    PRIMARY KEY (receipt, vat_key)) WITHOUT ROWID;
CREATE TABLE payment (receipt INTEGER, position INTEGER, kind TEXT, currency TEXT, cents INTEGER,
    PRIMARY KEY (receipt, position)) WITHOUT ROWID;
CREATE TABLE tse_log (counter INTEGER PRIMARY KEY, transaction_number INTEGER, kind TEXT, at INTEGER, message BLOB);
"""


class RawSale:
    """Commits and signs sale after sale; `curve` is one of `CURVES`. `articles` spreads the lines over the index."""

    def __init__(self, file: Path, curve: str, articles: int = 1000) -> None:
        self._database = sqlite3.connect(file, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.executescript(_TABLES)
        group, digest = CURVES[curve]
        self._key = ec.generate_private_key(group)
        self._scheme = ec.ECDSA(digest)
        self._articles = articles
        self._number = 0

    def sell(self) -> None:
        """Do one sale's commit and its two signatures."""
        self.commit()
        self.sign()

    def sign(self) -> None:
        """Make two signatures over 280 bytes."""
        message = self._number.to_bytes(280, "big")
        self._key.sign(message, self._scheme)
        self._key.sign(message, self._scheme)

    def commit(self) -> None:
        """Commit the eleven rows."""
        self._number += 1
        number, now = self._number, 1_760_000_000 + self._number * 80
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
        signature, message = secrets.token_bytes(64), bytes(450)
        lines = [
            (number, at, self._article(at), f"40{at:011d}", f"Artikel {at} Name", at, 1000, 340, 340, 1 + at % 2)
            for at in range(1, 6)
        ]
        run = self._database.execute
        run("BEGIN IMMEDIATE")
        run(
            "INSERT INTO receipt VALUES (?, 1, ?, ?, 'Beleg', ?, ?, 3, 1700, ?, ?, ?, ?)",
            (number, number // 500, number, stamp, stamp, number, 2 * number, signature, signature[:32]),
        )
        self._database.executemany("INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", lines)
        self._database.executemany("INSERT INTO vat VALUES (?, ?, 850, 714, 136)", [(number, 1), (number, 2)])
        run("INSERT INTO payment VALUES (?, 1, 'Bar', 'EUR', 1700)", (number,))
        logs = [(2 * number, number, "Start", now, message), (2 * number + 1, number, "Finish", now, message)]
        self._database.executemany("INSERT INTO tse_log VALUES (?, ?, ?, ?, ?)", logs)
        run("COMMIT")

    def _article(self, position: int) -> int:
        return (self._number * 7919 + position * 104_729) % self._articles

    def close(self) -> None:
        """Close the file."""
        self._database.close()
