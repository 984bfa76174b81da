"""A second opinion on TSE data that shares no code with `smartecr.tse`: asn1crypto, the pure-Python ecdsa, tarfile.

Everything raises AssertionError (or the library's own error) where something does not hold.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from base64 import b64decode
from calendar import timegm
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ecdsa
from asn1crypto import parser, pem, x509

HASHES = {"04007f00070101040103": hashlib.sha256, "04007f00070101040104": hashlib.sha384}
NAMES = {"ecdsa-plain-SHA256": "04007f00070101040103", "ecdsa-plain-SHA384": "04007f00070101040104"}
CURVES = {
    "1.2.840.10045.3.1.7": ecdsa.NIST256p,
    "1.3.132.0.34": ecdsa.NIST384p,
    "1.3.36.3.3.2.8.1.1.7": ecdsa.BRAINPOOLP256r1,
    "1.3.36.3.3.2.8.1.1.11": ecdsa.BRAINPOOLP384r1,
}
KINDS = {1: "transaction", 2: "system", 3: "audit"}


@dataclass(frozen=True)
class Message:
    """A log message as the second reader sees it; `fields` maps context tag number to content."""

    kind: str
    fields: dict[int, bytes]
    serial: bytes
    counter: int
    time: int
    signature: bytes
    signed: bytes
    algorithm: str

    @property
    def number(self) -> int:
        """The transaction number, 0 for others."""
        return int.from_bytes(self.fields[5], "big") if self.kind == "transaction" else 0

    @property
    def operation(self) -> str:
        """The operation as the device spells it; audit logs have none."""
        return self.fields[0].decode() if self.fields else ""


def read(message: bytes) -> Message:
    """Take a message with unixTime apart; only process data may be of indefinite length."""
    _, _, tag, _, content, _ = parser.parse(message, strict=True)
    assert tag == 16
    elements = []
    rest = content
    while rest:
        header_class, _, number, header, value, trailer = parser.parse(rest)
        size = len(header) + len(value) + len(trailer)
        elements.append((header_class, number, value, rest[:size]))
        rest = rest[size:]
    assert elements[0][2] == b"\x02", "version"
    kind = KINDS[elements[1][2][-1]]
    position = 2
    fields = {}
    while elements[position][0] == 2:
        fields[elements[position][1]] = _joined(elements[position][2], elements[position][3][:2])
        position += 1
    serial, algorithm = elements[position][2], elements[position + 1][2][2:]
    position += 3 if kind == "audit" else 2
    counter, time, signature = elements[position : position + 3]
    assert position + 3 == len(elements), "nothing behind the signature"
    return Message(
        kind=kind,
        fields=fields,
        serial=serial,
        counter=int.from_bytes(counter[2], "big", signed=True),
        time=int.from_bytes(time[2], "big", signed=True),
        signature=signature[2],
        signed=content[: -len(signature[3])],
        algorithm=algorithm.hex(),
    )


def _joined(content: bytes, header: bytes) -> bytes:
    """Join process data in pieces (A2 80 …); give anything else back as it is."""
    if header != b"\xa2\x80":
        return content
    joined, rest = b"", content
    while rest:
        _, _, tag, head, piece, tail = parser.parse(rest)
        assert tag == 4
        joined, rest = joined + piece, rest[len(head) + len(piece) + len(tail) :]
    return joined


def key_of(certificate: bytes) -> tuple[bytes, Any]:
    """Return the TSE serial and the verifying key of a certificate (DER)."""
    info = x509.Certificate.load(certificate).public_key
    point = info["public_key"].native
    curve = CURVES[info["algorithm"]["parameters"].chosen.dotted]
    return hashlib.sha256(point).digest(), ecdsa.VerifyingKey.from_string(point, curve=curve)


def verify(message: Message, keys: dict[bytes, Any]) -> None:
    """Check a message's signature with the key of its serial; once, as it comes with every export of its device."""
    digest = HASHES[message.algorithm](message.signed).digest()
    key = keys[message.serial]
    what = (key.to_string(), digest, message.signature)
    if what not in _GOOD:
        assert key.verify_digest(message.signature, digest, sigdecode=ecdsa.util.sigdecode_string)
        _GOOD.add(what)


_GOOD: set[tuple[bytes, bytes, bytes]] = set()


