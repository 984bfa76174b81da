"""The commands the register sends (PA00P015, chapter ECR to PT): exactly as specified, nothing more than needed.

Passwords are six decimal digits, amounts cents, receipt and trace numbers decimal text as the terminal told them.
"""

from datetime import datetime
from typing import Final

from smartecr.terminal.zvt import bmp
from smartecr.terminal.zvt.apdu import build
from smartecr.terminal.zvt.bcd import number
from smartecr.terminal.zvt.errors import ZvtFormatError
from smartecr.terminal.zvt.tlv import Node, node

__all__ = [
    "ABORT",
    "EURO",
    "LARGEST",
    "LOG_OFF",
    "OPEN_RESERVATIONS",
    "SIGNLESS",
    "authorisation",
    "book_total",
    "diagnosis",
    "end_of_day",
    "initialisation",
    "partial_reversal",
    "refund",
    "registration",
    "repeat_receipt",
    "reservation",
    "reservation_reversal",
    "reversal",
    "set_date_time",
    "software_update",
    "status_enquiry",
    "tip",
    "turnover_totals",
]

EURO: Final = 978
#: largest amount six packed bytes hold, in cents
LARGEST: Final = 999_999_999_999
#: the terminal decides how the card is checked, no e-purse (BMP 19)
SIGNLESS: Final = 0x40

LOG_OFF: Final = build(0x0602)
ABORT: Final = build(0x06B0)
OPEN_RESERVATIONS: Final = build(0x0623, b"\x87\xff\xff")

_EURO: Final = b"\x49\x09\x78"
_PAY: Final = b"\x06\x01\x0c\x04"
_SERVICE_BYTE: Final = 0x03
_STATUS_WITHOUT_PRINT: Final = 0x03


def registration(
    password: str, config: int, *, service: int | None = None, container: tuple[Node, ...] | None = ()
) -> bytes:
    """``06 00``: what the terminal may send and who prints; ``container`` None leaves TLV out altogether."""
    data = _password(password) + bytes((config,)) + number(EURO, 2)
    return build(0x0600, data + bmp.write(_service(service), container))


def authorisation(amount: int, payment_type: int = SIGNLESS, *, tip: int = 0) -> bytes:
    """``06 01``: a payment. ``amount`` includes ``tip``. Raises ZvtFormatError outside 0.01 to 9,999,999,999.99 EUR."""
    if not 0 < amount <= LARGEST:
        raise ZvtFormatError("no amount a card can be charged with")
    if tip:
        return build(0x0601, _amount(amount) + _EURO + bytes((0x19, payment_type)) + _tip(tip))
    return b"%b%b\x49\x09\x78\x19%c" % (_PAY, bytes.fromhex("%012d" % amount), payment_type)  # noqa: UP031 - twice as fast


def reversal(password: str, receipt_no: str, amount: int, *, payment_type: int = SIGNLESS) -> bytes:
    """``06 30``: take a payment of the open batch back, whole."""
    data = _password(password) + _receipt(receipt_no) + _amount(amount) + _EURO + bytes((0x19, payment_type))
    return build(0x0630, data)


def refund(password: str, amount: int, *, payment_type: int = SIGNLESS) -> bytes:
    """``06 31``: pay out to a card."""
    return build(0x0631, _password(password) + _amount(amount) + _EURO + bytes((0x19, payment_type)))


def tip(receipt_no: str, amount: int) -> bytes:
    """``06 0C``: book a tip (``amount`` is the tip alone) onto a payment made before."""
    return build(0x060C, _amount(amount) + _receipt(receipt_no) + _EURO)


def reservation(amount: int, payment_type: int = SIGNLESS) -> bytes:
    """``06 22``: reserve an amount."""
    return build(0x0622, _amount(amount) + _EURO + bytes((0x19, payment_type)))


def book_total(receipt_no: str, used: int, *, trace: str = "", approval: str = "") -> bytes:
    """``06 24``: book what was used of a reservation."""
    fields = [(0x87, _digits(receipt_no, 2)), (0x04, number(used, 6)), (0x49, number(EURO, 2))]
    if trace:
        fields.append((0x0B, _digits(trace, 3)))
    if approval:
        fields.append((0x3B, approval.encode("ascii", "replace")[:8].ljust(8, b"\0")))
    return build(0x0624, bmp.write(fields))


def partial_reversal(receipt_no: str, unused: int) -> bytes:
    """``06 23``: give back what was not used of a reservation and book the rest."""
    return build(
        0x0623, bmp.write([(0x87, _digits(receipt_no, 2)), (0x04, number(unused, 6)), (0x49, number(EURO, 2))])
    )


def reservation_reversal(receipt_no: str) -> bytes:
    """``06 25``: give a reservation up."""
    return build(0x0625, _receipt(receipt_no) + _EURO)


def end_of_day(password: str) -> bytes:
    """``06 50``: close the batch."""
    return build(0x0650, _password(password))


def turnover_totals(password: str) -> bytes:
    """``06 10``: sums of the open batch."""
    return build(0x0610, _password(password))


def repeat_receipt(password: str, *, printed: bool = False) -> bytes:
    """``06 20``: the last transaction again, as status information; ``printed`` sends its receipts too."""
    service = 0x01 if printed else _STATUS_WITHOUT_PRINT
    return build(0x0620, _password(password) + bytes((_SERVICE_BYTE, service)))


def status_enquiry(password: str) -> bytes:
    """``05 01``: how the terminal is, with all it says about itself in the container."""
    return build(0x0501, _password(password) + bytes((_SERVICE_BYTE, 0x04)))


def diagnosis(kind: int = 2) -> bytes:
    """``06 70``: diagnosis; 1 line, 2 extended, 3 configuration, 4 EMV (tag 1B)."""
    return build(0x0670, bmp.write((), [node(0x1B, bytes((kind,)))]))


def initialisation(password: str) -> bytes:
    """``06 93``: initialise the terminal with its host."""
    return build(0x0693, _password(password))


def software_update() -> bytes:
    """``08 10``: have the terminal load new data."""
    return build(0x0810)


def set_date_time(password: str, now: datetime) -> bytes:
    """``06 91``: set the terminal's clock, local time."""
    date, clock = bytes.fromhex(now.strftime("%y%m%d")), bytes.fromhex(now.strftime("%H%M%S"))
    return build(0x0691, _password(password) + bmp.write([(0xAA, date), (0x0C, clock)]))


def _password(password: str) -> bytes:
    if len(password) != 6 or not password.isascii() or not password.isdigit():
        raise ZvtFormatError("a terminal's password is six digits")
    return bytes.fromhex(password)


def _amount(cents: int) -> bytes:
    if not 0 < cents <= LARGEST:
        raise ZvtFormatError("no amount a card can be charged with")
    return b"\x04" + number(cents, 6)


def _receipt(receipt_no: str) -> bytes:
    return b"\x87" + _digits(receipt_no, 2)


def _digits(text: str, width: int) -> bytes:
    if not text.isascii() or not text.isdigit():
        raise ZvtFormatError("a receipt or trace number is digits")
    return number(int(text), width)


def _tip(cents: int) -> bytes:
    return bmp.write((), [node(0x1F36, number(cents, 6))])


def _service(service: int | None) -> list[tuple[int, bytes]]:
    return [] if service is None else [(_SERVICE_BYTE, bytes((service,)))]
