"""Rules on the master data of a closing: one row where one belongs, keys unique, rates and TSEs as they must be."""

from __future__ import annotations

import binascii
from base64 import b64decode
from datetime import UTC, datetime
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from smartecr.core.errors import UnknownVatKey
from smartecr.core.vat import KEYS, rate_on
from smartecr.fiscal.dsfinvk import tables
from smartecr.fiscal.dsfinvk.blocks import Block, Rows
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.state import ClosingState
from smartecr.fiscal.dsfinvk.values import INSTANTS, NUMBERS

_BASIS_POINTS = 1000
"""1/100000 in a hundredth of a percent."""


def open_closing(block: Block, row: int, findings: Findings) -> ClosingState:
    """Check a closing's master data and return what the other rules need of it."""
    for table, rows in block.master.items():
        if table.once and len(rows) != 1:
            place = rows.numbers[1] if len(rows) > 1 else 0
            findings.add("key.once", table.file, place, found=len(rows))
        _unique(rows, findings)
    if not len(block[tables.VAT]):
        findings.add("key.none", tables.VAT.file)
    register = block[tables.CASHREGISTER]
    vat, tse = block[tables.VAT], block[tables.TSE]
    for number, serial in zip(register.numbers, register.column("KASSE_SERIENNR"), strict=True):
        if "/" in serial or "_" in serial:
            findings.add("tse.client_id", tables.CASHREGISTER.file, number, "KASSE_SERIENNR")
    closing = ClosingState(
        key=block.key,
        row=row,
        master=block.master,
        created=INSTANTS[block.key[1]],
        currency=register.column("KASSE_BASISWAEH_CODE")[0] if len(register) else "EUR",
        rates={row[3]: NUMBERS[row[4]] for row in vat.rows},
        serials={row[3]: row[4].lower() for row in tse.rows},
        agencies=frozenset(row[3] for row in block[tables.PA].rows) | {"", "0"},
        terminals=frozenset(row[3] for row in block[tables.SLAVES].rows) | {"", block.key[0]},
    )
    _rates(vat, closing, findings)
    for number, row_ in zip(tse.numbers, tse.rows, strict=True):
        _tse(number, row_, findings)
    return closing


def _unique(rows: Rows, findings: Findings) -> None:
    if rows.table.unique and len(rows) > 1:
        keys = list(zip(*(rows.column(name) for name in rows.table.unique), strict=True))
        seen: set[tuple[str, ...]] = set()
        for number, key in zip(rows.numbers, keys, strict=True):
            if key in seen:
                findings.add("key.twice", rows.table.file, number, rows.table.unique[0])
            seen.add(key)


def _rates(vat: Rows, closing: ClosingState, findings: Findings) -> None:
    """Hold each rate against the official list on the day of the closing (a day's grace where a rate has changed)."""
    if closing.created is None:
        return
    day = datetime.fromtimestamp(closing.created / 1000, UTC).date()
    for number, (key, rate) in zip(vat.numbers, closing.rates.items(), strict=False):
        if not key.isdigit() or int(key) >= 1000:
            continue
        try:
            wanted = {rate_on(int(key), on) for on in (day, day.fromordinal(day.toordinal() - 1))}
        except UnknownVatKey:
            wanted = set() if int(key) not in KEYS or int(key) != 8 else {0}
        if rate not in {points * _BASIS_POINTS for points in wanted}:
            findings.add("key.vat_rate", vat.table.file, number, "UST_SATZ", key=key, rate=f"{rate / 100_000:.2f}")


def _tse(number: int, row: tuple[str, ...], findings: Findings) -> None:
    file = tables.TSE.file
    serial, encoded, certificate = row[4], row[8], row[9] + row[10]
    point = _point(encoded)
    if point is None:
        findings.add("tse.key", file, number, "TSE_PUBLIC_KEY")
    elif sha256(point).hexdigest() != serial.lower():
        findings.add("tse.serial", file, number, "TSE_SERIAL")
    try:
        key = _certificate(certificate).public_key()
        of_certificate = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    except (ValueError, TypeError, AttributeError, UnsupportedAlgorithm):
        findings.add("tse.certificate", file, number, "TSE_ZERTIFIKAT_I")
        return
    if point is not None and of_certificate != point:
        findings.add("tse.certificate_key", file, number, "TSE_ZERTIFIKAT_I")


def _point(encoded: str) -> bytes | None:
    """Return the octets of a public key given as a point or as SubjectPublicKeyInfo, in base64."""
    try:
        data = b64decode(encoded, validate=True)
        if data[:1] == b"\x30":
            key = serialization.load_der_public_key(data)
            return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return None
    return data if data[:1] == b"\x04" else None


def _certificate(encoded: str) -> x509.Certificate:
    """Load a certificate: DER in base64, or PEM in base64 as some makers write it. Raises ValueError."""
    data = b64decode(encoded)
    return x509.load_pem_x509_certificate(data) if data[:5] == b"-----" else x509.load_der_x509_certificate(data)
