"""The switches of the bench: what each breaks, and what that does to the shop, in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from smartecr.core.records import dataclass
from smartecr.terminal.zvt.virtual import sight
from smartecr.tse.virtual import faults as tse_faults

if TYPE_CHECKING:
    from smartecr.web.device.bench import Bench

TSE_SLOW_SECONDS = 2.5
_LOST = "cut_after"
_ONLINE, _UNREACHABLE = "online", "unreachable"


@dataclass(frozen=True, slots=True)
class Fault:
    """One switch: `part` of the bench it needs ("printer", "terminal", "tse"), whether it is on, and how to turn it."""

    id: str
    part: str
    name: object
    effect: object
    on: Callable[[Bench], bool]
    turn: Callable[[Bench, bool], None]


def _printer_status(name: str) -> Callable[[Bench], bool]:
    return lambda bench: bench.printer is not None and bool(getattr(bench.printer.twin.status, name))


def _paper(bench: Bench, on: bool) -> None:
    if bench.printer is not None and bench.roll is not None:
        if on:
            bench.printer.twin.set(paper_out=True)
        else:
            bench.roll.new_roll()


def _cover(bench: Bench, on: bool) -> None:
    if bench.printer is not None:
        bench.printer.twin.set(cover_open=on)


def _power(bench: Bench, on: bool) -> None:
    bench.printer_power(on=not on)


def _no_power(bench: Bench) -> bool:
    return not bench.printer_on


def _no_cable(bench: Bench) -> bool:
    return bench.terminal is not None and not bench.terminal.plugged


def _no_network(bench: Bench) -> bool:
    return bench.terminal is not None and bench.terminal.host.mode == _UNREACHABLE


def _cable(bench: Bench, on: bool) -> None:
    if bench.terminal is not None:
        bench.terminal.plug(on=not on)


def _lost(bench: Bench, on: bool) -> None:
    if bench.terminal is not None:
        sight.act(bench.terminal, "fault", {"id": _LOST, "on": on})


def _is_lost(bench: Bench) -> bool:
    if bench.terminal is None:
        return False
    return any(one["id"] == _LOST and one["on"] for one in sight.snapshot(bench.terminal)["faults"])


def _network(bench: Bench, on: bool) -> None:
    if bench.terminal is not None:
        sight.act(bench.terminal, "mode", {"mode": _UNREACHABLE if on else _ONLINE})


def _tse(name: str, value: float) -> Callable[[Bench, bool], None]:
    def turn(bench: Bench, on: bool) -> None:
        bench.tse_switches = {**bench.tse_switches, name: value} if on else {
            key: kept for key, kept in bench.tse_switches.items() if key != name
        }  # fmt: skip
        if bench.tse is not None:
            tse_faults.write(bench.tse, **bench.tse_switches)
            bench.tse_moved()

    return turn


def _tse_on(name: str) -> Callable[[Bench], bool]:
    return lambda bench: name in bench.tse_switches


PULLED = "tse-pulled"

FAULTS: tuple[Fault, ...] = (
    Fault(
        "paper-out", "printer", gettext_lazy("Papier leer"),
        gettext_lazy("Die Kasse verkauft weiter, der Bon druckt nach der neuen Rolle von selbst."),
        _printer_status("paper_out"), _paper,
    ),
    Fault(
        "cover", "printer", gettext_lazy("Deckel offen"),
        gettext_lazy("Nichts wird gedruckt und nichts geht verloren, bis der Deckel zu ist."),
        _printer_status("cover_open"), _cover,
    ),
    Fault(
        "power", "printer", gettext_lazy("Drucker stromlos"),
        gettext_lazy("Bricht ein Bon mittendrin ab, fragt die Kasse, ob er herauskam. Kein Bon druckt zweimal."),
        _no_power, _power,
    ),
    Fault(
        "terminal", "terminal", gettext_lazy("Terminal stumm"),
        gettext_lazy("Karten gehen gerade nicht, bar geht weiter."),
        _no_cable, _cable,
    ),
    Fault(
        "answer", "terminal", gettext_lazy("Antwort verloren"),
        gettext_lazy("Die nächste Karte wird gebucht, dann reißt die Leitung. Die Kasse fragt das Terminal selbst."),
        _is_lost, _lost,
    ),
    Fault(
        "network", "terminal", gettext_lazy("Netz weg"),
        gettext_lazy("Das Terminal erreicht seine Bank nicht. Die Kasse verkauft und signiert weiter."),
        _no_network, _network,
    ),
    Fault(
        "tse-slow", "tse", gettext_lazy("TSE langsam"),
        gettext_lazy("Bezahlen dauert etwas länger, signiert wird alles."),
        _tse_on("latency"), _tse("latency", TSE_SLOW_SECONDS),
    ),
    Fault(
        PULLED, "tse", gettext_lazy("TSE gezogen"),
        gettext_lazy("Verkaufen geht weiter, der Bon trägt den Hinweis. Steckt sie wieder, signiert sie weiter."),
        _tse_on("unplugged"), _tse("unplugged", True),
    ),
)  # fmt: skip


def find(fault_id: str) -> Fault:
    """Return a switch by its id. Raises KeyError."""
    return {one.id: one for one in FAULTS}[fault_id]
