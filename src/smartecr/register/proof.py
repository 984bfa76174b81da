"""What a signed receipt proves: its QR text rebuilt from the rows, and whether the TSE's signature holds for it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from smartecr.fiscal.process_data import process_type
from smartecr.tse import receipt_qr


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


def holds(client_id: str, receipt: Mapping[str, Any], signature: Mapping[str, Any], tse: Mapping[str, Any]) -> bool:
    """Tell whether the signature was made over exactly these data by the key whose hash is the TSE's serial number."""
    try:
        verdict = receipt_qr.verify(code(client_id, receipt, signature, tse))
    except ValueError:
        return False
    return verdict.valid and not verdict.deviations and verdict.serial == tse["serial"] == signature["tse_serial"]
