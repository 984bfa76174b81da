"""Two tables, or two parked tickets, become one bill: every line of the one goes to the other.

Nothing is rung up, voided or ordered anew. Lines keep their ids, prices and discounts, the bill keeps what was ordered
as Bestellung-V1 under either (`together` finds the orders), and kitchen and bar hear the new table without cooking
twice. The emptied basket ends as AVBelegabbruch, as one does whose lines were taken off. What would have to be taken
from a guest (one of two cards, one of two reservations) is refused, and both tickets stay as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import orjson

from smartecr.core.basket import Basket, joined
from smartecr.core.kinds import ACCOUNT_PAID, ADVANCE_USED
from smartecr.core.parting import given_back
from smartecr.register.cashless import tabs
from smartecr.register.errors import RegisterError
from smartecr.register.journal import canonical
from smartecr.register.sale import stations, together
from smartecr.register.sale.baskets import OpenBasket, changed, load
from smartecr.register.sale.counter import Command, Counter
from smartecr.register.signing import securing

_EMPTIED = {"state": "ending", "discount": "", "guest": "", "customer": "", "ordered": "", "newest_line_id": ""}
_ELSEWHERE = "Auf dem Schirm liegt inzwischen ein anderer Bon. Zusammengelegt ist nichts."


def join(counter: Counter, command_id: str, command: Command) -> str:
    """Lay the parked "basket" to the one on the screen, which must still be "into".

    Raises RegisterError: "elsewhere" (another one is on the screen by now), "gone", "paying", "register", "training",
    "same", "tab", "guest", "account", "twice", "storage"; and BasketError. Both baskets then stay as they were.
    """
    here = counter.open
    if here is None or here.id != command["into"]:
        raise RegisterError("elsewhere", _ELSEWHERE)
    lay(counter, here, parked(counter, here, str(command["basket"])), command_id)
    return ""


def add(counter: Counter, command_id: str, command: Command) -> str:
    """Lay the one on the screen, which must still be "basket", to the parked "into", which stays parked.

    Raises as `join`.
    """
    here = counter.open
    if here is None or here.id != command["basket"]:
        raise RegisterError("elsewhere", _ELSEWHERE)
    lay(counter, parked(counter, here, str(command["into"])), here, command_id)
    securing.note_start(counter.till, counter.writer, counter.basket())
    counter.open = None
    return ""


def lay(counter: Counter, into: OpenBasket, other: OpenBasket, command_id: str, state: str = "") -> None:
    """Make one basket of two and have the other one ended. What is refused is refused before the first fact.

    Pieces that came off the basket they go to become one line again with what they were taken off. `state` is what the
    basket becomes, "" for what it is.
    """
    _fit_together(into, other)
    columns = _columns(into, other) | ({"state": state} if state else {})
    level = int(columns.get("price_level", into.row["price_level"]))
    day = date.fromisoformat(counter.writer.business_day)
    both, same = _both(_at_level(into.basket, level), _at_level(other.basket, level), day)
    columns["ordered"] = _ordered(into, other, same)
    told = stations.told(other.id)
    now = _known(stations.told(into.id), told, same) if same else told
    slips = stations.moved(counter.till, counter.writer, into.id, now, str(columns["label"]))

    body = {"basket": other.id, "into": into.id, "label": other.row["label"], "columns": _EMPTIED, "told": told}
    entry = counter.writer.append("basket_joined", body | ({"now": now} if same else {}), command_id)
    emptied = Basket(id=other.id, lines=(), in_house=other.basket.in_house)
    counter.ended.append(OpenBasket({**other.row, **_EMPTIED, "version": entry.seq}, emptied, {}))
    # the state it had is told too: what is struck out from now on, its guest had seen (see `insights.reading`)
    came = {"joined": other.id, "was": other.row["state"]}
    kept = changed(counter.writer, into, columns, note=came)
    counter.open = replace(kept, basket=replace(kept.basket, price_level=level))
    counter.change(both, "", note={"from": other.id})
    for fact, entry_id in slips:
        version = counter.writer.append("slip_sent", fact, entry_id).seq
        counter.open = replace(counter.basket(), row={**counter.basket().row, "version": version})
    counter.writer.flush()


def _both(into: Basket, other: Basket, day: date) -> tuple[Basket, Mapping[str, str]]:
    """Return one basket of two, and which lines of `other` became one with which of `into`."""
    came_off = together.origin(other.id)
    if came_off is not None and came_off[0] == into.id:
        return given_back(into, other, came_off[2], day)
    return joined(into, other, day), {}


def _ordered(here: OpenBasket, other: OpenBasket, same: Mapping[str, str]) -> str:
    ordered = here.ordered
    for line_id, quantity in other.ordered.items():
        key = same.get(line_id, line_id)
        ordered[key] = quantity + (ordered.get(key, 0) if line_id in same else 0)
    return canonical(ordered) if ordered else ""


def _known(here: list[dict[str, Any]], told: list[dict[str, Any]], same: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what stations know of the lines that come, under the ids they have from then on."""
    before = {(row["line_id"], row["station"]): row["quantity"] for row in here}
    return [
        {**row, "line_id": key, "quantity": row["quantity"] + before.get((key, row["station"]), 0)}
        for row in told
        for key in (same.get(row["line_id"], row["line_id"]),)
    ]


