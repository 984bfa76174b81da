"""The customer card kept on a phone: home screen, picture, and a signed pass where the shop has a certificate."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zxingcpp
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from PIL import Image

from smartecr.register.regulars import guests
from smartecr.register.till import Till
from smartecr.server.cmdline import doctor
from support.shop import CASHIER, Clock

if TYPE_CHECKING:
    from django.test import Client

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


@pytest.fixture
def card(till: Till, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> guests.Guest:
    """A customer's card; the shop's data lie in a folder of the test's own."""
    from smartecr.server import wiring

    monkeypatch.setattr(wiring, "till", lambda: till)
    settings.DATA = tmp_path
    return guests.save(till, CASHIER, till.new_id(), {"name": "Anna Müller"})


def address(guest: guests.Guest, what: str = "") -> str:
    """Return the address of a card."""
    return f"/g/k/{guest.code.removeprefix('KD:')}/{what}"


def signed(name: x509.Name, key: rsa.RSAPrivateKey, issuer: x509.Name, by: rsa.RSAPrivateKey) -> x509.Certificate:
    """Return a certificate."""
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=365))
        .sign(by, hashes.SHA256())
    )


def certificate(folder: Path, pass_type: str = "pass.de.morgenrot.karte") -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """Lay a certificate as Apple issues them into the shop's folder, with its key and the one above."""
    keys = [rsa.generate_private_key(65537, 2048) for _ in range(2)]
    above = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "WWDR of a test")])
    parts = [x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "TEAM123456")]
    if pass_type:
        parts.append(x509.NameAttribute(x509.NameOID.USER_ID, pass_type))
    leaf = signed(x509.Name(parts), keys[1], above, keys[0])
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "wallet").mkdir()
    (folder / "wallet/pass.pem").write_bytes(
        signed(above, keys[0], above, keys[0]).public_bytes(pem)
        + leaf.public_bytes(pem)
        + keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    )
    return leaf, keys[1]


def test_the_card_goes_to_the_home_screen(card: guests.Guest, client: Client) -> None:
    page = client.get(address(card)).content.decode()
    assert f'<link rel="manifest" href="{address(card, "card.webmanifest")}">' in page
    assert "card.pkpass" not in page
    manifest = json.loads(client.get(address(card, "card.webmanifest")).content)
    assert (manifest["start_url"], manifest["display"]) == (address(card), "standalone")
    assert manifest["name"] == "Kundenkarte Morgenrot"
    for one in manifest["icons"]:
        picture = Image.open(io.BytesIO(client.get(one["src"]).content))
        assert one["sizes"] == f"{picture.width}x{picture.height}"
    assert client.get("/g/icon-99999.png").status_code == 404


def test_the_saved_picture_is_the_code(card: guests.Guest, client: Client) -> None:
    answer = client.get(address(card, "code.png"))
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.content)).convert("L"))
    assert found.text == card.code
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_pass_is_signed_by_the_shops_certificate(card: guests.Guest, client: Client, tmp_path: Path) -> None:
    leaf, key = certificate(tmp_path)
    assert "card.pkpass" in client.get(address(card)).content.decode()
    answer = client.get(address(card, "card.pkpass"))
    assert answer.headers["Content-Type"] == "application/vnd.apple.pkpass"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files["manifest.json"])
    assert set(files) == {*manifest, "manifest.json", "signature"}
    for name, digest in manifest.items():
        assert hashlib.sha1(files[name]).hexdigest() == digest
    described = json.loads(files["pass.json"])
    assert (described["passTypeIdentifier"], described["teamIdentifier"]) == ("pass.de.morgenrot.karte", "TEAM123456")
    assert described["barcodes"][0]["message"] == card.code
    assert "Anna" not in files["pass.json"].decode()
    _holds(files["signature"], files["manifest.json"], leaf, key)


def _holds(signature: bytes, manifest: bytes, leaf: x509.Certificate, key: rsa.RSAPrivateKey) -> None:
    """Check a detached PKCS#7 signature (RFC 5652) without the library that made it."""
    info = cms.ContentInfo.load(signature)["content"]
    assert info["encap_content_info"]["content"].native is None, "detached"
    serials = {one.chosen.serial_number for one in info["certificates"]}
    assert leaf.serial_number in serials
    assert len(serials) == 2, "and the one above"
    signer = info["signer_infos"][0]
    attributes = {one["type"].native: one["values"][0] for one in signer["signed_attrs"]}
    assert attributes["message_digest"].native == hashlib.sha256(manifest).digest()
    assert "signing_time" in attributes
    said = signer["signed_attrs"].untag().dump()
    key.public_key().verify(signer["signature"].native, said, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("wrong", ["empty", "other", "expired"])
def test_a_certificate_that_cannot_sign_offers_no_pass(
    wrong: str, card: guests.Guest, client: Client, tmp_path: Path, clock: Clock
) -> None:
    if wrong == "empty":
        (tmp_path / "wallet").mkdir()
        (tmp_path / "wallet/pass.pem").write_text("nothing")
    else:
        certificate(tmp_path, "" if wrong == "other" else "pass.de.x")
    if wrong == "expired":
        clock.forward(days=400)
    assert "card.pkpass" not in client.get(address(card)).content.decode()
    assert client.get(address(card, "card.pkpass")).status_code == 404
    assert doctor.passes(tmp_path, clock.now).level is doctor.Level.HINT


def test_the_doctor_says_that_a_certificate_holds(tmp_path: Path) -> None:
    certificate(tmp_path)
    assert (found := doctor.passes(tmp_path, NOW)).level is doctor.Level.OK
    assert "pass.de.morgenrot.karte" in found.what
    assert doctor.passes(tmp_path, NOW + dt.timedelta(days=340)).level is doctor.Level.HINT


@pytest.mark.parametrize("what", ["", "card.webmanifest", "code.png", "card.pkpass"])
def test_an_old_card_opens_nothing(what: str, card: guests.Guest, client: Client, till: Till) -> None:
    guests.new_card(till, CASHIER, card.id)
    assert client.get(address(card, what)).status_code == 404
