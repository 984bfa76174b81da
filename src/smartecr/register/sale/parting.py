"""A guest of a table pays for what he had: lines, or pieces of a line, go off the bill into one of their own.

The part is the basket on the screen, paid as any sale, a receipt of its own with its own TSE transaction and the
table's name; the rest keeps the basket, its orders, its guest's card and what pays, parked. Nothing is rung up, struck
out or ordered anew: what was ordered and what kitchen and bar know goes along. Until it is paid the part can go back,
and every line is what it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from smartecr.core import ids
from smartecr.core.basket import Basket, void_line
from smartecr.core.parting import Parted, parted
from smartecr.core.records import dataclass
from smartecr.register import queries
from smartecr.register.errors import RegisterError
from smartecr.register.journal import canonical
from smartecr.register.sale import items, joining, stations, together
from smartecr.register.sale.baskets import OpenBasket, changed, load, opened, write_changes
from smartecr.register.sale.counter import Command, Counter, fitted
from smartecr.register.signing import securing
from smartecr.register.till import Till

_DEEP = 20
"""Most times a part is parted again before its table is not looked for any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a part and the rest would cost, in cents."""

    part_cents: int
    rest_cents: int


def part(counter: Counter, command_id: str, command: Command) -> str:
    """Take "pieces" off "basket", which must still be on the screen, "into" a new basket; the rest is parked.

    A piece is {"line", "quantity" (thousandths, with the line's sign), "id" (of the line it becomes unless it is the
    whole one)}. Raises RegisterError: "elsewhere", "paying", "training", "account", "command", "advance"; BasketError
    ("all", "line", "pieces", "stays", "whole", "line_exists"), DiscountError. The basket then stays as it was.
    """
    here, key = _here(counter, str(command["basket"])), str(command["into"])
    if not ids.is_id(key) or load(key) is not None or together.origin(key) is not None:
        raise RegisterError("command", "Der Befehl ist unvollständig.")
    found = _parted(counter.till, here, command["pieces"], key, counter.writer.business_day)
    gone = [line.id for line in here.basket.lines if not any(line.id == left.id for left in found.rest.lines)]
    taken = {
        old: (new, line.quantity) for line in found.part.lines for new, old in found.came.items() if line.id == new
    }
    ordered, mine = _orders(here.ordered, gone, taken)
    rest = counter.fitted(found.rest, here.row)
    _covered(here, rest, counter.writer.business_day)

    body = {"basket": here.id, "into": key, "label": here.row["label"], "gone": gone, "pieces": dict(found.came)}
    counter.writer.append("basket_parted", body | {"told": _told(here.id, key, gone, taken)}, command_id)
    columns = {"state": "parked", "ordered": canonical(ordered) if ordered else ""}
    left = changed(counter.writer, here, columns)
    kept = tuple(line for line in here.basket.lines if line.id not in gone)
    left = replace(left, basket=replace(left.basket, lines=kept))
    if rest != left.basket:
        left = write_changes(counter.writer, left, rest, "")
    securing.note_start(counter.till, counter.writer, left)

    counter.writer.open_period()
    begun = opened(counter.writer, key)
    # its guest has been told what it costs: what is struck out from now on, he had seen (see `insights.reading`)
    shown = {"label": here.row["label"], "ordered": canonical(mine) if mine else ""}
    counter.open = changed(counter.writer, begun, shown, note={"parted": here.id, "was": "parked"})
    counter.change(found.part, "", note={"from": here.id})
    counter.writer.flush()
    return ""


def back(counter: Counter, command_id: str, command: Command) -> str:
    """Give the part "basket", which must be on the screen, back to the table it came off: every line is what it was.

    Raises RegisterError as `joining.join`.
    """
    here = _here(counter, str(command["basket"]))
    came_off = together.origin(here.id)
    if came_off is None:
        raise RegisterError("gone", "Dieser Bon ist kein Teil eines anderen.")
    table = joining.parked(counter, here, came_off[0])
    joining.lay(counter, table, here, command_id, state="open")
    return ""


def discard(counter: Counter, command_id: str, command: Command) -> str:
    """Give the basket on the screen up: a part goes back to its table, of any other all is struck out."""
    before = counter.seen(command)
    if table_of(before.id) is not None:
        return back(counter, command_id, {"basket": before.id})
    after = before.basket
    for line in after.lines:
        if not line.voided and not line.parent_id:
            after = void_line(after, line.id)
    if after == before.basket:
        counter.set_aside(command_id)
    else:
        counter.change(after, command_id)
        counter.set_aside()
    return ""


def preview(till: Till, basket_id: str, pieces: object) -> Preview:
    """Return what both bills would cost. Raises as `part`."""
    here, day = load(basket_id), queries.business_day(till)
    if here is None or here.row["state"] != "open":
        raise _elsewhere()
    found, at = _parted(till, here, pieces, "", day), till.now()
    rest = fitted(till, found.rest, here.row, at, day)
    _covered(here, rest, day)
    part_cents = _cents(fitted(till, found.part, {}, at, day), date.fromisoformat(day))
    return Preview(part_cents=part_cents, rest_cents=_cents(rest, date.fromisoformat(day)))


def table_of(basket_id: str) -> OpenBasket | None:
    """Return the parked basket a part came off, itself or by others that are paid; None without one."""
    for _ in range(_DEEP):
        came_off = together.origin(basket_id)
        if came_off is None:
            return None
        basket_id = came_off[0]
        found = load(basket_id)
        if found is not None:
            return found if found.row["state"] == "parked" else None
    return None


def rest_of(till: Till, basket_id: str) -> queries.ParkedBasket | None:
    """Return what is left on the table a part came off, as lists show it; None when nothing is or it came off none."""
    table = table_of(basket_id)
    if table is None or table.row["register_id"] != till.register_id:
        return None
    return queries.aside(table, table.row["label"], queries.business_day(till))


def _here(counter: Counter, basket_id: str) -> OpenBasket:
    """Return the basket on the screen, which must be this one. Raises RegisterError with what is the matter instead."""
    here = counter.open
    if here is None or here.id != basket_id:
        other = load(basket_id)
        if other is not None and other.row["state"] == "paying":
            raise RegisterError(
                "paying", "An diesem Bon wird gerade bezahlt. Erst die Zahlung beenden oder das Geld zurückgeben."
            )
        raise _elsewhere()
    if bool(here.row["training"]) != counter.writer.head.training:
        raise RegisterError("training", "Dieser Bon gehört in die andere Betriebsart.", "Üben oder Verkaufen wählen.")
    return here


def _elsewhere() -> RegisterError:
    return RegisterError("elsewhere", "Auf dem Schirm liegt inzwischen ein anderer Bon. Getrennt ist nichts.")


def _parted(till: Till, here: OpenBasket, pieces: object, key: str, business_day: str) -> Parted:
    if here.row["customer"]:
        raise RegisterError("account", "Dieser Bon geht auf Rechnung. Diese Zeile erst stornieren.")
    if not isinstance(pieces, list) or not pieces:
        raise RegisterError("command", "Der Befehl ist unvollständig.")
    taken = {str(piece["line"]): items.number(piece["quantity"]) for piece in pieces}
    named = {str(piece["line"]): str(piece["id"]) for piece in pieces}
    if len(taken) < len(pieces) or not all(map(ids.is_id, named.values())):
        raise RegisterError("command", "Der Befehl ist unvollständig.")
    return parted(here.basket, taken, named, till.new_id, key, date.fromisoformat(business_day))


def _covered(here: OpenBasket, rest: Basket, business_day: str) -> None:
    """What pays stays with the rest, and must not become money to be given out. Raises RegisterError("advance")."""
    day = date.fromisoformat(business_day)
    if _cents(rest, day) < min(0, here.priced(business_day).total_cents):
        raise RegisterError(
            "advance", "Auf dem Rest läge mehr Anzahlung, als dort noch offen ist. Bitte weniger nehmen."
        )


def _cents(basket: Basket, day: date) -> int:
    return OpenBasket({}, basket, {}).priced(day.isoformat()).total_cents


_Taken = Mapping[str, tuple[str, int]]
"""Pieces off lines: by the line they were taken off, the line they became and how many (thousandths)."""


def _orders(ordered: dict[str, int], gone: list[str], taken: _Taken) -> tuple[dict[str, int], dict[str, int]]:
    """Return what was ordered of the rest and of the part: pieces that go were ordered as far as any were."""
    mine = {line_id: ordered.pop(line_id) for line_id in gone if line_id in ordered}
    for old, (new, quantity) in taken.items():
        share = _share(quantity, ordered.get(old, 0))
        if share:
            mine[new] = share
            ordered[old] -= share
    return ordered, mine


def _share(quantity: int, of: int) -> int:
    if quantity > 0:
        return max(0, min(quantity, of))
    return min(0, max(quantity, of))


def _told(basket_id: str, part_id: str, gone: list[str], taken: _Taken) -> dict[str, list[dict[str, Any]]]:
    """Return what stations know from then on of the lines that go, by basket."""
    told: dict[str, list[dict[str, Any]]] = {basket_id: [], part_id: []}
    for row in stations.told(basket_id):
        line_id, quantity = row["line_id"], row["quantity"]
        new, share = (line_id, quantity) if line_id in gone else taken.get(line_id, ("", 0))
        share = _share(share, quantity)
        if share:
            told[basket_id].append({**row, "quantity": quantity - share})
            told[part_id].append({**row, "line_id": new, "quantity": share})
    return told
