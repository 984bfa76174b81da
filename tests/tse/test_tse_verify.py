"""Signatures of every curve and hash, raw and DER, made here by another path than the one that checks them."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from smartecr.tse import log_message, verify
from smartecr.tse.algorithms import ALGORITHMS, BY_NAME, Algorithm
from smartecr.tse.verify import SignatureCheck

CURVES = [
    ec.SECP224R1(),
    ec.SECP256R1(),
    ec.SECP384R1(),
    ec.SECP521R1(),
    ec.BrainpoolP256R1(),
    ec.BrainpoolP384R1(),
    ec.BrainpoolP512R1(),
]
KEYS = {curve.name: ec.generate_private_key(curve) for curve in CURVES}
ECDSA = [algorithm for algorithm in ALGORITHMS if algorithm.ecdsa]
SIGNED = b"what was signed"


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def sign(key: ec.EllipticCurvePrivateKey, algorithm: Algorithm) -> tuple[bytes, bytes]:
    """Return a DER and a raw signature of SIGNED."""
    encoded = key.sign(SIGNED, ec.ECDSA(algorithm.hash))
    half = (key.curve.key_size + 7) // 8
    r, s = decode_dss_signature(encoded)
    return encoded, r.to_bytes(half, "big") + s.to_bytes(half, "big")


@pytest.mark.parametrize("curve", KEYS)
@pytest.mark.parametrize("algorithm", ECDSA, ids=lambda algorithm: algorithm.name)
def test_every_curve_and_hash(curve: str, algorithm: Algorithm) -> None:
    key = KEYS[curve]
    loaded = verify.load_key(point(key))
    assert loaded.key.curve.name == curve
    assert loaded.serial == sha256(point(key)).digest()
    encoded, raw = sign(key, algorithm)
    assert verify.check_signature(loaded, algorithm, SIGNED, raw) == SignatureCheck(True, "raw")
    assert verify.check_signature(loaded, algorithm, SIGNED, encoded) == SignatureCheck(True, "der")
    assert verify.check_signature(loaded, algorithm, SIGNED + b".", raw) == SignatureCheck(False, "raw", "mismatch")


def test_names_and_numbers() -> None:
    numbers = {algorithm.name: algorithm.oid.hex() for algorithm in ALGORITHMS}
    assert len(set(numbers.values())) == 16
    assert numbers["ecdsa-plain-SHA256"] == "04007f00070101040103"
    assert numbers["ecdsa-plain-SHA384"] == "04007f00070101040104"
    assert numbers["ecdsa-plain-SHA3-512"] == "04007f0007010104010b"
    assert numbers["ecsdsa-plain-SHA224"] == "04007f00070101040401"
    assert numbers["ecsdsa-plain-SHA3-512"] == "04007f00070101040408"


def test_another_hash_does_not_verify() -> None:
    key = KEYS["secp256r1"]
    _, raw = sign(key, BY_NAME["ecdsa-plain-SHA256"])
    check = verify.check_signature(verify.load_key(point(key)), BY_NAME["ecdsa-plain-SHA3-256"], SIGNED, raw)
    assert check == SignatureCheck(False, "raw", "mismatch")


@given(st.integers(0, 95), st.integers(1, 255))
def test_any_changed_byte_of_a_signature_is_found(place: int, mask: int) -> None:
    key, algorithm = KEYS["brainpoolP384r1"], BY_NAME["ecdsa-plain-SHA384"]
    _, raw = sign(key, algorithm)
    changed = bytearray(raw)
    changed[place] ^= mask
    assert not verify.check_signature(verify.load_key(point(key)), algorithm, SIGNED, bytes(changed)).valid


@pytest.mark.parametrize(
    "signature", [b"", b"s" * 63, b"s" * 65, bytes(64), b"\x01" + bytes(63), bytes(32) + b"\x01" * 32]
)
def test_what_cannot_be_a_signature_is_malformed(signature: bytes) -> None:
    check = verify.check_signature(
        verify.load_key(point(KEYS["secp256r1"])), BY_NAME["ecdsa-plain-SHA256"], SIGNED, signature
    )
    assert (check.valid, check.reason) == (False, "malformed")


@pytest.mark.parametrize("algorithm", [None, BY_NAME["ecsdsa-plain-SHA256"]])
def test_what_cannot_be_computed_is_said(algorithm: Algorithm | None) -> None:
    check = verify.check_signature(verify.load_key(point(KEYS["secp256r1"])), algorithm, SIGNED, bytes(64))
    assert check == SignatureCheck(False, "", "unsupported")


@pytest.mark.parametrize("curve", KEYS)
def test_keys_in_der_are_loaded(curve: str) -> None:
    key = KEYS[curve].public_key()
    encoded = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert verify.load_key(encoded) == verify.load_key(point(KEYS[curve]))


def rsa_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "encoded",
    [b"", b"\x04", b"\x04" + bytes(64), b"\x04" + b"\x11" * 96, b"\x02" + bytes(32), b"\x30\x03abc", rsa_key()],
)
def test_what_is_no_usable_key_is_refused(encoded: bytes) -> None:
    with pytest.raises(verify.KeyUnusableError):
        verify.load_key(encoded)


def test_a_message_of_another_device_is_named() -> None:
    key = verify.load_key(point(KEYS["secp256r1"]))
    encoder = log_message.Encoder(bytes(32), BY_NAME["ecdsa-plain-SHA256"])
    message = log_message.parse(log_message.assemble(encoder.audit(b"", 1, 1), bytes(64)))
    assert verify.check_message(message, key) == SignatureCheck(False, "", "wrong_key")
