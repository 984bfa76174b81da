"""Which role may do what. What a role may not do, a manager or owner can approve on the spot with a PIN."""

from __future__ import annotations

from enum import StrEnum


class Right(StrEnum):
    """Something not everybody at the till may do."""

    PRICE_OVERRIDE = "price_override"
    DISCOUNT = "discount"
    REFUND = "refund"
    CASH_MOVE = "cash_move"
    DRAWER_OPEN = "drawer_open"
    X_REPORT = "x_report"
    CLOSE_DAY = "close_day"
    SELL_SOLD_OUT = "sell_sold_out"
    CATALOG = "catalog"
    TRAINING = "training"
    DEVICES = "devices"
    STAFF = "staff"
    VOUCHERS = "vouchers"
    CUSTOMERS = "customers"
    TIMES = "times"


_RIGHTS: dict[str, frozenset[Right]] = {
    "cashier": frozenset({Right.CLOSE_DAY}),
    "manager": frozenset(set(Right) - {Right.STAFF}),
    "owner": frozenset(Right),
}
MACHINE = "machine"
"""The role of a programme that acts by a token; what of it counts, the token's scopes say."""
_OF_MACHINES = frozenset({Right.CATALOG, Right.CUSTOMERS})


def allows(role: str, right: Right | str) -> bool:
    """Return whether `role` includes `right`. An unknown role includes nothing; an unknown right raises ValueError."""
    return Right(right) in (_OF_MACHINES if role == MACHINE else _RIGHTS.get(role, frozenset()))


def roles_with(right: Right | str) -> tuple[str, ...]:
    """Return the roles that include `right`, weakest first. An unknown right raises ValueError."""
    return tuple(role for role in _RIGHTS if allows(role, right))
