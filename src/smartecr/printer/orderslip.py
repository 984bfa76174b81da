"""Slips for kitchen and bar: only what has changed since the last one for the same basket.

A slip is no receipt and says so. Its numbers rise strictly, so that a lost one is noticed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Literal

from smartecr.core.quantity import format_quantity
from smartecr.core.records import dataclass
from smartecr.printer.document import Big, Block, Heading, Mark, Note, ReportDocument, Rule

Kind = Literal["new", "more", "less", "void"]
_HEADS: dict[Kind, str] = {"void": "STORNO", "less": "WENIGER", "new": "", "more": "DAZU"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """A line as a station knows it: `quantity` in thousandths, `remark` such as "außer Haus", `wish` the guest's."""

    line_id: str
    text: str
    quantity: int
    unit: str = ""
    remark: str = ""
    wish: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a station has to know of a line: `quantity` is by how much (always positive, thousandths)."""

    kind: Kind
    text: str
    quantity: int
    unit: str = ""
    remark: str = ""
    wish: str = ""


def changes(before: Sequence[Ordered], now: Sequence[Ordered]) -> tuple[Change, ...]:
    """Return what has changed from one state of a basket to the next, cancellations first."""
    known = {line.line_id: line for line in before}
    present = {line.line_id for line in now if line.quantity > 0}
    found = [_change("void", line, line.quantity) for line in before if line.line_id not in present]
    for line in now:
        old = known.get(line.line_id)
        if line.quantity <= 0:
            continue
        if old is None or old.quantity <= 0:
            found.append(_change("new", line, line.quantity))
        elif (old.text, old.unit, old.remark, old.wish) != (line.text, line.unit, line.remark, line.wish):
            found += [_change("void", old, old.quantity), _change("new", line, line.quantity)]
        elif line.quantity > old.quantity:
            found.append(_change("more", line, line.quantity - old.quantity))
        elif line.quantity < old.quantity:
            found.append(_change("less", line, old.quantity - line.quantity))
    order = list(_HEADS)
    return tuple(sorted((one for one in found if one.quantity > 0), key=lambda one: order.index(one.kind)))


def _change(kind: Kind, line: Ordered, quantity: int) -> Change:
    return Change(kind=kind, text=line.text, quantity=quantity, unit=line.unit, remark=line.remark, wish=line.wish)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """One slip for one station. `label` is the table or name, `moved_from` the one it had on the last slip."""

    station: str
    number: int
    person: str
    at: datetime
    changes: tuple[Change, ...]
    label: str = ""
    moved_from: str = ""
    instead_of: str = ""

    def data(self) -> dict[str, Any]:
        """Return it as journal and print queue keep it."""
        return {
            "station": self.station,
            "number": self.number,
            "person": self.person,
            "at": self.at.isoformat(),
            "label": self.label,
            "moved_from": self.moved_from,
            "changes": [asdict(one) for one in self.changes],
        }


def slip_of(data: dict[str, Any]) -> Slip:
    """Return the slip kept as `data`. Raises KeyError, TypeError, ValueError for something else."""
    kept = {**data, "at": datetime.fromisoformat(data["at"])}
    return Slip(**{**kept, "changes": tuple(Change(**one) for one in data["changes"])})


def document(slip: Slip) -> ReportDocument:
    """Return a slip in letters that are read from a distance."""
    return ReportDocument(title=f"Bestellung {slip.number}", blocks=tuple(_blocks(slip)))


def _blocks(slip: Slip) -> Iterator[Block]:
    yield Heading(slip.station, 1)
    if slip.instead_of:
        yield Mark(f"Ersatz: {slip.instead_of} druckt nicht")
    yield Big(slip.label or f"Nr. {slip.number}")
    if slip.moved_from:
        yield Mark(f"Umgezogen von {slip.moved_from}")
    yield Note(f"Bestellung {slip.number} · {slip.at:%H:%M} · {slip.person}", centred=False)
    yield Rule(double=True)
    for kind, head in _HEADS.items():
        yield from _part(head, [one for one in slip.changes if one.kind == kind])
    yield Rule(double=True)
    yield Note("Orderbon – kein Beleg")


def _part(head: str, lines: Iterable[Change]) -> Iterator[Block]:
    for place, one in enumerate(lines):
        if place == 0 and head:
            yield Mark(head)
        yield Big(f"{format_quantity(one.quantity)} {one.unit or '×'} {one.text}")
        if one.wish:
            yield Big(f"  > {one.wish}")
        if one.remark:
            yield Note(f"    {one.remark}", centred=False)


def reissued(slip: Slip, instead_of: str) -> Slip:
    """Return the slip as another printer prints it for a station whose own cannot."""
    return replace(slip, instead_of=instead_of)
