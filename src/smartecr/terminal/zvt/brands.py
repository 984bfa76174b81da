"""Which scheme a card belongs to: by application id, then card type, then name, since terminals mix the latter two."""

from typing import Final

__all__ = ["brand_of"]

_BY_AID: Final = (
    ("A000000359101002", "girocard"),
    ("A0000000031010", "Visa"),
    ("A0000000032010", "Visa Electron"),
    ("A0000000032020", "V PAY"),
    ("A0000000041010", "Mastercard"),
    ("A0000000043060", "Maestro"),
    ("A000000025", "American Express"),
    ("A000000065", "JCB"),
    ("A000000152", "Diners/Discover"),
    ("A000000333", "UnionPay"),
)

_BY_TYPE: Final = {
    2: "girocard",
    5: "girocard",
    6: "Mastercard",
    7: "EAPS",
    8: "American Express",
    9: "Lastschrift",
    10: "Visa",
    11: "Visa Electron",
    12: "Diners/Discover",
    13: "V PAY",
    14: "JCB",
    30: "GeldKarte",
    46: "Maestro",
    79: "Yapital",
    87: "Bancontact",
    89: "PAYBACK PAY",
    97: "Alipay",
    107: "Alipay",
    111: "Instant Payment",
    198: "UnionPay",
    232: "Diners/Discover",
    256: "MIFARE",
    260: "BlueCode",
}

_BY_NAME: Final = (
    ("girocard", "girocard"),
    ("electronic cash", "girocard"),
    ("maestro", "Maestro"),
    ("mastercard", "Mastercard"),
    ("v pay", "V PAY"),
    ("vpay", "V PAY"),
    ("visa electron", "Visa Electron"),
    ("visa", "Visa"),
    ("american express", "American Express"),
    ("amex", "American Express"),
    ("diners", "Diners/Discover"),
    ("discover", "Diners/Discover"),
    ("jcb", "JCB"),
    ("unionpay", "UnionPay"),
)


def brand_of(aid: str, card_type: int | None, name: str) -> str:
    """Return the brand; ``aid`` in hex, ``card_type`` the protocol's number. Empty when nothing tells it."""
    aid = aid.upper()
    for prefix, brand in _BY_AID:
        if aid.startswith(prefix):
            return brand
    if card_type in _BY_TYPE:
        return _BY_TYPE[card_type]
    lowered = name.lower()
    return next((brand for word, brand in _BY_NAME if word in lowered), name)
