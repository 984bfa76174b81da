"""The open basket while a batch of commands is worked off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date
from typing import Any

from smartecr.core.basket import Basket
from smartecr.core.records import dataclass
from smartecr.core.vouchers import fit, redeems
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import Writer
from smartecr.register.rights import require
from smartecr.register.sale.baskets import OpenBasket, changed, opened, write_changes
from smartecr.register.signing import securing
from smartecr.register.till import Till
from smartecr.sql import select
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

Command = Mapping[str, Any]


@dataclass(slots=True)
class Counter:
    """The open basket while a batch is worked off; `asked` are the baskets whose TSE start was asked for."""

    till: Till
    actor: Actor
    approver: Actor | None
    writer: Writer
    open: OpenBasket | None
    asked: list[str]
    ended: list[OpenBasket] = field(default_factory=list)

    def basket(self) -> OpenBasket:
        """Return the open basket; raises RegisterError("empty") without one."""
        if self.open is None:
            raise RegisterError("empty", "Es ist kein Bon offen.", "Zuerst einen Artikel tippen.")
        return self.open

    def seen(self, command: Command) -> OpenBasket:
        """Return the open basket; raises RegisterError("elsewhere") when whoever sent the command saw another one."""
        if self.open is not None and command.get("basket", self.open.id) != self.open.id:
            raise RegisterError("elsewhere", "Auf dem Schirm liegt inzwischen ein anderer Bon. Er bleibt, wie er ist.")
        return self.basket()

    def change(self, after: Basket, entry_id: str, newest: str = "", note: Mapping[str, Any] | None = None) -> None:
        """Write what differs between the open basket and `after`, opening basket and day for the first line."""
        after = self.fitted(after, self.open.row if self.open else {})
        known = after.id in self.till.starts or (self.open is not None and bool(self.open.row["tse_number"]))
        if after.lines and not known:
            securing.begin(self.till, after.id)  # signed while this and the rest is worked off and committed
            self.asked.append(after.id)
        self.open = write_changes(self.writer, self._begun(after.id), after, entry_id, newest, note)

    def fitted(self, after: Basket, row: Mapping[str, Any]) -> Basket:
        """Return a basket, stored as `row`, as `fitted` does now."""
        return fitted(self.till, after, row, self.writer.at, self.writer.business_day)

    def set_aside(self, entry_id: str = "") -> None:
        """Take an emptied basket off the screen; its TSE transaction is ended as AVBelegabbruch after the commit."""
        self.ended.append(changed(self.writer, self.basket(), {"state": "ending"}, entry_id))
        self.open = None

    def set(self, columns: Mapping[str, Any], entry_id: str) -> None:
        """Write columns of the basket itself, opening one when there is none."""
        after = changed(self.writer, self._begun(self.open.id if self.open else self.till.new_id()), columns, entry_id)
        level = columns.get("price_level", after.basket.price_level)
        self.open = replace(after, basket=replace(after.basket, price_level=level))

    def _begun(self, basket_id: str) -> OpenBasket:
        """Return the open basket, opening one when there is none: from then on it is open, whatever is refused."""
        if self.open is None:
            self.writer.open_period()
            self.open = opened(self.writer, basket_id)
        return self.open

    def current(self) -> Basket:
        """Return the open basket, or an empty one not yet written."""
        return self.open.basket if self.open else Basket(id=self.till.new_id(), lines=())

    def less(self, after: Basket) -> int:
        """Return the cents by which `after` costs less than the open basket."""
        before, day = self.basket(), self.writer.business_day
        return before.priced(day).total_cents - replace(before, basket=after).priced(day).total_cents

    def note(self, right: Right, cents: int | None = None) -> dict[str, Any]:
        """Return the journal's note on the right used, for `cents` where it is about money."""
        return dict(require(self.actor, self.approver, right, cents))


def fitted(till: Till, basket: Basket, row: Mapping[str, Any], at: str, business_day: str) -> Basket:
    """Return a basket, stored as `row`, with the promotions it earns and its vouchers taking what they can."""
    if till.promotions != () and _has_promotions(till):
        from smartecr.register.regulars import loyalty  # most shops have no promotions, and then nothing is loaded

        basket = loyalty.fitted(till, basket, row, at)
    return fit(basket, date.fromisoformat(business_day)) if redeems(basket) else basket


def _has_promotions(till: Till) -> bool:
    """Tell whether the shop has promotions in force; that it has none is kept at the till until that changes."""
    if till.promotions is None and not select("SELECT 1 FROM customers_promotion WHERE active LIMIT 1"):
        till.promotions = ()
    return bool(till.promotions != ())
