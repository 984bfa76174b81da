"""The guided change of the TSE at the end of its life. Every step is a fact (`tselife`), so a cut loses none.

1. `begin`      the device in service will be replaced
2. `export`     everything it stored, checked: before anything that cannot be undone
3. `retire`     it signs nothing for this register from here on; it is deregistered, and exported once more with that
4. the new one  is plugged in and put into operation (`commissioning`) or taken over (`adopting`)
5. `end`        the change was reported to the tax office (§ 146a (4) AO)

Until 3 the shop sells as always; between 3 and 4 receipts carry the notice of an outage. `cancel` leads back.
"""

from __future__ import annotations

from concurrent.futures import TimeoutError as TooLateError
from datetime import date
from enum import StrEnum
from typing import Any

from smartecr.core.records import dataclass
from smartecr.register.books import notice
from smartecr.register.errors import RegisterError
from smartecr.register.rights import require
from smartecr.register.signing import proving, securing, tselife
from smartecr.register.signing.proving import Proof
from smartecr.register.signing.tselife import Care
from smartecr.register.till import ZONE, Till, moment
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right
from smartecr.tse.api import Capability, Tse
from smartecr.tse.credentials import Role, Secret
from smartecr.tse.errors import TseClientUnknown, TseForeign, TseTimeout, TseTransportError

_LONG = 150.0


class Stage(StrEnum):
    """Which step is next."""

    EXPORT = "export"
    RETIRE = "retire"
    FINAL = "final"
    REPLACE = "replace"
    REPORT = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """A change under way. `exported` and `final` are details of the exports before and after deregistering, or None.

    `deregistered` is the detail of that step; `skipped` in it says why the device itself was not asked. `retired_on`
    is the local day from which it signs no more.
    """

    stage: Stage
    old: str
    began_at: str
    exported: dict[str, Any] | None
    deregistered: dict[str, Any] | None
    final: dict[str, Any] | None
    retired_on: date | None
    new: str


def standing(till: Till) -> Swap | None:
    """Return the change under way, None without one."""
    began = retired_at = None
    done: dict[str, dict[str, Any]] = {}
    for event in tselife.events(till):
        if event.kind == "swap_began":
            began, done = event, {}
        elif event.kind in ("swap_ended", "swap_cancelled"):
            began = None
        else:
            done["final" if event.kind == "exported" and "deregistered" in done else event.kind] = event.detail
            retired_at = event.at if event.kind == "retired" else retired_at
    if began is None:
        return None
    in_service = tselife.in_service(till.register_id)
    new = in_service if "retired" in done and in_service != began.serial else ""
    return Swap(
        stage=_stage(done, new),
        old=began.serial,
        began_at=began.at,
        exported=done.get("exported"),
        deregistered=done.get("deregistered"),
        final=done.get("final"),
        retired_on=moment(retired_at).astimezone(ZONE).date() if retired_at else None,
        new=new,
    )


def _stage(done: dict[str, dict[str, Any]], new: str) -> Stage:
    if new:
        return Stage.REPORT
    if "exported" not in done:
        return Stage.EXPORT
    if "deregistered" not in done:
        return Stage.RETIRE
    return Stage.REPLACE if "final" in done else Stage.FINAL


def begin(till: Till, actor: Actor) -> None:
    """Begin to replace the TSE in service; nothing changes yet."""
    require(actor, None, Right.DEVICES)
    serial = tselife.in_service(till.register_id)
    if not serial:
        raise RegisterError("no_tse", "Noch hat keine TSE für diese Kasse signiert.", "Zuerst eine in Betrieb nehmen.")
    if standing(till) is None:
        tselife.append(till, actor, "swap_began", serial)


def export(till: Till, actor: Actor) -> Proof:
    """Have all that the old device stored exported and checked. `take` ends the step when that is done."""
    require(actor, None, Right.DEVICES)
    swap = _at(till, Stage.EXPORT, Stage.FINAL)
    care = _care(till)
    with care.lock:
        if care.proof is not None and not care.proof.over:
            raise RegisterError("busy", "Es wird gerade ein Export geprüft.", "Warten, bis er fertig ist.")
        _same(till, swap.old)
        care.proof = proving.export(till, care.exports, purpose=f"swap-{swap.stage}")
        return care.proof


def take(till: Till, actor: Actor) -> None:
    """Write down the export that was made for the present step, once it is checked; else nothing happens."""
    require(actor, None, Right.DEVICES)
    swap, care = standing(till), _care(till)
    with care.lock:
        proof = care.proof
        if swap is None or proof is None or proof.phase != "done" or proof.purpose != f"swap-{swap.stage}":
            return
        _note_export(till, actor, swap.old, proof)
        proof.purpose = ""


