"""The certificates of an export: keys by serial number, and what each chain proves.

No root is assumed to be known: that an archive's own root signed everything proves nothing about who the root is.
"""

import re
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec

from smartecr.core.records import dataclass
from smartecr.tse import verify
from smartecr.tse.checking.findings import Findings, Place
from smartecr.tse.verify import PublicKey

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_NAMED = re.compile(r"([0-9A-Fa-f]{64})_X509(?:_Fc-\d+)?\.\w+")
#: certificates looked at in all archives together
MOST = 1000
_LONGEST_CHAIN = 10
_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with an EC key, and where it lay. ``named`` is the serial number its file name claims."""

    x509: x509.Certificate
    key: PublicKey
    place: Place
    named: bytes

    @property
    def begin(self) -> int:
        """First second of its validity, unix UTC."""
        return int(self.x509.not_valid_before_utc.timestamp())

    @property
    def end(self) -> int:
        """Last second of its validity, unix UTC."""
        return int(self.x509.not_valid_after_utc.timestamp())


class Certificates:
    """All certificates of an export by the serial number that follows from their key."""

    def __init__(self) -> None:
        self.by_serial: dict[bytes, Certificate] = {}
        self._count = 0

    def add(self, data: bytes, place: Place, findings: Findings) -> bool:
        """Take the certificates of a member (DER or PEM, one or several); False when it holds none."""
        blocks = _PEM.findall(data)[:MOST]
        if not blocks and not (data[:1] == b"\x30" and _NAMED.fullmatch(place.name)):
            return False
        for block in blocks or [data]:
            self._count += 1
            if self._count > MOST or not self._load(block, place):
                findings.add("certificate_unreadable", place, "Das Zertifikat ist nicht lesbar und blieb ungenutzt.")
        return True

    def _load(self, data: bytes, place: Place) -> bool:
        try:
            if data.startswith(b"-----"):
                certificate = x509.load_pem_x509_certificate(data)
            else:
                certificate = x509.load_der_x509_certificate(data)
            key = certificate.public_key()
            if not isinstance(key, ec.EllipticCurvePublicKey):
                return False
            public = verify.of_key(key)
            match = _NAMED.fullmatch(place.name)
            claimed = bytes.fromhex(match[1]) if match else public.serial
            found = Certificate(certificate, public, place, claimed)
            assert found.begin <= found.end
        except (ValueError, TypeError, AssertionError, OverflowError, UnsupportedAlgorithm):
            return False
        self.by_serial.setdefault(public.serial, found)
        return True

    def judge(self, used: dict[bytes, int], findings: Findings) -> None:
        """Check names and chains. ``used`` are the serial numbers messages carry, with how many of them."""
        for serial, certificate in self.by_serial.items():
            if certificate.named != serial:
                devices = serial in used or certificate.named in used
                code = "certificate_name" if devices else "authority_name"
                findings.add(code, certificate.place, "Der Dateiname des Zertifikats passt nicht zu seinem Schlüssel.")
        for serial, count in used.items():
            leaf = self.by_serial.get(serial)
            if leaf is None:
                text = f"Zur TSE {serial.hex()} fehlt das Zertifikat: {count} Nachrichten sind nicht prüfbar."
                findings.add("certificate_missing", Place(), text)
            else:
                self._judge_leaf(leaf, findings)
                self._judge_chain(leaf, findings)

    def _judge_leaf(self, leaf: Certificate, findings: Findings) -> None:
        usage = _extension(leaf.x509, x509.KeyUsage)
        if usage is not None and not usage.digital_signature:
            text = "Das Zertifikat der TSE ist nicht zum Signieren bestimmt (keyUsage)."
            findings.add("certificate_usage", leaf.place, text)

    def _judge_chain(self, leaf: Certificate, findings: Findings) -> None:
        current = leaf
        for _ in range(_LONGEST_CHAIN):
            if current.x509.issuer == current.x509.subject:
                if not _issued(current, current):
                    findings.add("chain_broken", current.place, "Die Wurzel ist nicht mit ihrem Schlüssel signiert.")
                    return
                what = "Das Zertifikat der TSE ist" if current is leaf else "Die Wurzel der Kette ist"
                text = f"{what} selbst ausgestellt; wem sie gehört, sagt der Export nicht: {_name(current)}."
                findings.add("root_unknown", current.place, text)
                return
            named = [one for one in self.by_serial.values() if one.x509.subject == current.x509.issuer]
            if not named:
                text = f"Das Zertifikat des Ausstellers fehlt im Export: {_issuer_name(current)}."
                findings.add("chain_incomplete", current.place, text)
                return
            issuer = next((one for one in named if _issued(current, one)), None)
            if issuer is None:
                text = "Das Zertifikat ist nicht mit dem Schlüssel seines Ausstellers signiert."
                findings.add("chain_broken", current.place, text)
                return
            _judge_authority(current, issuer, findings)
            current = issuer
        findings.add("chain_incomplete", leaf.place, "Die Kette der Zertifikate findet kein Ende.")


def _judge_authority(issued: Certificate, issuer: Certificate, findings: Findings) -> None:
    basic = _extension(issuer.x509, x509.BasicConstraints)
    usage = _extension(issuer.x509, x509.KeyUsage)
    if basic is not None and not basic.ca:
        findings.add("chain_authority", issuer.place, "Der Aussteller ist keine Zertifizierungsstelle.")
    elif basic is None or (usage is not None and not usage.key_cert_sign):
        text = "Das Zertifikat des Ausstellers erlaubt nicht ausdrücklich, Zertifikate auszustellen."
        findings.add("certificate_usage", issuer.place, text)
    if not issuer.begin <= issued.begin <= issued.end <= issuer.end:
        text = "Das Zertifikat gilt länger als das seines Ausstellers."
        findings.add("chain_validity", issued.place, text)


def _issued(issued: Certificate, issuer: Certificate) -> bool:
    try:
        issued.x509.verify_directly_issued_by(issuer.x509)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError, UnsupportedAlgorithm):
        return None


def _name(certificate: Certificate) -> str:
    return certificate.x509.subject.rfc4514_string()[:200]


def _issuer_name(certificate: Certificate) -> str:
    return certificate.x509.issuer.rfc4514_string()[:200]
