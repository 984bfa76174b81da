"""Another TSE is plugged in: a person says that it is meant."""

from __future__ import annotations

from smartecr.register.errors import RegisterError
from smartecr.register.rights import require
from smartecr.register.signing import tselife
from smartecr.register.till import Till
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right


def adopt_tse(till: Till, actor: Actor, serial: str, approver: Actor | None = None) -> None:
    """Sign with the TSE `serial` that answers instead of the one in service, from now on.

    Raises RegisterError("gone") when another or none is plugged in by now.
    """
    note = require(actor, approver, Right.DEVICES)
    if not serial or till.tse.foreign != serial:
        raise RegisterError("gone", "Diese TSE ist nicht mehr da.", "Die Karte ansehen und neu öffnen.")
    tselife.append(till, actor, "adopted", serial, **note)
    till.tse.adopt()
