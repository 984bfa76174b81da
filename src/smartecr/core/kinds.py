"""The closed lists of DSFinV-K 2.4 (Anhang B to D) that the rules need, in their German key words."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

TURNOVER: Final = "Umsatz"
DEPOSIT: Final = "Pfand"
DEPOSIT_BACK: Final = "PfandRueckzahlung"
DISCOUNT: Final = "Rabatt"

DEPOSIT_KINDS: Final = frozenset({DEPOSIT, DEPOSIT_BACK})

ADVANCE: Final = "Anzahlungseinstellung"
ADVANCE_USED: Final = "Anzahlungsaufloesung"
ON_ACCOUNT: Final = "Forderungsentstehung"
ACCOUNT_PAID: Final = "Forderungsaufloesung"

SETTLING: Final = frozenset({ADVANCE_USED, ON_ACCOUNT})
"""Lines that settle a total as a payment does: nothing is handed over."""

SINGLE_SALE: Final = "EinzweckgutscheinKauf"
SINGLE_REDEEMED: Final = "EinzweckgutscheinEinloesung"
MULTI_SALE: Final = "MehrzweckgutscheinKauf"
MULTI_REDEEMED: Final = "MehrzweckgutscheinEinloesung"

REDEEMED_BY: Final = MappingProxyType({SINGLE_SALE: SINGLE_REDEEMED, MULTI_SALE: MULTI_REDEEMED})
"""How the redemption of a voucher is called, by how its sale is."""

VOUCHER_SALES: Final = frozenset(REDEEMED_BY)
REDEMPTIONS: Final = frozenset(REDEEMED_BY.values())

CASH_KINDS: Final = frozenset(
    {
        "Anfangsbestand",
        "Privatentnahme",
        "Privateinlage",
        "Geldtransit",
        "Lohnzahlung",
        "Einzahlung",
        "Auszahlung",
        "DifferenzSollIst",
    }
)
"""GV_TYP values that only move the cash stock: VAT key 5, paid Bar."""

TIPS: Final = "TrinkgeldAN"
PAID_OUT: Final = "Auszahlung ans Personal"
"""GV_NAME of the staff's tips that are paid out of the drawer."""


def moves_cash(gv_typ: str, gv_name: str) -> bool:
    """Tell whether a line only moves cash and sells nothing."""
    return gv_typ in CASH_KINDS or (gv_name == PAID_OUT and gv_typ == TIPS)


BUSINESS_KINDS: Final = (
    TURNOVER,
    DEPOSIT,
    DEPOSIT_BACK,
    DISCOUNT,
    "Aufschlag",
    "ZuschussEcht",
    "ZuschussUnecht",
    "TrinkgeldAG",
    TIPS,
    SINGLE_SALE,
    SINGLE_REDEEMED,
    MULTI_SALE,
    MULTI_REDEEMED,
    "Forderungsentstehung",
    "Forderungsaufloesung",
    "Anzahlungseinstellung",
    "Anzahlungsaufloesung",
    "Anfangsbestand",
    "Privatentnahme",
    "Privateinlage",
    "Geldtransit",
    "Lohnzahlung",
    "Einzahlung",
    "Auszahlung",
    "DifferenzSollIst",
)
"""GV_TYP, in the order of the specification, which is also the order of a closing's rows."""

RECEIPT: Final = "Beleg"
ORDER: Final = "AVBestellung"
TRAINING: Final = "AVTraining"
ABORT: Final = "AVBelegabbruch"
INVOICE: Final = "AVRechnung"
STAFF_MEAL: Final = "AVSachbezug"

RECEIPT_TYPES: Final = frozenset(
    {
        RECEIPT,
        INVOICE,
        "AVTransfer",
        "AVBestellung",
        "AVTraining",
        "AVBelegstorno",
        "AVBelegabbruch",
        "AVSachbezug",
        "AVSonstige",
    }
)
"""BON_TYP. Only ``Beleg`` flows into the closing; the AV types carry no real payment."""

CASH: Final = "Bar"
NO_PAYMENT: Final = "Keine"

PAYMENT_KINDS: Final = frozenset(
    {CASH, "Unbar", NO_PAYMENT, "ECKarte", "Kreditkarte", "ElZahlungsdienstleister", "Guthabenkarte"}
)
"""ZAHLART_TYP."""

JOINED: Final = "Zusammengelegt"
"""How the reason of an AVBelegabbruch begins whose lines went to another bill: nothing was given up there."""
