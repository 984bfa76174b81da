"""What a signed receipt proves: its QR text rebuilt from the rows, and whether the TSE's signature holds for it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from smartecr.fiscal.process_data import process_type
from smartecr.tse import log_message, receipt_qr, verify
from smartecr.tse.algorithms import ALGORITHMS, Algorithm


def code(client_id: str, receipt: Mapping[str, Any], signature: Mapping[str, Any], tse: Mapping[str, Any]) -> str:
    """Return the QR text (DSFinV-K Anhang I) from the rows of a receipt, its signature and the TSE."""
    return receipt_qr.qr_text(
        client_id=client_id,
        process_type=process_type(receipt["type"]),
        process_data=receipt["process_data"],
        transaction_number=signature["tse_number"],
        signature_counter=signature["tse_counter"],
        start_time=signature["tse_start"],
        log_time=signature["tse_end"],
        algorithm=tse["algorithm"],
        time_format=tse["time_format"],
        signature=base64.b64decode(signature["signature"]),
        public_key=base64.b64decode(tse["public_key"]),
    )


def _plain(client_id: str, receipt: Mapping[str, Any], signature: Mapping[str, Any], tse: Mapping[str, Any]) -> bool:
    """Tell whether a signature holds in the usual spelling; what does not is looked at again in every other one."""
    signer = _signer(tse["public_key"], tse["algorithm"], tse["time_format"])
    if signer is None:
        return False
    key, serial, algorithm, encoder = signer
    if not serial == tse["serial"] == signature["tse_serial"]:
        return False
    try:
        raw = binascii.a2b_base64(signature["signature"], strict_mode=True)
        signed = encoder.transaction(
            log_message.FINISH,
            client_id,
            receipt["process_data"].encode(),
            process_type(receipt["type"]),
            signature["tse_number"],
            signature["tse_counter"],
            signature["tse_end"],
        )
    except (ValueError, OverflowError):
        return False
    return verify.check_signature(key, algorithm, signed, raw).valid


@lru_cache(maxsize=64)
def _signer(
    public_key: str, name: str, time_format: str
) -> tuple[verify.PublicKey, str, Algorithm, log_message.Encoder] | None:
    """Return what checks the signatures of a TSE, None for one that only the slow way understands."""
    algorithm = next((one for one in ALGORITHMS if one.ecdsa and one.name == name), None)
    if algorithm is None:
        return None
    try:
        key = verify.load_key(base64.b64decode(public_key))
        return key, key.serial.hex(), algorithm, log_message.Encoder(key.serial, algorithm, time_format)
    except (ValueError, KeyError):
        return None


def holds(client_id: str, receipt: Mapping[str, Any], signature: Mapping[str, Any], tse: Mapping[str, Any]) -> bool:
    """Tell whether the signature was made over exactly these data by the key whose hash is the TSE's serial number."""
    if _plain(client_id, receipt, signature, tse):
        return True
    try:
        verdict = receipt_qr.verify(code(client_id, receipt, signature, tse))
    except ValueError:
        return False
    return verdict.valid and not verdict.deviations and verdict.serial == tse["serial"] == signature["tse_serial"]
