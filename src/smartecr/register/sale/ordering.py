"""Orders: what is sent to kitchen or bar before it is paid is secured at once as Bestellung-V1 (DSFinV-K 2.7).

The basket's transaction ends with the order; the next line, or the payment, begins another. `Basket.ordered` keeps what
was sent. What is struck out later is an order of its own with a negative quantity, never a line marked P_STORNO.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from smartecr.core.kinds import ORDER
from smartecr.core.lines import Basket, Line
from smartecr.core.receipt import ReceiptContent, content_of
from smartecr.core.totals import price
from smartecr.register import queries
from smartecr.register.cashdesk import cash
from smartecr.register.cashless import tabs
from smartecr.register.errors import RegisterError
from smartecr.register.journal import canonical
from smartecr.register.ledger import writing
from smartecr.register.queries import ReceiptState
from smartecr.register.sale import together
from smartecr.register.sale.baskets import OpenBasket, load, parked_as
from smartecr.register.signing import securing
from smartecr.register.till import Till
from smartecr.staff.actor import Actor

_FREE = {"tse_serial": "", "tse_number": 0, "tse_start": 0}


def order(
    till: Till, actor: Actor, basket_id: str, receipt_id: str, label: str = "", *, same: bool = False
) -> ReceiptState:
    """Send what is new on the open basket as an order and park it as `label`; return the order.

    The same call again returns the same order. Raises RegisterError: "paid" (gone from the screen), "training",
    "nothing" (nothing new), "name_taken" (as `baskets.parked_as`).
    """
    if securing.known(till, receipt_id) is not None:
        return queries.receipt(receipt_id)
    basket = load(basket_id)
    if basket is None or basket.row["state"] != "open":
        raise RegisterError("paid", "Dieser Bon liegt nicht mehr auf dem Schirm.", "Die Liste neu öffnen.")
    if basket.row["training"]:
        raise RegisterError("training", "Im Übungsmodus geht keine Bestellung hinaus.", "Den Bon parken.")
    news = basket.news
    if not news:
        raise RegisterError("nothing", "Seit der letzten Bestellung ist nichts dazugekommen.", "Den Bon parken.")
    name = parked_as(basket, label, same=same) or str(basket.row["label"])
    return _send(till, actor, basket, news, {"state": "parked", "label": name}, receipt_id)


def correct(till: Till, actor: Actor, basket: OpenBasket) -> OpenBasket:
    """Send what was struck out since the last order; return the basket as it then stands."""
    struck = {line_id: quantity for line_id, quantity in basket.news.items() if quantity < 0}
    if not struck:
        return basket
    _send(till, actor, basket, struck, {}, till.new_id())
    return load(basket.id) or basket


def end(till: Till, actor: Actor, basket: OpenBasket) -> None:
    """End an emptied basket on its way out: take back what was ordered, then its TSE transaction; let its tab go."""
    stored = load(basket.id)
    left = correct(till, actor, stored) if stored is not None and stored.ordered else basket
    securing.abort(till, actor, left, together.reason(basket.id))
    tabs.let_go(till, actor, basket.id)


def _content(basket: Basket, news: Mapping[str, int], day: str) -> ReceiptContent:
    """Return the content of an order: the changed quantities at their unit prices, without discounts and payments."""
    lines: tuple[Line, ...] = tuple(
        replace(line, quantity=news[line.id], discount=None, voided=False) for line in basket.lines if line.id in news
    )
    return content_of(price(Basket(id=basket.id, lines=lines), date.fromisoformat(day)), (), ORDER)


def _send(
    till: Till, actor: Actor, basket: OpenBasket, news: Mapping[str, int], columns: Mapping[str, str], receipt_id: str
) -> ReceiptState:
    day = cash.carry_float(till, actor)
    start = securing.wait_start(till, basket)
    draft = securing.Draft(
        id=receipt_id,
        content=_content(basket.basket, news, day),
        started_at=basket.row["opened_at"] if not basket.ordered else till.now(),
        basket=basket,
        label=columns.get("label", ""),
    )
    quantities = {**basket.ordered}
    for line_id, change in news.items():
        quantities[line_id] = quantities.get(line_id, 0) + change
    with writing(till, actor) as writer:
        receipt, _end = securing.record(till, writer, draft, start, securing.said_by(till, draft))
        changed = {**columns, **_FREE, "ordered": canonical(quantities)}
        writer.append("basket_changed", {"basket": basket.id, "columns": changed})
    till.starts.pop(basket.id, None)
    return queries.issued(draft.content, receipt, securing.secure(till, actor, receipt, outage=start.outage))
