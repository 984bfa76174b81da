"""Names and numbers of signature algorithms and curves used by TSEs (BSI TR-03111, TR-03116-5)."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from smartecr.core.records import dataclass

#: 0.4.0.127.0.7.1.1.4 (bsi-de algorithms id-ecc signatures), the content of the OBJECT IDENTIFIER
OID_SIGNATURES = bytes.fromhex("04007f000701 0104")

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "SHA224": hashes.SHA224(),
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
    "SHA3-224": hashes.SHA3_224(),
    "SHA3-256": hashes.SHA3_256(),
    "SHA3-384": hashes.SHA3_384(),
    "SHA3-512": hashes.SHA3_512(),
}


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A signature algorithm: ``name`` as on receipts, ``oid`` content bytes, the hash.

    ``ecdsa`` is false for the Schnorr variants (ecsdsa), which no known device uses and which
    cannot be verified here.
    """

    name: str
    oid: bytes
    hash: hashes.HashAlgorithm
    ecdsa: bool


def _algorithms() -> tuple[Algorithm, ...]:
    arcs = dict(zip(_HASHES, (2, 3, 4, 5, 8, 9, 10, 11), strict=True))
    plain = [
        Algorithm(f"ecdsa-plain-{name}", OID_SIGNATURES + bytes((1, arc)), _HASHES[name], True)
        for name, arc in arcs.items()
    ]
    schnorr = [
        Algorithm(f"ecsdsa-plain-{name}", OID_SIGNATURES + bytes((4, arc)), _HASHES[name], False)
        for arc, name in enumerate(_HASHES, start=1)
    ]
    return (*plain, *schnorr)


ALGORITHMS = _algorithms()
BY_OID = {algorithm.oid: algorithm for algorithm in ALGORITHMS}
BY_NAME = {algorithm.name: algorithm for algorithm in ALGORITHMS}

#: a point's length in bytes -> curves with such points; a point lies on exactly one of them
CURVES_BY_POINT: dict[int, tuple[ec.EllipticCurve, ...]] = {
    57: (ec.SECP224R1(),),
    65: (ec.SECP256R1(), ec.BrainpoolP256R1()),
    97: (ec.SECP384R1(), ec.BrainpoolP384R1()),
    129: (ec.BrainpoolP512R1(),),
    133: (ec.SECP521R1(),),
}


def half_length(curve: ec.EllipticCurve) -> int:
    """Tell the bytes of r (and of s) in a raw signature of this curve."""
    return (curve.key_size + 7) // 8
