"""The certificates a device hands out, whatever the form: DER, leaf first, root last."""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from smartecr.tse.tar import ExportReader

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_MOST = 32


def of_archive(archive: BinaryIO, serial: str) -> tuple[bytes, ...]:
    """Take the chain out of a TAR archive. Raises TarError when it is none."""
    files = []
    for member in ExportReader(archive):
        if not member.name.endswith((".log", ".csv")):
            files.append(member.data)
        if len(files) == _MOST:
            break
    return chain(files, serial)


def chain(files: Iterable[bytes], serial: str) -> tuple[bytes, ...]:
    """Order what the files (DER, PEM, several in one) hold: the one of ``serial``, its issuer, and so on.

    Empty when no certificate fits the serial number; what does not belong to its chain is left out.
    """
    loaded = [certificate for data in files for certificate in _load(data)]
    found = next((certificate for certificate in loaded if point_hash(certificate) == serial), None)
    ordered: list[x509.Certificate] = []
    while found is not None and found not in ordered:
        ordered.append(found)
        issuer = found.issuer
        found = next((certificate for certificate in loaded if certificate.subject == issuer), None)
    return tuple(certificate.public_bytes(serialization.Encoding.DER) for certificate in ordered)


def point(certificate: x509.Certificate) -> bytes:
    """Give the uncompressed point of the certificate's key; empty when the key is of another kind."""
    try:
        key = certificate.public_key()
    except ValueError:
        return b""
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return b""
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def point_hash(certificate: x509.Certificate) -> str:
    """Give the serial number a device with this certificate has (TR-03153): SHA-256 of the point, hex."""
    return sha256(point(certificate)).hexdigest()


def is_test(certificates: Iterable[bytes]) -> bool:
    """Tell whether a name in the chain says that it is a test chain."""
    for data in certificates:
        certificate = x509.load_der_x509_certificate(data)
        if "test" in f"{certificate.subject.rfc4514_string()} {certificate.issuer.rfc4514_string()}".lower():
            return True
    return False


def expiry(certificates: tuple[bytes, ...]) -> int | None:
    """Tell the end of the leaf in unix seconds; None without certificates."""
    if not certificates:
        return None
    return int(x509.load_der_x509_certificate(certificates[0]).not_valid_after_utc.timestamp())


def _load(data: bytes) -> list[x509.Certificate]:
    blocks = _PEM.findall(data)
    try:
        if blocks:
            return [x509.load_pem_x509_certificate(block) for block in blocks]
        return [x509.load_der_x509_certificate(data)]
    except ValueError:
        return []