def _note_export(till: Till, actor: Actor, serial: str, proof: Proof) -> None:
    assert proof.receipt is not None
    assert proof.report is not None
    assert proof.archive is not None
    if serial not in {device.serial.hex() for device in proof.report.devices}:
        raise RegisterError("foreign", "Das ist der Export einer anderen TSE.", "Die alte TSE einstecken.")
    receipt = proof.receipt
    tselife.append(
        till,
        actor,
        "exported",
        serial,
        file=proof.archive.name,
        size=receipt.size,
        sha256=receipt.sha256,
        messages=receipt.messages,
        errors=proof.report.total("error"),
    )


def retire(till: Till, actor: Actor, admin_pin: str = "") -> None:
    """Sign no more with the old device and deregister this register at it; the PIN only where it is not kept.

    Raises TseError when the device refuses (the step can be repeated, or skipped by `skip`).
    """
    require(actor, None, Right.DEVICES)
    swap = _at(till, Stage.RETIRE)
    _nothing_open(till)
    _same(till, swap.old)
    _retire(till, actor, swap.old)
    pin = Secret("".join(admin_pin.split())) if admin_pin.strip() else _care(till).pin_of(Role.ADMIN)

    def work(device: Tse) -> str:
        _expect(device, swap.old)
        if Capability.DEREGISTER not in device.capabilities:
            return "not_supported"
        if pin is not None:
            device.authenticate_user(Role.ADMIN, pin)
        try:
            device.deregister_client(till.serial)
        except TseClientUnknown:
            return ""
        finally:
            device.log_out(Role.ADMIN)
        return ""

    skipped = _asked(till, work)
    tselife.append(till, actor, "deregistered", swap.old, **({"skipped": skipped} if skipped else {}))


def skip(till: Till, actor: Actor) -> None:
    """Go on without the old device, which answers no more: the step it cannot do any more is left out, and noted."""
    require(actor, None, Right.DEVICES)
    swap = _at(till, Stage.EXPORT, Stage.RETIRE, Stage.FINAL)
    if swap.stage is Stage.RETIRE:
        _nothing_open(till)
        _retire(till, actor, swap.old)
        tselife.append(till, actor, "deregistered", swap.old, skipped="no_answer")
    else:
        tselife.append(till, actor, "exported", swap.old, skipped="no_answer")


def cancel(till: Till, actor: Actor) -> None:
    """Stay with the old device: it is registered again by itself when it was deregistered."""
    require(actor, None, Right.DEVICES)
    swap = _at(till, Stage.EXPORT, Stage.RETIRE, Stage.FINAL, Stage.REPLACE)
    tselife.append(till, actor, "swap_cancelled", swap.old)
    till.tse.retire(swap.old, retired=False)


def end(till: Till, actor: Actor, day: str) -> None:
    """Close the change: the tax office was told on `day` ("2026-11-23"). Raises RegisterError("day")."""
    require(actor, None, Right.DEVICES)
    swap = _at(till, Stage.REPORT)
    notice.sent(till, actor, till.new_id(), day, right=Right.DEVICES)
    tselife.append(till, actor, "swap_ended", swap.new)


def _retire(till: Till, actor: Actor, serial: str) -> None:
    """Intent first: a cut behind it leaves a device that signs nothing, not one that is registered again by itself."""
    securing.tidy(till)
    if serial not in tselife.retired(till.register_id):
        tselife.append(till, actor, "retired", serial)
    till.tse.retire(serial)


def _nothing_open(till: Till) -> None:
    rows = fetch(
        "SELECT id FROM register_basket b WHERE register_id = %s AND (tse_number > 0 OR state = 'ending' "
        "OR EXISTS (SELECT 1 FROM register_basket_line l WHERE l.basket_id = b.id))",
        [till.register_id],
    )
    if rows:
        raise RegisterError(
            "open", "Es gibt noch angefangene Bons.", "An der Kasse bezahlen, abbrechen oder die geparkten auflösen."
        )


def _same(till: Till, serial: str) -> None:
    """See that the old device is the one plugged in. Raises TseError."""
    try:
        _asked(till, lambda device: _expect(device, serial))
    except TseTransportError:  # the device known so far was pulled: perhaps the right one is there
        _asked(till, lambda device: _expect(device, serial))


def _expect(device: Tse, serial: str) -> None:
    if (found := device.info().serial) != serial:
        raise TseForeign(f"{found} instead of {serial}")


def _asked(till: Till, work: Any) -> Any:
    try:
        return till.tse.operate(work).result(_LONG)
    except TooLateError:
        raise TseTimeout("operation") from None


def _care(till: Till) -> Care:
    if till.care is None:
        raise RegisterError("tse_demo", "Hier gibt es keine TSE, die gewechselt werden kann.")
    return till.care


def _at(till: Till, *stages: Stage) -> Swap:
    swap = standing(till)
    if swap is None or swap.stage not in stages:
        raise RegisterError("moved", "Der Wechsel ist inzwischen weiter.", "Die Seite neu laden und dort weitermachen.")
    return swap
