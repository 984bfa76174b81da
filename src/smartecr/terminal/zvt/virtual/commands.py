"""What the terminal does with each command: what it needs, what carries it out, how it ends (PA00P015)."""

from __future__ import annotations

from collections.abc import Callable

from smartecr.core.records import dataclass
from smartecr.terminal.zvt.apdu import command_of
from smartecr.terminal.zvt.errors import ZvtFormatError
from smartecr.terminal.zvt.messages import Message, parse
from smartecr.terminal.zvt.sequence import number_of
from smartecr.terminal.zvt.virtual import money, upkeep
from smartecr.terminal.zvt.virtual.faults import Point
from smartecr.terminal.zvt.virtual.machine import Machine, Refused
from smartecr.terminal.zvt.virtual.wording import aborted, completion

_UNKNOWN, _WRONG_PASSWORD, _NOT_REGISTERED, _WRONG_CURRENCY = 0x83, 0x37, 0x6B, 0x6F
_UPDATE = b"\x27\xe0"
_PASSWORD_BYTES = 3


@dataclass(frozen=True, slots=True)
class Command:
    """``run`` returns the data of the completion. ``completes`` False: the answer itself ends it.

    ``password``: it begins with one. ``pays``: it moves money, so it needs a registration and fails with a result.
    ``head``: bytes that have to stand before the bitmaps.
    """

    run: Callable[[Machine, Message], bytes]
    password: bool = False
    pays: bool = False
    completes: bool = True
    optional_password: bool = False
    head: int = 0


COMMANDS: dict[int, Command] = {
    0x0501: Command(upkeep.status, password=True, optional_password=True),
    0x0600: Command(upkeep.register, password=True, head=4),
    0x0601: Command(money.pay, pays=True),
    0x0602: Command(upkeep.log_off, completes=False),
    0x060C: Command(money.book_tip, pays=True),
    0x0610: Command(upkeep.totals, password=True),
    0x0612: Command(upkeep.reprint, password=True),
    0x0618: Command(upkeep.nothing),
    0x061A: Command(upkeep.print_configuration),
    0x0620: Command(upkeep.repeat, password=True),
    0x0622: Command(money.reserve, pays=True),
    0x0623: Command(money.capture, pays=True),
    0x0624: Command(money.capture, pays=True),
    0x0625: Command(money.release, pays=True),
    0x0630: Command(money.reverse, password=True, pays=True),
    0x0631: Command(money.refund, password=True, pays=True),
    0x0650: Command(upkeep.end_of_day, password=True, pays=True),
    0x0651: Command(upkeep.send_offline, password=True),
    0x0670: Command(upkeep.diagnose),
    0x0679: Command(upkeep.nothing),
    0x0691: Command(upkeep.set_time, password=True),
    0x0693: Command(upkeep.initialise, password=True),
    0x0695: Command(upkeep.change_password, password=True, head=6),
    0x06B0: Command(upkeep.nothing, completes=False),
    0x06C0: Command(upkeep.read_card),
    0x06D1: Command(upkeep.print_here, completes=False),
    0x06D3: Command(upkeep.print_here, completes=False),
    0x06E0: Command(upkeep.display, completes=False),
    0x0801: Command(upkeep.nothing),
    0x0810: Command(upkeep.nothing),
    0x0830: Command(upkeep.nothing),
    0x0840: Command(upkeep.nothing, completes=False),
}


def serve(machine: Machine, unit: bytes) -> None:
    """Carry one command out, to its end. Raises Unanswered when the register went away meanwhile."""
    command = COMMANDS.get(command_of(unit))
    message = _read(machine, unit) if command else None
    if command is None or message is None:
        machine.dialogue.refuse(_UNKNOWN)
        return
    machine.front.note(f"Kasse: {message!r}")
    refusal = _refusal(machine, command, message)
    if refusal is not None:
        machine.dialogue.refuse(*refusal)
        return
    if command.completes:
        if machine.dialogue.accept():
            _complete(machine, command, message)
    else:
        _answer_only(machine, command, message)


def _read(machine: Machine, unit: bytes) -> Message | None:
    try:
        message = parse(unit)
    except ZvtFormatError:
        machine.dialogue.breach("die Länge stimmt nicht")
        return None
    if message.fields.rest:
        machine.dialogue.breach("unbekanntes oder abgeschnittenes BMP")
        if not machine.setup.switches.lenient:
            return None
    return message


def _refusal(machine: Machine, command: Command, message: Message) -> tuple[int, bytes] | None:
    """Return why a command is refused at once: code and data of the answer."""
    given = message.head[:_PASSWORD_BYTES].hex()
    asked = command.password and not (command.optional_password and not given)
    if asked and given != machine.setup.identity.password:
        return _WRONG_PASSWORD, b""
    if len(message.head) < command.head:
        machine.dialogue.breach("der Befehl ist zu kurz")
        return _UNKNOWN, b""
    if command.run is upkeep.register and message.head[4:6] not in (b"", b"\x09\x78"):
        return 0x1E, bytes((_WRONG_CURRENCY, 0x09, 0x78))
    return None


def _complete(machine: Machine, command: Command, message: Message) -> None:
    try:
        if command.pays and machine.setup.switches.needs_registration and not machine.registration.done:
            raise Refused(_NOT_REGISTERED, "Kasse nicht angemeldet")
        end = completion(command.run(machine, message))
    except Refused as refused:
        end = _fail(machine, command, refused)
    if machine.setup.switches.bare_completion and command.run is not upkeep.status:
        end = completion() if end[:2] == b"\x06\x0f" else end
    machine.dialogue.say(end, Point.BEFORE_COMPLETION, Point.AFTER_COMPLETION)
    if command.run is upkeep.register and number_of(parse(end)) == 0:
        machine.dialogue.numbering.start()
    if end.endswith(_UPDATE):
        _update(machine)


def _fail(machine: Machine, command: Command, refused: Refused) -> bytes:
    """Show the reason, tell it as a result where money was meant to move, and return the abort."""
    if refused.text:
        machine.front.show(refused.text, tone="bad")
    if command.pays and not refused.data:
        machine.dialogue.say(machine.wording.failure(refused.code, refused.text))
    return aborted(refused.code, refused.data)


def _answer_only(machine: Machine, command: Command, message: Message) -> None:
    try:
        data = command.run(machine, message)
    except Refused as refused:
        machine.dialogue.refuse(refused.code)
        return
    machine.dialogue.accept(data)
    if command.run is upkeep.log_off:
        machine.dialogue.numbering.stop()


def _update(machine: Machine) -> None:
    """Be deaf for a while, as a terminal that loads its software: the connection goes, nothing is answered."""
    dialogue = machine.dialogue
    dialogue.hang_up()
    dialogue.deaf = True
    machine.front.show("Software wird geladen")
    try:
        dialogue.pause(machine.setup.times.update)
    finally:
        dialogue.deaf = False