def verify_chain(certificates: list[bytes]) -> None:
    """Check leaf, sub and root: each signed by the next, the last by itself, roles and names in order."""
    parsed = [x509.Certificate.load(certificate) for certificate in certificates]
    for place, certificate in enumerate(parsed):
        issuer = parsed[min(place + 1, len(parsed) - 1)]
        assert certificate.issuer == issuer.subject
        assert certificate.ca == (place > 0)
        usage = set(certificate.key_usage_value.native)
        assert usage == ({"digital_signature"} if place == 0 else {"key_cert_sign", "crl_sign"})
        assert certificate.serial_number > 0
        assert issuer.not_valid_before <= certificate.not_valid_before
        assert certificate.not_valid_after <= issuer.not_valid_after
        _, key = key_of(issuer.dump())
        digest = {"sha256": hashlib.sha256, "sha384": hashlib.sha384}[certificate.hash_algo]
        assert key.verify(
            certificate.signature,
            certificate["tbs_certificate"].dump(),
            hashfunc=digest,
            sigdecode=ecdsa.util.sigdecode_der,
        )


def read_export(archive: bytes) -> tuple[list[tuple[str, Message]], list[bytes]]:
    """Read a TAR; return (name, message) in archive order and the certificates in archive order."""
    messages, certificates = [], []
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            file = tar.extractfile(member)
            assert file is not None
            content = file.read()
            if member.name.endswith(".log"):
                messages.append((member.name, read(content)))
            elif "_X509." in member.name:
                certificates.append(pem.unarmor(content)[2] if pem.detect(content) else content)
    return messages, certificates


def verify_export(archive: bytes) -> list[Message]:
    """Check a whole export of ours: chain, every signature, names, counters without gap; return the messages."""
    named, certificates = read_export(archive)
    verify_chain(certificates)
    keys = dict([key_of(certificates[0])])
    for place, (name, message) in enumerate(named, start=1):
        verify(message, keys)
        assert message.counter == place
        _check_name(name, message)
    return [message for _, message in named]


def check_export(archive: bytes) -> list[Message]:
    """Check an export of any device, whole or filtered: every signature, names, no counter twice.

    Returns the messages in order of their counters.
    """
    named, certificates = read_export(archive)
    keys = dict(key_of(certificate) for certificate in certificates)
    for name, message in named:
        verify(message, keys)
        _check_name(name, message)
    messages = sorted((message for _, message in named), key=lambda message: message.counter)
    assert len({message.counter for message in messages}) == len(messages)
    return messages


def _check_name(name: str, message: Message) -> None:
    assert name.startswith(f"Unixt_{message.time}_Sig-{message.counter}_Log-")
    if message.kind == "transaction":
        step = message.operation.removesuffix("Transaction")
        assert step in ("Start", "Update", "Finish")
        assert name.endswith(f"Log-Tra_No-{message.number}_{step}_Client-{message.fields[1].decode()}.log")
    else:
        assert name.endswith("Log-Aud.log" if message.kind == "audit" else f"Log-Sys_{message.operation}.log")


def _tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(octets)]) + octets + content


def _integer(tag: int, value: int) -> bytes:
    return _tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def verify_receipt(text: str) -> None:
    """Check a receipt code as the specification writes it (definite length, unixTime, raw signature, point)."""
    fields = text.split(";")
    client, process_type, data = fields[1], fields[2], ";".join(fields[3:-8])
    number, counter, _, finish, algorithm, _, signature, key = fields[-8:]
    point = b64decode(key)
    time = timegm(datetime.strptime(finish, "%Y-%m-%dT%H:%M:%S.000Z").timetuple())  # noqa: DTZ007
    oid = bytes.fromhex(NAMES[algorithm])
    signed = (
        bytes.fromhex("020102060904007f000703070101")
        + _tlv(0x80, b"FinishTransaction")
        + _tlv(0x81, client.encode())
        + _tlv(0x82, data.encode())
        + _tlv(0x83, process_type.encode())
        + _integer(0x85, int(number))
        + _tlv(0x04, hashlib.sha256(point).digest())
        + _tlv(0x30, _tlv(0x06, oid))
        + _integer(0x02, int(counter))
        + _integer(0x02, time)
    )
    for curve in CURVES.values():
        try:
            verifying = ecdsa.VerifyingKey.from_string(point, curve=curve)
        except ecdsa.errors.MalformedPointError:
            continue
        digest = HASHES[oid.hex()](signed).digest()
        assert verifying.verify_digest(b64decode(signature), digest, sigdecode=ecdsa.util.sigdecode_string)
        return
    raise AssertionError("the point lies on no known curve")
