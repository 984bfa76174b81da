"""Questions of the terminal that people answer on our screens: menus (``04 0E``) and inputs (``04 0D``)."""

from typing import Final

from smartecr.terminal.api import Menu, PaymentIO
from smartecr.terminal.zvt import bmp, tlv
from smartecr.terminal.zvt import charset as charsets
from smartecr.terminal.zvt.apdu import build, refusal
from smartecr.terminal.zvt.messages import Message

__all__ = ["answer"]

_NOBODY: Final = refusal(0x6C)
_MENU: Final = 0x040E
_CUSTOMER: Final = 2
_LONGEST: Final = 200


def answer(message: Message, io: PaymentIO, charset: str) -> bytes:
    """Have a person answer and return what the terminal gets; nobody answered: time-out or abort key."""
    menu = message.command == _MENU
    question = _menu(message, charset) if menu else _input(message, charset)
    said = io.ask(question)
    if said is None:
        return _NOBODY
    if not menu:
        typed = charsets.encode(said[:_LONGEST], charset)
        return build(0x8000, bmp.write((), [tlv.node(0x32, [tlv.node(0x1F3A, typed)])]))
    values = _values(message)
    if not said.isdecimal() or int(said) >= len(values):
        return _NOBODY
    return build(0x8000, bmp.write((), [tlv.node(0x19, values[int(said)])]))


def _menu(message: Message, charset: str) -> Menu:
    items = [tlv.value(found.children, 0x07) or b"" for found in _items(message)]
    target = message.tag(0x2B, 0x18) or b"\0"
    titles = {b"\x02": "Anwendung wählen", b"\x03": "Sprache wählen"}
    return Menu(
        title=titles.get(message.tag(0x2B, 0x17) or b"", "Bitte wählen"),
        items=tuple(charsets.decode(item, charset) for item in items),
        for_customer=target[0] == _CUSTOMER,
    )


def _input(message: Message, charset: str) -> Menu:
    prompt = tlv.find(message.fields.tlv, 0x32, 0x24)
    lines = [charsets.decode(line, charset) for line in tlv.values(prompt.children, 0x07)] if prompt else []
    mode = message.tag(0x32, 0x1F38) or b"\0"
    return Menu(title=" ".join(lines) or "Bitte eingeben", digits=mode[0] != 0)


def _items(message: Message) -> list[tlv.Node]:
    menu = tlv.find(message.fields.tlv, 0x2B)
    return [found for found in menu.children if found.tag == 0x2C] if menu else []


def _values(message: Message) -> list[bytes]:
    return [tlv.value(found.children, 0x19) or b"" for found in _items(message)]
