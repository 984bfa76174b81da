"""Roles and rights: who may do what, and who may approve it."""

from __future__ import annotations

import pytest

from smartecr.staff.rights import Right, allows, roles_with


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("cashier", {"close_day"}),
        (
            "manager",
            {"price_override", "discount", "refund", "cash_move", "drawer_open", "x_report", "close_day"}
            | {"sell_sold_out", "catalog", "devices", "training", "customers", "vouchers", "times"},
        ),
        ("owner", {right.value for right in Right}),
        ("guest", set()),
        ("", set()),
    ],
)
def test_each_role_has_exactly_its_rights(role: str, allowed: set[str]) -> None:
    assert {right.value for right in Right if allows(role, right)} == allowed


def test_a_right_is_known_by_its_name() -> None:
    assert allows("manager", "refund")
    assert roles_with("staff") == ("owner",)
    assert roles_with(Right.CLOSE_DAY) == ("cashier", "manager", "owner")
    with pytest.raises(ValueError, match="fly"):
        allows("owner", "fly")
