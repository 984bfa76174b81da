"""Practice: what is rung up is recorded and signed as AVTraining, and counts nowhere (DSFinV-K, BON_TYP).

The register is in one mode at a time. A basket belongs to the mode it was opened in and never changes sides.
"""

from __future__ import annotations

from smartecr.register.errors import RegisterError
from smartecr.register.head import head
from smartecr.register.ledger import writing
from smartecr.register.rights import require
from smartecr.register.sale.baskets import load_open
from smartecr.register.till import Till
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right


def switch(till: Till, actor: Actor, on: bool, approver: Actor | None = None) -> None:
    """Begin or end practising. Raises RegisterError("busy") while something is on the ticket."""
    note = require(actor, approver, Right.TRAINING)
    shown = load_open(till.register_id)
    if shown is not None and any(not line.voided for line in shown.basket.lines):
        raise RegisterError("busy", "Auf dem Schirm liegt noch ein Bon.", "Zuerst bezahlen, parken oder verwerfen.")
    with writing(till, actor) as writer:
        if writer.head.training != on:
            writer.append("training_changed", {"on": on, **note})
    till.publish("status")


def refuse(till: Till) -> None:
    """Raise RegisterError("training") while the register is in practice: real money keeps out of it."""
    if head(till).training:
        raise RegisterError("training", "Die Kasse übt gerade.", "Zuerst den Übungsmodus beenden.")
