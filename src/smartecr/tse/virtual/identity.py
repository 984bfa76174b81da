"""Key and certificate chain of a virtual TSE: made once, kept in one file of its folder.

The chain root → sub → leaf says TEST in every name. The keys of root and sub are thrown away after
signing, so no second device can be made under the same root.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smartecr.tse.algorithms import BY_NAME, Algorithm, half_length
from smartecr.tse.errors import TseDamaged, TseInvalidParameter

CURVES: dict[str, tuple[ec.EllipticCurve, Algorithm]] = {
    "secp256r1": (ec.SECP256R1(), BY_NAME["ecdsa-plain-SHA256"]),
    "brainpoolP256r1": (ec.BrainpoolP256R1(), BY_NAME["ecdsa-plain-SHA256"]),
    "secp384r1": (ec.SECP384R1(), BY_NAME["ecdsa-plain-SHA384"]),
    "brainpoolP384r1": (ec.BrainpoolP384R1(), BY_NAME["ecdsa-plain-SHA384"]),
}

_ORGANISATION = "smartECR TEST - kein gueltiger Beleg"
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
    curve = CURVES[curve_name][0]
    begin = datetime.fromtimestamp(int(now), UTC) - timedelta(days=1)
    root, sub, leaf = (ec.generate_private_key(curve) for _ in range(3))
    root_name = _name("smartECR TEST TSE Root CA")
    sub_name = _name("smartECR TEST TSE Sub CA")
    leaf_name = _name(sha256(_point(leaf.public_key())).hexdigest())
    chain = (
        _certificate(leaf_name, leaf.public_key(), sub_name, sub, begin, _LEAF_YEARS, None),
        _certificate(sub_name, sub.public_key(), root_name, root, begin, _LEAF_YEARS + 2, 0),
        _certificate(root_name, root.public_key(), root_name, root, begin, _LEAF_YEARS + 4, 1),
    )
    private = leaf.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    content = {
        "about": "Virtual TSE for tests and training. The key signs nothing of legal value.",
        "curve": curve_name,
        "key": b64encode(private).decode(),
        "certificates": [b64encode(certificate).decode() for certificate in chain],
    }
    return json.dumps(content, indent=1).encode()


def load(content: bytes) -> Identity:
    """Load what ``create`` made. Raises TseDamaged when it is not that."""
    try:
        stored = json.loads(content)
        curve, algorithm = CURVES[stored["curve"]]
        key = serialization.load_der_private_key(b64decode(stored["key"]), None)
        certificates = tuple(b64decode(text) for text in stored["certificates"])
        leaf = x509.load_der_x509_certificate(certificates[0])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise TseDamaged(f"identity file: {error}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or leaf.public_key() != key.public_key():
        raise TseDamaged("identity file: key and certificate do not belong together")
    point = _point(key.public_key())
    return Identity(
        key=key,
        algorithm=algorithm,
        point=point,
        serial=sha256(point).digest(),
        certificates=certificates,
        expires=int(leaf.not_valid_after_utc.timestamp()),
        half=half_length(curve),
    )


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        (
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        )
    )


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    begin: datetime,
    years: int,
    path_length: int | None,
) -> bytes:
    """Issue one certificate; ``path_length`` None makes an end entity (the device itself)."""
    authority = path_length is not None
    usage = x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=path_length), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    digest = hashes.SHA256() if issuer_key.curve.key_size <= 256 else hashes.SHA384()
    return builder.sign(issuer_key, digest).public_bytes(serialization.Encoding.DER)
