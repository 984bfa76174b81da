"""Two registers at one TSE: each ends what it left open, and leaves the other's alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smartecr.register.signing import securing
from smartecr.tse.api import Role
from smartecr.tse.virtual import pin_of

if TYPE_CHECKING:
    from smartecr.register.till import Till
    from smartecr.tse.api import Tse

OTHER = "SECR-OTHER"


@pytest.mark.django_db
def test_only_the_own_strangers_are_ended(till: Till) -> None:
    def leave_open(tse: Tse) -> None:
        tse.authenticate_user(Role.ADMIN, pin_of(Role.ADMIN))
        tse.register_client(OTHER)
        tse.log_out(Role.ADMIN)
        for client_id in (till.serial, OTHER, till.serial):
            tse.start_transaction(client_id)

    till.tse.operate(leave_open).result(10)
    assert securing.tidy(till) == 2
    assert till.tse.open_transactions().result(10) == [2]
    found = till.tse.find(1).result(10)
    assert found.process_data.startswith(b"AVBelegabbruch^")
    assert securing.tidy(till) == 0
