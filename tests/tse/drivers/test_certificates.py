"""Certificates as devices hand them out: any order, any form, strangers among them."""

from __future__ import annotations

import itertools

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from smartecr.tse.drivers import certificates
from smartecr.tse.virtual import identity

OURS, THEIRS = (identity.load(identity.create("secp256r1", 1_795_454_560)) for _ in range(2))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_chain_is_ordered_from_its_leaf(order: tuple[int, ...]) -> None:
    files = [b"no certificate", *THEIRS.certificates[:1], *(OURS.certificates[at] for at in order)]
    assert certificates.chain(files, OURS.serial.hex()) == OURS.certificates


def test_several_in_one_file_and_none_that_fits() -> None:
    loaded = [x509.load_der_x509_certificate(data) for data in reversed(OURS.certificates)]
    bundle = b"\n".join(certificate.public_bytes(Encoding.PEM) for certificate in loaded)
    assert certificates.chain([bundle], OURS.serial.hex()) == OURS.certificates
    assert certificates.chain([bundle], THEIRS.serial.hex()) == ()
    assert certificates.is_test(OURS.certificates)
    assert not certificates.is_test(())
