"""Verdicts as lines for people, with an exit code for scripts."""

from datetime import UTC, datetime

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
        return UNREADABLE, [f"Nicht lesbar: {error}"]
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


def _moment(unix: int) -> str:
    return datetime.fromtimestamp(unix, UTC).strftime("%d.%m.%Y %H:%M:%S UTC")


def _printable(text: str) -> str:
    """Keep control characters of a foreign code away from the terminal."""
    return "".join(char if char.isprintable() else "·" for char in text)
