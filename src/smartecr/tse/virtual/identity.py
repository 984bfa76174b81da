"""Key and certificate chain of a virtual TSE: made once, kept in one file of its folder.

The chain root → sub → leaf says TEST in every name. The keys of root and sub are thrown away after
signing, so no second device can be made under the same root.
"""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from smartecr.core.records import dataclass
from smartecr.tse.algorithms import BY_NAME, Algorithm, half_length
from smartecr.tse.errors import TseDamaged, TseInvalidParameter

CURVES: dict[str, tuple[ec.EllipticCurve, Algorithm]] = {
    "secp256r1": (ec.SECP256R1(), BY_NAME["ecdsa-plain-SHA256"]),
    "brainpoolP256r1": (ec.BrainpoolP256R1(), BY_NAME["ecdsa-plain-SHA256"]),
    "secp384r1": (ec.SECP384R1(), BY_NAME["ecdsa-plain-SHA384"]),
    "brainpoolP384r1": (ec.BrainpoolP384R1(), BY_NAME["ecdsa-plain-SHA384"]),
}

_LEAF_YEARS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The loaded key with everything derived from it.

    ``point`` is the uncompressed public key, ``serial`` its SHA-256, ``certificates`` DER leaf first,
    ``expires`` the leaf's end in unix seconds, ``half`` the bytes of one signature half.
    """

    key: ec.EllipticCurvePrivateKey
    algorithm: Algorithm
    point: bytes
    serial: bytes
    certificates: tuple[bytes, ...]
    expires: int
    half: int


def create(curve_name: str, now: float) -> bytes:
    """Make key and chain valid from a day before ``now`` (unix seconds UTC); return the file's content.

    Raises TseInvalidParameter for a curve that is not offered.
    """
    if curve_name not in CURVES:
        raise TseInvalidParameter(f"curve {curve_name!r}, offered are {', '.join(CURVES)}")
    from smartecr.tse.virtual import certificates  # made once in a device's life

    curve = CURVES[curve_name][0]
    begin = datetime.fromtimestamp(int(now), UTC) - timedelta(days=1)
    root, sub, leaf = (ec.generate_private_key(curve) for _ in range(3))
    root_name = certificates.name("smartECR TEST TSE Root CA")
    sub_name = certificates.name("smartECR TEST TSE Sub CA")
    leaf_name = certificates.name(sha256(_point(leaf.public_key())).hexdigest())
    chain = (
        certificates.issue(leaf_name, leaf.public_key(), sub_name, sub, begin, _LEAF_YEARS, None),
        certificates.issue(sub_name, sub.public_key(), root_name, root, begin, _LEAF_YEARS + 2, 0),
        certificates.issue(root_name, root.public_key(), root_name, root, begin, _LEAF_YEARS + 4, 1),
    )
    content = {
        "about": "Virtual TSE for tests and training. The key signs nothing of legal value.",
        "curve": curve_name,
        "number": f"{leaf.private_numbers().private_value:x}",
        "certificates": [b64encode(certificate).decode() for certificate in chain],
        "expires": certificates.expiry(chain[0]),
    }
    return json.dumps(content, indent=1).encode()


def load(content: bytes) -> Identity:
    """Load what ``create`` made. Raises TseDamaged when it is not that."""
    try:
        stored = json.loads(content)
        curve, algorithm = CURVES[stored["curve"]]
        key = _key(stored, curve)
        certificates = tuple(b64decode(text) for text in stored["certificates"])
        expires = int(stored["expires"]) if "expires" in stored else _expiry(certificates[0])
        leaf = certificates[0]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise TseDamaged(f"identity file: {error}") from None
    point = _point(key.public_key())
    if point not in leaf:
        raise TseDamaged("identity file: key and certificate do not belong together")
    return Identity(
        key=key,
        algorithm=algorithm,
        point=point,
        serial=sha256(point).digest(),
        certificates=certificates,
        expires=expires,
        half=half_length(curve),
    )


def _expiry(certificate: bytes) -> int:
    """Return it for an identity that was made before it was kept in its file."""
    from smartecr.tse.virtual import certificates

    return certificates.expiry(certificate)


def _key(stored: dict[str, Any], curve: ec.EllipticCurve) -> ec.EllipticCurvePrivateKey:
    """Return the private key, which is its number: loading every format of keys there is would delay every start."""
    if "number" in stored:
        return ec.derive_private_key(int(stored["number"], 16), curve)
    from cryptography.hazmat.primitives import serialization  # identities were made with PKCS #8 once

    key = serialization.load_der_private_key(b64decode(stored["key"]), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("no key of a curve")
    return key


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    numbers, half = key.public_numbers(), half_length(key.curve)
    return b"\x04" + numbers.x.to_bytes(half, "big") + numbers.y.to_bytes(half, "big")
