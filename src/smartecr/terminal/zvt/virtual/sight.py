"""What the device's page shows and does: the terminal's state as plain values, and hands as named actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from smartecr.terminal.zvt.virtual.cards import PIN_TRIES, SUM_LIMIT_CENTS, TAP_COUNT_LIMIT, Card, Memory
from smartecr.terminal.zvt.virtual.faults import presets
from smartecr.terminal.zvt.virtual.host import Mode
from smartecr.terminal.zvt.virtual.receipts import Receipt, euro
from smartecr.terminal.zvt.virtual.terminal import VirtualTerminal

_AS_THE_CARD_WANTS = ""
_CODES = (
    (_AS_THE_CARD_WANTS, "wie die Karte es verlangt"),
    ("0", "genehmigt"),
    ("5", "abgelehnt"),
    ("51", "Limit überschritten"),
    ("65", "Karte einstecken"),
    ("43", "Karte gesperrt"),
    ("91", "Bank der Karte schweigt"),
)
#: the switches the page offers; the rest is for tests and the command line
_SWITCHES = (
    ("prints_itself", "Druckt selbst", "Belege kommen aus dem Terminal."),
    ("tip_at_terminal", "Fragt nach Trinkgeld", "Der Gast tippt es am Terminal."),
    ("intermediate_status", "Meldet Schritte", "Die Kasse erfährt, was der Gast gerade tut."),
    ("text_blocks", "Belege als Block", "Sonst Zeile für Zeile."),
)
_POLICIES = ("reverse", "keep", "decline")
_LOOKS = ("Bank am Markt", "Stadtbank Linden", "Landbank", "Nordstern Bank")
_NOTES_SHOWN = 60
_MODES: dict[str, Mode] = {"online": "online", "emergency": "emergency", "unreachable": "unreachable"}
_KEYS = frozenset("0123456789") | {"OK", "C", "STOP"}


def snapshot(terminal: VirtualTerminal) -> dict[str, Any]:
    """Return everything the page draws, as JSON knows it; never a PIN that was typed, never a whole card number."""
    machine = terminal.machine
    screen = terminal.front.screen
    waiting = {(fault.point, fault.action) for fault in terminal.script.waiting()}
    batch = machine.books.totals()
    count = sum(batch.counts.values())
    next_codes = list(machine.host.next_codes)
    return {
        "screen": {
            "lines": screen.lines,
            "tone": screen.tone,
            "amount": "" if screen.cents is None else f"{euro(screen.cents)} €",
        },
        "asking": terminal.pad.asking,
        "typed": _typed(terminal),
        "slot": terminal.reader.slot,
        "ways": sorted(terminal.reader.ways),
        "cards": [_card(card, machine.host.memory(card)) for card in machine.cards.values()],
        "mode": machine.host.mode,
        "code": str(next_codes[0]) if next_codes else _AS_THE_CARD_WANTS,
        "codes": _CODES,
        "policy": machine.setup.switches.policy,
        "faults": [
            {
                "id": one.id,
                "name": one.name,
                "effect": one.effect,
                "on": all((fault.point, fault.action) in waiting for fault in one.faults),
            }
            for one in presets()
        ],
        "switches": [
            {"id": name, "name": label, "effect": effect, "on": getattr(machine.setup.switches, name)}
            for name, label, effect in _SWITCHES
        ],
        "connected": machine.dialogue.connected,
        "violations": terminal.violations,
        "notes": list(terminal.front.notes)[-_NOTES_SHOWN:][::-1],
        "paper": [_paper(receipt) for receipt in reversed(terminal.front.paper)],
        "booked": f"{count} gebucht, {euro(batch.total_cents)} €" if count else "noch nichts gebucht",
    }


def act(terminal: VirtualTerminal, what: str, values: dict[str, Any]) -> bool:
    """Do what hands do; False when it has no effect now. Raises ValueError or KeyError for anything else."""
    action = _ACTIONS.get(what)
    if action is None:
        raise ValueError(what)
    return action(terminal, values)


def _typed(terminal: VirtualTerminal) -> str:
    shown = terminal.pad.shown
    return euro(int(shown or "0")) if terminal.pad.asking == "amount" else shown


def _card(card: Card, memory: Memory) -> dict[str, Any]:
    odd = bool(card.blocked or card.chip_defect or card.signs or card.id in {"giro-old", "giro-empty"})
    return {
        "id": card.id,
        "product": card.product,
        "issuer": card.issuer,
        "last": card.masked_pan[-4:],
        "pin": card.pin,
        "note": card.note,
        "wallet": card.wallet,
        "phone": card.is_phone,
        "odd": odd,
        "contactless": card.contactless,
        "look": _LOOKS.index(card.issuer),
        "about": _about(card, memory),
    }


def _about(card: Card, memory: Memory) -> str:
    if card.is_phone:
        return f"{card.product}, {card.issuer}, ohne PIN"
    if card.signs:
        return "gesteckt mit Unterschrift"
    if not memory.pin_tries:
        return "gesperrt, PIN zu oft falsch"
    if memory.pin_tries < PIN_TRIES:
        return f"PIN {card.pin}, noch {memory.pin_tries} Versuche"
    if card.counter == "taps":
        return f"PIN {card.pin}, noch {TAP_COUNT_LIMIT - memory.taps} × ohne PIN"
    return f"PIN {card.pin}, noch {euro(SUM_LIMIT_CENTS - memory.tapped_cents)} € ohne PIN"


def _paper(receipt: Receipt) -> str:
    width = max(len(line.text) for line in receipt.lines)
    return "\n".join(line.text.center(width).rstrip() if line.attribute & 0x40 else line.text for line in receipt.lines)


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise ValueError(name)
    return value


def _known_card(terminal: VirtualTerminal, values: dict[str, Any]) -> str:
    card = _text(values, "card")
    if card not in terminal.machine.cards:
        raise ValueError(card)
    return card


def _tap(terminal: VirtualTerminal, values: dict[str, Any]) -> bool:
    return terminal.reader.tap(_known_card(terminal, values), verified=values.get("verified") is True)


def _insert(terminal: VirtualTerminal, values: dict[str, Any]) -> bool:
    return terminal.reader.insert(_known_card(terminal, values))


def _remove(terminal: VirtualTerminal, _values: dict[str, Any]) -> bool:
    return terminal.reader.remove()


def _key(terminal: VirtualTerminal, values: dict[str, Any]) -> bool:
    key = _text(values, "key")
    if key not in _KEYS:
        raise ValueError("key")
    return terminal.pad.press(key)


def _reissue(terminal: VirtualTerminal, values: dict[str, Any]) -> bool:
    terminal.host.reissue(terminal.machine.cards[_known_card(terminal, values)])
    terminal.front.changed()
    return True


def _mode(terminal: VirtualTerminal, values: dict[str, Any]) -> bool:
    terminal.host.mode = _MODES[_text(values, "mode")]
    terminal.front.changed()
    return True


def _code(terminal: VirtualTerminal, values: dict[str, Any]) -> bool:
    code = _text(values, "code")
    if code not in dict(_CODES):
        raise ValueError(code)
    terminal.host.next_codes.clear()
    if code:
        terminal.host.next_codes.append(int(code))
    terminal.front.changed()
    return True


def _fault(terminal: VirtualTerminal, values: dict[str, Any]) -> bool:
    chosen = next((one for one in presets() if one.id == values.get("id")), None)
    if chosen is None:
        raise ValueError("fault")
    terminal.script.drop(*chosen.faults)
    if values.get("on") is True:
        terminal.script.add(*(replace(fault) for fault in chosen.faults))
    terminal.front.changed()
    return True


def _switch(terminal: VirtualTerminal, values: dict[str, Any]) -> bool:
    name, value = _text(values, "name"), values.get("value")
    switches = terminal.setup.switches
    if name == "policy" and value in _POLICIES:
        switches.policy = value
    elif name in {one for one, _, _ in _SWITCHES} and isinstance(value, bool):
        setattr(switches, name, value)
    else:
        raise ValueError(name)
    terminal.front.changed()
    return True


_ACTIONS: dict[str, Callable[[VirtualTerminal, dict[str, Any]], bool]] = {
    "tap": _tap,
    "insert": _insert,
    "remove": _remove,
    "key": _key,
    "reissue": _reissue,
    "mode": _mode,
    "code": _code,
    "fault": _fault,
    "switch": _switch,
}
