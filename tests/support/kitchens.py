"""Printers of kitchen and bar, each a twin on its own wire with a queue of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from smartecr.catalog import rows
from smartecr.catalog.models import Group
from smartecr.printer import links, spool
from smartecr.printer.posprinter import PosPrinter
from smartecr.printer.profile import PROFILES
from smartecr.printer.twinport import TwinPort
from smartecr.printer.virtual import VirtualPrinter
from smartecr.register.paper import printing
from smartecr.register.sale import selling
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from support.eventually import eventually
from support.shop import BREAD, COFFEE, MANAGER, OWNER, command


class Station:
    """A station's printer and its queue."""

    def __init__(self, name: str, folder: Path) -> None:
        profile = PROFILES["virtual-80"]
        self.twin = VirtualPrinter(profile)
        self.server = TwinPort(self.twin)
        printer = PosPrinter(links.tcp("127.0.0.1", self.server.port), profile)
        self.spool = spool.Spool(folder / name, printer, printing.render, name=name)

    def texts(self) -> list[str]:
        """Return what came out, a slip each, when all that was sent has."""
        eventually(lambda: not self.spool.jobs())
        return [sheet.text() for sheet in self.twin.sheets]

    def close(self) -> None:
        """End the queue and the wire."""
        self.spool.close()
        self.server.close()


@contextmanager
def kitchens(till: Till, folder: Path) -> Iterator[dict[str, Station]]:
    """Give a till a kitchen, which bakes, and a bar, which makes coffee."""
    made = {name: Station(name, folder) for name in ("Küche", "Bar")}
    till.stations = {name: station.spool for name, station in made.items()}
    route(till, BREAD, "Küche")
    route(till, COFFEE, "Bar")
    yield made
    for station in made.values():
        station.close()


def route(till: Till, group: str, station: str) -> None:
    """Send a group of articles to a station."""
    old = Group.objects.filter(id=group).values().get()
    masterdata.save_articles(till, OWNER, [rows.group_row({"station": station}, old)])


def do(till: Till, what: str, **arguments: Any) -> None:
    """Carry out one command of the till as a manager; it must not be refused."""
    (outcome,) = selling.run(till, MANAGER, [command(till, what, **arguments)])
    assert outcome.ok, outcome
