"""A new TSE is put into operation, step by step, by a person who may; nothing of it happens by itself.

Order of things, so that a cut at any point loses neither the device nor its secrets:

1. `begin`     PINs and PUKs are made in memory (or typed, where the maker gave them); the device is not touched
2. `confirm`   the person proves that they are on paper: from here on they are shown no more
3. `commission` the PINs go to where the register keeps them, the fact goes into the books, then the device gets them
4. `sign`      the first signature, of an empty receipt that the books know (AVBelegabbruch)

A cut before 3: new secrets are made, the old slip is void. A cut within 3: `resume` goes on with the PINs kept and the
PUKs from the slip, never with others, for a wrong PUK costs a try. A device that a dealer has initialised already is
taken with its PINs by `register`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as TooLateError
from dataclasses import replace
from enum import StrEnum
from threading import Event

from smartecr.core.kinds import ABORT
from smartecr.core.receipt import ReceiptContent
from smartecr.core.records import dataclass
from smartecr.register import queries
from smartecr.register.errors import RegisterError
from smartecr.register.queries import ReceiptState
from smartecr.register.rights import require
from smartecr.register.signing import securing, tselife
from smartecr.register.signing.tselife import Care, Pending
from smartecr.register.till import Till
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right
from smartecr.tse.api import Capability, CredentialRules, Lifecycle, NewCredentials, Tse, TseError, TseInfo
from smartecr.tse.credentials import Role, Secret
from smartecr.tse.errors import TseAlreadyInitialized, TseTimeout, TseTransportError

#: digits of each secret that are typed again from the slip
PART = 3
#: seconds: a look at the device, and all of its commissioning
_LOOK, _LONG = 20.0, 150.0
_LONGEST = 64


class Step(StrEnum):
    """What comes next: `ABSENT` plug it in, `BEGIN`, `SHOW` the secrets, `GO`, `RESUME` after a cut, `REGISTER` with a
    dealer's PINs, `ADOPT` another device in operation, `SIGN` for the first time, `DONE`, `OVER` for good."""

    ABSENT = "absent"
    BEGIN = "begin"
    SHOW = "show"
    GO = "go"
    RESUME = "resume"
    REGISTER = "register"
    ADOPT = "adopt"
    SIGN = "sign"
    DONE = "done"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The device as it answers now. `error` says why it does not; then the rest is empty."""

    step: Step
    kind: str = ""
    info: TseInfo | None = None
    rules: CredentialRules | None = None
    can: Capability | None = None
    error: TseError | None = None


def look(till: Till) -> View:
    """Ask the device what comes next. Nothing is changed; no PIN is tried."""

    def ask(device: Tse) -> View:
        rules, can = device.credential_rules, device.capabilities
        return View(step=Step.DONE, kind=device.kind, info=device.info(), rules=rules, can=can)

    seen = _asked(till, ask)
    if isinstance(seen.error, TseTransportError):  # the device known so far was pulled: perhaps another one is there
        seen = _asked(till, ask)
    return seen if seen.error else replace(seen, step=_next(till, seen))


def _asked(till: Till, ask: Callable[[Tse], View]) -> View:
    try:
        return till.tse.operate(ask).result(_LOOK)
    except TseError as error:
        return View(step=Step.ABSENT, error=error)
    except TooLateError:
        return View(step=Step.ABSENT, error=TseTimeout("look"))


def _next(till: Till, seen: View) -> Step:
    info = seen.info
    assert info is not None
    if info.state is Lifecycle.UNINITIALIZED:
        return _next_of_new(till, info)
    if info.state is Lifecycle.DECOMMISSIONED or info.serial in tselife.retired(till.register_id):
        return Step.OVER
    if _interrupted(till):
        return Step.GO
    if info.clients is not None and till.serial not in info.clients:
        return Step.REGISTER
    in_service = tselife.in_service(till.register_id)
    if in_service != info.serial:
        return Step.ADOPT if in_service else Step.GO
    return Step.DONE if _has_signed(info.serial) else Step.SIGN


def _has_signed(serial: str) -> bool:
    """Whether a receipt was signed by the device: the first one notes it."""
    return bool(fetch("SELECT serial FROM register_tse WHERE serial = %s", [serial]))


def _next_of_new(till: Till, info: TseInfo) -> Step:
    pending = care(till).pending
    if pending is not None and pending.serial == info.serial:
        return Step.GO if pending.confirmed else Step.SHOW
    return Step.RESUME if _interrupted(till) else Step.BEGIN


def _interrupted(till: Till) -> bool:
    """Whether a commissioning went as far as the device and no further."""
    kinds = [event.kind for event in tselife.events(till) if event.kind.startswith("commission")]
    return kinds[-1:] == ["commissioning_began"]


def care(till: Till) -> Care:
    """Return what looking after the TSE needs. Raises RegisterError where it cannot be looked after."""
    if till.care is None or till.care.keep_pins is None:
        raise RegisterError(
            "tse_demo", "Diese TSE ist zum Üben da und immer schon in Betrieb.", "Für eine echte: SMARTECR_TSE setzen."
        )
    return till.care


def begin(till: Till, actor: Actor, given: Mapping[str, str]) -> Pending:
    """Make the secrets of the device that is plugged in; `given` are those of its maker, by name."""
    require(actor, None, Right.DEVICES)
    holder, seen = care(till), look(till)
    if seen.step not in (Step.BEGIN, Step.SHOW) or seen.rules is None or seen.info is None:
        raise _moved_on()
    made = NewCredentials.generate(seen.rules, lambda below: int.from_bytes(till.random_bytes(8)) % below)
    typed = {name: _typed(given.get(name, "")) for name in seen.rules.given}
    if seen.rules.given_pins and not seen.rules.time_admin:
        typed |= {"time_admin_pin": typed["admin_pin"]}
    with holder.lock:
        holder.pending = Pending(seen.info.serial, replace(made, **typed), confirmed=not slip(seen.rules))
        return holder.pending


def confirm(till: Till, actor: Actor, rules: CredentialRules, parts: Mapping[str, str]) -> None:
    """Take the last digits of each secret as proof that they are on paper."""
    require(actor, None, Right.DEVICES)
    pending = _pending(till)
    for name in slip(rules):
        secret: Secret = getattr(pending.credentials, name)
        if parts.get(name, "").strip() != secret.reveal().decode()[-PART:]:
            raise RegisterError(
                "slip", "Das stimmt nicht mit dem Zettel überein.", "Noch einmal ansehen und genau vergleichen."
            )
    pending.confirmed = True


def slip(rules: CredentialRules) -> list[str]:
    """Return the names of the secrets that were made here, in the order of the slip."""
    return [name for name in rules.used if name not in rules.given]


def resume(till: Till, actor: Actor, puks: Mapping[str, str]) -> None:
    """Go on after a cut with the PINs kept and the PUKs from the slip. Raises RegisterError("pins") without PINs."""
    require(actor, None, Right.DEVICES)
    holder, seen = care(till), look(till)
    if seen.step is not Step.RESUME or seen.rules is None or seen.info is None:
        raise _moved_on()
    admin, time = holder.pin_of(Role.ADMIN), holder.pin_of(Role.TIME_ADMIN)
    if admin is None:
        raise RegisterError(
            "pins",
            "Die PINs dieser TSE sind nicht mehr da.",
            "Auf dem Zettel nachsehen und in tse-secrets.json eintragen.",
        )
    typed = {name: _typed(puks.get(name, "")) for name in seen.rules.used if name.endswith("puk")}
    nothing = Secret("")
    holder.pending = Pending(
        seen.info.serial,
        NewCredentials(
            admin_pin=admin,
            time_admin_pin=time or admin,
            admin_puk=typed.get("admin_puk", nothing),
            time_admin_puk=typed.get("time_admin_puk", nothing),
        ),
        confirmed=True,
    )


def start_over(till: Till, actor: Actor) -> None:
    """Forget the commissioning that was cut off: a person says that another new device is plugged in."""
    require(actor, None, Right.DEVICES)
    if _interrupted(till):
        tselife.append(till, actor, "commissioning_dropped", "")
    care(till).pending = None


def commission(till: Till, actor: Actor) -> TseInfo:
    """Put the device into operation with the secrets that were confirmed, or bring to its end what was cut off.

    May be repeated after any error. Raises TseError; RegisterError("moved") when something else comes next.
    """
    require(actor, None, Right.DEVICES)
    with care(till).lock:
        seen = look(till)
        if seen.step is not Step.GO or seen.info is None:
            raise seen.error or _moved_on()
        if seen.info.state is Lifecycle.UNINITIALIZED:
            _initialize(till, actor, seen)
        return _take(till, actor)


def _initialize(till: Till, actor: Actor, seen: View) -> None:
    holder, pending = care(till), _pending(till)
    assert holder.keep_pins is not None
    made = pending.credentials
    holder.keep_pins({Role.ADMIN: made.admin_pin, Role.TIME_ADMIN: made.time_admin_pin})
    if not _interrupted(till):
        tselife.append(till, actor, "commissioning_began", pending.serial, device=seen.kind)
    try:
        till.tse.operate(lambda device: device.initialize(made, till.serial)).result(_LONG)
    except TseAlreadyInitialized:
        return
    except TooLateError:
        raise TseTimeout("initialize") from None


def _take(till: Till, actor: Actor) -> TseInfo:
    """Have the service take the device: time, self test and client follow by themselves; then write it down."""
    till.tse.adopt()
    seen = look(till)
    info = seen.info
    if info is None or info.state is not Lifecycle.INITIALIZED:
        raise seen.error or _moved_on()
    told = {"certification_id": info.certification_id, "description": info.description}
    tselife.append(till, actor, "commissioned", info.serial, device=seen.kind, **told)
    care(till).pending = None
    _settle(till)
    return info


def _settle(till: Till) -> None:
    """Give the service the time to set the clock, test the device and register this register."""
    settled = Event()
    stop = till.tse.subscribe(lambda state: settled.set() if state.level != "bad" else None)
    try:
        till.tse.retry()
        if till.tse.state.level == "bad":
            settled.wait(_LOOK)
    finally:
        stop()


def register(till: Till, actor: Actor, pins: Mapping[str, str]) -> None:
    """Register this register at a device in operation, with the PINs of whoever put it there (`admin_pin`, …).

    Each PIN is tried once; the ones that fit are kept. Raises TseError (tells the tries left).
    """
    require(actor, None, Right.DEVICES)
    holder, seen = care(till), look(till)
    if seen.step is not Step.REGISTER or seen.rules is None or seen.info is None:
        raise _moved_on()
    admin = _typed(pins.get("admin_pin", ""))
    typed = {Role.ADMIN: admin}
    if seen.rules.time_admin:
        typed[Role.TIME_ADMIN] = _typed(pins.get("time_admin_pin", ""))

    def work(device: Tse) -> None:
        for role, pin in typed.items():
            device.authenticate_user(role, pin)
            device.log_out(role)

    try:
        till.tse.operate(work).result(_LONG)
    except TooLateError:
        raise TseTimeout("register") from None
    assert holder.keep_pins is not None
    holder.keep_pins(typed)
    _take(till, actor)


def unblock(till: Till, actor: Actor, role: Role, puk: str, pin: str) -> None:
    """Set a new PIN by the PUK that a person typed, once; it is kept. Raises TseError (tells the tries left)."""
    require(actor, None, Right.DEVICES)
    holder, secret, new = care(till), _typed(puk), _typed(pin)
    try:
        till.tse.operate(lambda device: device.unblock_user(role, secret, new)).result(_LONG)
    except TooLateError:
        raise TseTimeout("unblock") from None
    assert holder.keep_pins is not None
    holder.keep_pins({role: new})
    _settle(till)


def sign(till: Till, actor: Actor) -> ReceiptState:
    """Have the device sign for the first time: an empty receipt, aborted, which the books and the export know.

    Raises RegisterError("unsigned") when it did not.
    """
    require(actor, None, Right.DEVICES)
    content = ReceiptContent(type=ABORT, lines=(), vat=(), payments=(), total_cents=0)
    draft = securing.Draft(
        id=till.new_id(), content=content, started_at=till.now(), reason="Erste Signatur nach der Inbetriebnahme"
    )
    securing.issue(till, actor, draft)
    receipt = queries.receipt(draft.id)
    if not receipt.signed:
        raise RegisterError(
            "unsigned", f"Die TSE hat nicht signiert: {receipt.outage_reason}.", "Noch einmal versuchen."
        )
    return receipt


def _pending(till: Till) -> Pending:
    pending = care(till).pending
    if pending is None:
        raise _moved_on()
    return pending


def _typed(text: str) -> Secret:
    text = "".join(text.split())
    if not 0 < len(text) <= _LONGEST or not text.isascii() or not text.isprintable():
        raise RegisterError("typed", "Da fehlt eine Zahl.", "Jede so eintragen, wie sie auf dem Zettel steht.")
    return Secret(text)


def _moved_on() -> RegisterError:
    return RegisterError("moved", "Die TSE ist inzwischen weiter.", "Die Seite neu laden und dort weitermachen.")
