"""Verdicts as lines for people, with an exit code for scripts."""

from datetime import UTC, datetime
from typing import Any

from smartecr.tse import receipt_qr

VALID = 0
NOT_VALID = 1
UNREADABLE = 2


def verify_receipt(text: str) -> tuple[int, list[str]]:
    """Check the text of a receipt's QR code; return the exit code and German lines.

    0 valid, 1 not valid (changed, or nothing that could be a signature), 2 unreadable (no receipt code).
    """
    try:
        verdict = receipt_qr.verify(text)
    except receipt_qr.ReceiptQrError as error:
        return UNREADABLE, [_printable(f"Nicht lesbar: {error}")]
    receipt = verdict.receipt
    lines = [
        verdict.message,
        f"  Kasse:             {_printable(receipt.client_id)}",
        f"  Vorgang:           {_printable(receipt.process_type)}",
        f"  Daten:             {_printable(receipt.process_data)}",
        f"  Transaktion:       {receipt.transaction_number}, Signaturzähler {receipt.signature_counter}",
        f"  Ende:              {_moment(receipt.log_time)}",
        f"  Verfahren:         {_printable(receipt.algorithm_name)}",
    ]
    for title, sentences in (
        ("Bewiesen:", verdict.proven),
        ("Nicht bewiesen:", verdict.not_proven),
        ("Abweichungen von der Vorgabe:", verdict.deviations),
    ):
        if sentences:
            lines.append(title)
            lines.extend(f"  - {sentence}" for sentence in sentences)
    return (VALID if verdict.valid else NOT_VALID), lines


def receipt_json(text: str) -> tuple[int, dict[str, Any]]:
    """Check the text of a receipt's QR code; return the exit code and the same verdict as a plain value."""
    try:
        verdict = receipt_qr.verify(text)
    except receipt_qr.ReceiptQrError as error:
        return UNREADABLE, {"error": str(error)}
    receipt = verdict.receipt
    value = {
        "valid": verdict.valid,
        "code": verdict.code,
        "message": verdict.message,
        "client_id": receipt.client_id,
        "process_type": receipt.process_type,
        "process_data": receipt.process_data,
        "transaction_number": receipt.transaction_number,
        "signature_counter": receipt.signature_counter,
        "log_time": receipt.log_time,
        "algorithm": receipt.algorithm_name,
        "serial": verdict.serial,
        "proven": list(verdict.proven),
        "not_proven": list(verdict.not_proven),
        "deviations": list(verdict.deviations),
    }
    return (VALID if verdict.valid else NOT_VALID), value


def _moment(unix: int) -> str:
    return datetime.fromtimestamp(unix, UTC).strftime("%d.%m.%Y %H:%M:%S UTC")


def _printable(text: str) -> str:
    """Keep control characters of a foreign code away from the terminal."""
    return "".join(char if char.isprintable() else "·" for char in text)
