"""Proof of a signature: was exactly this signed with exactly that key?

ECDSA with every hash of BSI TR-03111 on the secp and brainpool curves TSEs use. The Schnorr variants
(ecsdsa) are named but not computed; no known device writes them.
"""

from functools import lru_cache
from hashlib import sha256
from typing import Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from smartecr.core.records import dataclass
from smartecr.tse import der
from smartecr.tse.algorithms import ALGORITHMS, CURVES_BY_POINT, Algorithm, half_length
from smartecr.tse.log_message import LogMessage


class KeyUnusableError(ValueError):
    """The bytes are no public key of a curve used by TSEs."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key with its point 04‖X‖Y and the TSE serial number that follows from it (SHA-256).

    ``half`` are the bytes of r (and of s) in a raw signature.
    """

    key: ec.EllipticCurvePublicKey
    point: bytes
    serial: bytes
    half: int


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """``valid`` or why not. ``encoding`` tells how the signature was stored.

    ``reason``: empty when valid, else ``mismatch`` (something was changed or another key signed),
    ``malformed`` (this is no signature of that curve), ``wrong_key`` (the message names another serial
    number) or ``unsupported`` (unknown or uncomputable algorithm).
    """

    valid: bool
    encoding: Literal["raw", "der", ""] = ""
    reason: Literal["", "mismatch", "malformed", "wrong_key", "unsupported"] = ""


VALID = SignatureCheck(True, "raw")
_SCHEMES = {algorithm.oid: ec.ECDSA(algorithm.hash) for algorithm in ALGORITHMS if algorithm.ecdsa}


@lru_cache(maxsize=256)
def load_key(encoded: bytes) -> PublicKey:
    """Load a key given as uncompressed point or as SubjectPublicKeyInfo (DER).

    A bare point does not name its curve; it lies on exactly one of those of its length. Raises
    KeyUnusableError.
    """
    key: object = None
    if encoded[:1] == b"\x30":
        try:
            key = serialization.load_der_public_key(encoded)
        except (ValueError, UnsupportedAlgorithm):
            key = None
    elif encoded[:1] == b"\x04":
        for curve in CURVES_BY_POINT.get(len(encoded), ()):
            try:
                key = ec.EllipticCurvePublicKey.from_encoded_point(curve, encoded)
                break
            except ValueError:
                continue
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise KeyUnusableError("no public key on a known curve")
    return of_key(key)


def of_key(key: ec.EllipticCurvePublicKey) -> PublicKey:
    """Wrap a loaded key, for example that of a certificate."""
    point = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return PublicKey(key, point, sha256(point).digest(), half_length(key.curve))


def check_signature(key: PublicKey, algorithm: Algorithm | None, signed: bytes, signature: bytes) -> SignatureCheck:
    """Check a signature stored raw (r‖s) or, as a few devices do, in DER."""
    if algorithm is None or not algorithm.ecdsa:
        return SignatureCheck(False, "", "unsupported")
    half = key.half
    encoding: Literal["raw", "der"] = "raw"
    if len(signature) == 2 * half:
        encoded = der.der_ecdsa(signature, half)
        zero = bytes(half)
        absurd = signature.startswith(zero) or signature.endswith(zero)
    else:
        encoding = "der"
        try:
            r, s = der.split_ecdsa(signature)
        except der.DerError:
            return SignatureCheck(False, "", "malformed")
        absurd = r <= 0 or s <= 0
        encoded = b"" if absurd else encode_dss_signature(r, s)
    if absurd:
        return SignatureCheck(False, encoding, "malformed")
    try:
        key.key.verify(encoded, signed, _SCHEMES[algorithm.oid])
    except InvalidSignature:
        return SignatureCheck(False, encoding, "mismatch")
    return VALID if encoding == "raw" else SignatureCheck(True, encoding)


def check_message(message: LogMessage, key: PublicKey) -> SignatureCheck:
    """Check a log message against the key that should have signed it."""
    if message.serial != key.serial:
        return SignatureCheck(False, "", "wrong_key")
    return check_signature(key, message.algorithm, message.signed, message.signature)
