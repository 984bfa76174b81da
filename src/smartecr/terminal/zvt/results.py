"""What a status information (``04 0F``) says, as a ``TerminalResult``: numbers, brand, holder check, time, texts."""

from datetime import datetime, timedelta
from typing import Final

from smartecr.terminal.api import TerminalResult
from smartecr.terminal.zvt import charset as charsets
from smartecr.terminal.zvt import tlv
from smartecr.terminal.zvt.bcd import decimal
from smartecr.terminal.zvt.brands import brand_of
from smartecr.terminal.zvt.messages import Message
from smartecr.terminal.zvt.resultcodes import meaning

__all__ = ["abort_result", "card_number", "result_code", "result_of", "text_of"]

_CVM: Final = {
    0x00: "none",
    0x01: "signature",
    0x02: "online_pin",
    0x03: "offline_pin",
    0x04: "offline_pin",
    0x05: "signature",
    0x06: "signature",
    0x07: "signature",
}
_SIGNED: Final = frozenset((0x01, 0x05, 0x06, 0x07))
_TECHNOLOGY: Final = {0x00: "magnet", 0x01: "chip", 0x02: "contactless"}
_CURRENCIES: Final = {978: "EUR", 756: "CHF", 826: "GBP", 840: "USD", 985: "PLN", 203: "CZK", 208: "DKK"}
_OFFLINE: Final = 0x40
#: how far a terminal's clock may be ahead of ours
_AHEAD: Final = timedelta(days=7)


def result_code(message: Message) -> int:
    """Return the result code of a status information; one without BMP 27 reports a card or an old success: 00."""
    value = message.fields.get(0x27)
    return value[0] if value else 0


def result_of(message: Message, now: datetime, charset: str = charsets.AUTO) -> TerminalResult:
    """Read a status information. ``now`` (local) gives the year that the terminal leaves out."""
    fields = message.fields
    code = result_code(message)
    host = fields.get(0xA0)
    cvm = _byte(message.tag(0x2F, 0x1F10) or message.tag(0x1F10))
    technology = _byte(message.tag(0x2F, 0x1F12) or message.tag(0x1F12))
    aid = _aid(message)
    name = charsets.decode(fields.get(0x8B, b"").rstrip(b"\0"), charset).strip()
    text = text_of(message, charset)
    what = meaning(code) if code else None
    return TerminalResult(
        approved=code == 0,
        result_code=f"{code:02X}",
        host_code=str(code) if 0 < code < 0x64 else host.hex().upper() if host else "",
        amount=message.number(0x04),
        tip=_amount(message.tag(0x1F36)),
        cashback=_amount(message.tag(0x1F25)),
        currency=_currency(message.number(0x49)),
        brand=brand_of(aid, _card_type(message), name),
        card_name=name,
        aid=aid,
        card=card_number(fields.get(0x22, b"")),
        cvm=_CVM.get(cvm, "unknown") if cvm is not None else "unknown",
        technology=_TECHNOLOGY.get(technology, "") if technology is not None else "",
        online=_online(message),
        tid=fields.get(0x29, b"").hex().upper(),
        vu_no=charsets.decode(fields.get(0x2A, b"").rstrip(b"\0")).strip(),
        trace=_trace(message),
        original_trace=fields.get(0x37, b"").hex(),
        receipt_no=fields.get(0x87, b"").hex(),
        approval=_approval(fields.get(0x3B, b"")),
        terminal_time=_time(message, now),
        text=text,
        reason=text.replace("\n", " ") or what.reason if what else "",
        next_step=what.next_step if what else "",
        error=what.error.code if what else "",
        signature=cvm in _SIGNED,
        tip_later=bool((_byte(message.tag(0x1F3B)) or 0) & 1),
    )


def abort_result(message: Message, charset: str = charsets.AUTO) -> TerminalResult:
    """Read an abort (``06 1E``), for operations that end without a status information."""
    code = message.head[0] if message.head else 0x6C
    what = meaning(code or 0x6C)
    vendor = message.tag(0x1F17)
    text = charsets.decode(vendor, charset).strip() if vendor else ""
    return TerminalResult(
        approved=False,
        result_code=f"{code or 0x6C:02X}",
        host_code=str(code) if 0 < code < 0x64 else "",
        text=text,
        reason=what.reason,
        next_step=what.next_step,
        error=what.error.code,
    )


def card_number(packed: bytes) -> str:
    """Return a masked card number as text: hidden digits are ``*``."""
    return packed.hex().upper().rstrip("F").replace("E", "*")


def text_of(message: Message, charset: str = charsets.AUTO) -> str:
    """Return the terminal's own words: the lines of tag 24, else BMP 3C; lines are separated by LF."""
    shown = tlv.find(message.fields.tlv, 0x24)
    if shown is not None:
        lines = [charsets.decode(value, charset) for value in tlv.values(shown.children, 0x07)]
    else:
        lines = [charsets.decode(message.fields.get(0x3C, b""), charset)]
    return "\n".join("\n".join(lines).replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip(" \n\0")


def _byte(value: bytes | None) -> int | None:
    return value[0] if value else None


def _amount(packed: bytes | None) -> int:
    return (decimal(packed) if packed else 0) or 0


def _currency(number: int | None) -> str:
    return _CURRENCIES.get(number, str(number)) if number is not None else "EUR"


def _card_type(message: Message) -> int | None:
    found = _byte(message.fields.get(0x8A))
    if found != 0xFF:
        return found
    long = message.tag(0x41)
    return int.from_bytes(long, "big") if long else None


def _aid(message: Message) -> str:
    found = message.tag(0x43) or message.tag(0x60, 0x43) or message.tag(0x62, 0x60, 0x43) or b""
    return found.hex().upper()


def _online(message: Message) -> bool | None:
    told = _byte(message.tag(0x2F, 0x1F11) or message.tag(0x1F11))
    if told is not None:
        return told == 1
    kind = _byte(message.fields.get(0x19))
    return None if kind is None else kind != _OFFLINE


def _trace(message: Message) -> str:
    long = message.tag(0x1F2B)
    return long.hex() if long else message.fields.get(0x0B, b"").hex()


def _approval(value: bytes) -> str:
    return charsets.decode(value.rstrip(b"\0")).strip()


def _time(message: Message, now: datetime) -> str:
    """Return local ISO time. Only month and day are told: the year is the last one that is not in the future."""
    date, clock = message.tag(0x34, 0x1F0E), message.tag(0x34, 0x1F0F)
    if date and clock:
        return _iso(date.hex() + clock.hex())
    told = message.fields.get(0x0D, b"").hex() + message.fields.get(0x0C, b"").hex()
    latest = (now.replace(tzinfo=None) + _AHEAD).isoformat()
    # nine years: a leap day finds its year also around a year that is no leap year
    times = (_iso(f"{year}{told}") for year in range(now.year + 1, now.year - 9, -1))
    return next((time for time in times if time and time <= latest), "")


def _iso(digits: str) -> str:
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").isoformat()  # noqa: DTZ007 - the terminal tells no zone
    except ValueError:
        return ""