def parked(counter: Counter, here: OpenBasket, basket_id: str) -> OpenBasket:
    """Return the parked basket. Raises RegisterError with what is the matter instead."""
    other = load(basket_id)
    if other is None or other.row["state"] == "ending":
        raise RegisterError("gone", "Diesen Bon gibt es nicht mehr: bezahlt, verworfen oder schon zusammengelegt.")
    if other.row["register_id"] != counter.till.register_id:
        raise RegisterError("register", "Dieser Bon gehört einer anderen Kasse. Er lässt sich nur dort bezahlen.")
    if bool(other.row["training"]) != bool(here.row["training"]):
        raise RegisterError("training", "Ein geübter und ein echter Bon lassen sich nicht zusammenlegen.")
    if other.id == here.id:
        raise RegisterError("same", "Das ist derselbe Bon.")
    if other.row["state"] != "parked":
        raise RegisterError(
            "paying", "An diesem Bon wird gerade bezahlt. Erst die Zahlung beenden oder das Geld zurückgeben."
        )
    return other


def _fit_together(here: OpenBasket, other: OpenBasket) -> None:
    if tabs.held(other.id) is not None:
        if tabs.held(here.id) is not None:
            raise RegisterError("tab", "Auf beiden Bons ist eine Karte vorgemerkt. Erst eine davon freigeben.")
        raise RegisterError(
            "tab", "Auf dem Bon, der dazukommt, ist eine Karte vorgemerkt. Bitte den anderen zu diesem legen."
        )
    if _guest(here).get("customer") and _guest(other).get("customer"):
        raise RegisterError("guest", "Auf beiden Bons liegt eine Kundenkarte. Erst eine davon herunternehmen.")
    if here.row["customer"] and other.row["customer"]:
        raise RegisterError("account", "Beide Bons gehen auf Rechnung. Bitte einzeln abschließen.")
    if _settled(here) & _settled(other):
        raise RegisterError("twice", "Dieselbe Anzahlung oder Rechnung steht auf beiden Bons. Erst eine stornieren.")


def _settled(basket: OpenBasket) -> set[str]:
    """Return the receipts whose advance is used, or whose account is paid, on a basket."""
    kinds = (ADVANCE_USED, ACCOUNT_PAID)
    return {line.reference_id for line in basket.basket.lines if line.gv_typ in kinds and not line.voided}


def _columns(here: OpenBasket, other: OpenBasket) -> dict[str, Any]:
    """Return what the joint basket says of itself: its own name, else the other's; the guest of either."""
    mine, theirs = _guest(here), _guest(other)
    guest = {**theirs, **mine}
    for shown in ("codes", "rewards", "receipts"):
        if values := dict.fromkeys([*mine.get(shown, ()), *theirs.get(shown, ())]):
            guest[shown] = list(values)
    columns: dict[str, Any] = {
        "label": here.row["label"] or other.row["label"],
        "opened_at": min(here.row["opened_at"], other.row["opened_at"]),
        "customer": here.row["customer"] or other.row["customer"],
        "guest": canonical(guest) if guest else "",
    }
    if theirs.get("customer"):
        columns["price_level"] = other.row["price_level"]
    return columns


def _guest(basket: OpenBasket) -> Mapping[str, Any]:
    text = basket.row["guest"]
    return orjson.loads(text) if text else {}


def _at_level(basket: Basket, level: int) -> Basket:
    """Return the basket at the prices of a level, as when the card that has them is laid on it."""
    if basket.price_level == level:
        return basket
    from smartecr.register.regulars import guestkeys  # only where a guest's card brings prices of its own

    return guestkeys.priced_at(replace(basket, price_level=level))
