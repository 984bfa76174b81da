"""The certificates of a virtual TSE's chain. Only making one needs them; what is loaded is read as bytes."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_ORGANISATION = "smartECR TEST - kein gueltiger Beleg"


def expiry(certificate: bytes) -> int:
    """Return until when a certificate (DER) is valid, in unix seconds. Raises ValueError when it is none."""
    return int(x509.load_der_x509_certificate(certificate).not_valid_after_utc.timestamp())


def name(common_name: str) -> x509.Name:
    """Return the distinguished name of one of the chain."""
    return x509.Name(
        (
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        )
    )


def issue(
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
