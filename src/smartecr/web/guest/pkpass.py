"""A customer card for Apple Wallet: a .pkpass file, signed with the shop's own certificate.

Wallets take only passes signed by a certificate that Apple issued to the shop (Pass Type ID); there is no way around
that, and without one the card lives on its page. With one, everything happens here: no service is asked. So the pass
cannot change by itself on the phone either, and shows the card's number, never a balance.

`data/wallet/pass.pem` holds in one file the certificate, its private key and Apple's intermediate certificate (WWDR),
as `openssl pkcs12 -nodes` writes them. Who the pass is by stands in the certificate: its UID is the pass type, its
OU the team.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from smartecr.core import oswords
from smartecr.core.records import dataclass
from smartecr.web.guest import appicon

MEDIA = "application/vnd.apple.pkpass"
ICONS = {"icon.png": 29, "icon@2x.png": 58, "icon@3x.png": 87}

_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)
_STAMP = (1980, 1, 1, 0, 0, 0)


class PassError(Exception):
    """The certificate cannot be used; the message is German and says why."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: the certificate with its key, the others of its chain."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...]

    @property
    def pass_type(self) -> str:
        """Return the pass type the certificate is for ("pass.de.morgenrot.karte")."""
        return _named(self.certificate, NameOID.USER_ID)

    @property
    def team(self) -> str:
        """Return whom Apple issued it to."""
        return _named(self.certificate, NameOID.ORGANIZATIONAL_UNIT_NAME)

    def holds(self, now: datetime) -> bool:
        """Tell whether the certificate is in force."""
        return self.certificate.not_valid_before_utc <= now <= self.certificate.not_valid_after_utc


def load(path: Path) -> Signer | None:
    """Return who signs by the file at `path`, None without one. Raises PassError."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PassError(f"{path.name} ist nicht lesbar ({oswords.reason(error)}).") from error
    found = _KEY.search(data)
    try:
        certificates = x509.load_pem_x509_certificates(data)
        key = serialization.load_pem_private_key(found[0] if found else b"", None)
    except (ValueError, TypeError) as error:
        raise PassError(f"{path.name} enthält kein Zertifikat oder keinen offenen Schlüssel.") from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise PassError(f"{path.name} enthält keinen Schlüssel, den ein Wallet kennt.")
    own = [one for one in certificates if one.public_key() == key.public_key()]
    if not own or not _named(own[0], NameOID.USER_ID) or not _named(own[0], NameOID.ORGANIZATIONAL_UNIT_NAME):
        raise PassError(f"{path.name} enthält kein Zertifikat für Pässe (Pass Type ID).")
    return Signer(own[0], key, tuple(one for one in certificates if one is not own[0]))


def _named(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def build(signer: Signer, card: Mapping[str, Any]) -> bytes:
    """Return a pass. `card` are the fields of pass.json beside those that the signer gives."""
    described = {"formatVersion": 1, "passTypeIdentifier": signer.pass_type, "teamIdentifier": signer.team, **card}
    files = {"pass.json": json.dumps(described, ensure_ascii=False, indent=1).encode()}
    files |= {name: appicon.png(size) for name, size in ICONS.items()}
    manifest = json.dumps({name: hashlib.sha1(data).hexdigest() for name, data in files.items()}).encode()  # noqa: S324
    builder = pkcs7.PKCS7SignatureBuilder().set_data(manifest)
    builder = builder.add_signer(signer.certificate, signer.key, hashes.SHA256())
    for certificate in signer.chain:
        builder = builder.add_certificate(certificate)
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    files |= {"manifest.json": manifest, "signature": builder.sign(serialization.Encoding.DER, options)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), data)
    return packed.getvalue()
