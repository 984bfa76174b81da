"""Looking after the card terminal from the till: how it is, diagnosis, initialisation, its last receipt again."""

from __future__ import annotations

from typing import Any

from smartecr.register.cashless import cardbatches
from smartecr.register.cashless.carddesk import card_desk
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.rights import require
from smartecr.register.till import Till
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right
from smartecr.terminal.api import Capability, DeviceStatus, Maintenance, ReceiptBlock
from smartecr.terminal.errors import TerminalError

ACTIONS = {
    "diagnose": Maintenance.DIAGNOSE,
    "initialise": Maintenance.INITIALISE,
    "register": Maintenance.REGISTER,
    "time": Maintenance.SET_TIME,
    "update": Maintenance.UPDATE,
}


def status(till: Till) -> DeviceStatus:
    """Ask the terminal how it is. Raises RegisterError("terminal") when it does not answer."""
    try:
        return card_desk(till).service.status().result()
    except TerminalError as error:
        raise RegisterError("terminal", error.message, error.next_step) from error


def maintain(till: Till, actor: Actor, action: str, approver: Actor | None = None) -> None:
    """Have the terminal do what `ACTIONS` names. Raises RegisterError: "terminal", "action", and for the right."""
    note = require(actor, approver, Right.DEVICES)
    if action not in ACTIONS:
        raise RegisterError("action", "Das kann man dem Terminal hier nicht auftragen.")
    desk = card_desk(till)
    with writing(till, actor) as writer:
        writer.append("terminal_maintained", {"terminal": desk.terminal_id, "action": action, **note})
    try:
        desk.service.maintain(ACTIONS[action]).result()
    except TerminalError as error:
        raise RegisterError("terminal", error.message, error.next_step) from error
    till.publish("status")


def totals(till: Till) -> dict[str, Any]:
    """Return the terminal's open batch beside our books, as `cardbatches.compare`. Raises RegisterError("terminal")."""
    desk = card_desk(till)
    if Capability.TOTALS not in desk.capabilities:
        raise RegisterError("terminal", "Dieses Terminal zählt keine Zwischensummen.")
    try:
        batch = desk.service.totals().result()
    except TerminalError as error:
        raise RegisterError("terminal", error.message, error.next_step) from error
    return cardbatches.compare(desk.terminal_id, cardbatches.began(desk.terminal_id), batch)


def last_receipt(till: Till) -> tuple[ReceiptBlock, ...]:
    """Return the last receipts as the terminal prints them again. Raises RegisterError("terminal")."""
    desk = card_desk(till)
    if Capability.REPEAT_RECEIPT not in desk.capabilities:
        raise RegisterError("terminal", "Dieses Terminal wiederholt keine Belege.")
    try:
        return desk.service.repeat_receipts().result()
    except TerminalError as error:
        raise RegisterError("terminal", error.message, error.next_step) from error
