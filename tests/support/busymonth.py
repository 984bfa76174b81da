"""Days of a busy restaurant and shop, drawn at random through the real use cases, every business case among them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from smartecr.core.cash import pieces
from smartecr.core.kinds import ADVANCE, ON_ACCOUNT
from smartecr.core.receipt import Payment
from smartecr.core.returning import returnable
from smartecr.register import queries
from smartecr.register.books import closing
from smartecr.register.cashdesk import cash, counting, foreign
from smartecr.register.errors import RegisterError
from smartecr.register.invoice import invoices, invoicing
from smartecr.register.sale import credit, ordering, paying, refunding, returns, selling, training
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.tse.virtual import Faults
from support.eventually import eventually
from support.shop import (
    BREAD,
    CASHIER,
    COFFEE,
    EMPTY,
    ESPRESSO,
    JUICE,
    LATTE,
    MANAGER,
    OWNER,
    ROLL,
    Clock,
    article_row,
    command,
)

EXTRA = {
    "MehrzweckgutscheinKauf": (5, 2500),
    "MehrzweckgutscheinEinloesung": (5, -500),
    "EinzweckgutscheinKauf": (1, 1500),
    "EinzweckgutscheinEinloesung": (1, -1500),
    "TrinkgeldAN": (5, 200),
    "TrinkgeldAG": (1, 100),
    "Aufschlag": (1, 150),
}
"""Cases a person rings up as articles here: GV_TYP to VAT key and price."""

BUYER = {"name": "Kanzlei Roth GmbH", "street": "Hauptstraße 5", "postcode": "20095", "city": "Hamburg"}


class Month:
    """A shop that lives at random; `cases` counts what happened, by name."""

    def __init__(self, till: Till, clock: Clock, faults: Faults, seed: int) -> None:
        self.till, self.clock, self.faults = till, clock, faults
        self.random = random.Random(seed)
        self.cases: dict[str, int] = {}
        self.articles = [ESPRESSO, ROLL, LATTE, JUICE]
        self.extra = [f"{0xF000 + number:032x}" for number in range(len(EXTRA))]
        rows = [
            article_row(
                article, str(2000 + number), gv_typ, COFFEE, price, vat_key_in=key, vat_key_out=key, gv_typ=gv_typ
            )
            for number, (article, (gv_typ, (key, price))) in enumerate(zip(self.extra, EXTRA.items(), strict=True))
        ]
        masterdata.save_articles(till, OWNER, rows)

    def live(self, days: int, acts: int) -> list[closing.Closing]:
        """Live through days of that many acts each; return their closings."""
        return [self._day(acts) for _ in range(days)]

    def _day(self, acts: int) -> closing.Closing:
        if not cash.has_float(self.till):
            self._do("float", lambda: cash.move(self.till, MANAGER, self.till.new_id(), "Anfangsbestand", 15000, ""))
        names = [name for name in dir(self) if name.startswith("act_")]
        plan = [*names, *self.random.choices(names + ["act_sale"] * len(names), k=acts)]
        self.random.shuffle(plan)
        for name in plan:
            self._do(name[4:], getattr(self, name))
            self.clock.forward(minutes=self.random.randint(1, 4))
        expected = queries.cash_stock(self.till)
        counted = max(0, expected + self.random.choice([0, 0, -5, 20]))
        kept = self.random.choice([None, 0, min(counted, 10000)])
        done = closing.close_day(
            self.till, MANAGER, self.till.new_id(), dict(pieces(counted)), "verzählt", carry=True, kept_cents=kept,
            foreign_counts=self._foreign(),
        )  # fmt: skip
        self.clock.forward(hours=20)
        return done

    def _foreign(self) -> dict[str, int] | None:
        """Count foreign notes: not at all, right, or a note too few."""
        lying = {one.currency: one.foreign_cents for one in foreign.stocks(self.till)}
        return self.random.choice([None, lying, {currency: cents - 500 for currency, cents in lying.items()}])

    def _do(self, name: str, act: Callable[[], Any]) -> None:
        try:
            act()
        except RegisterError as error:
            name = f"{name}: {error.code}"
        self.cases[name] = self.cases.get(name, 0) + 1

    def run(self, what: str, **arguments: Any) -> None:
        (outcome,) = selling.run(self.till, MANAGER, [command(self.till, what, **arguments)])
        if not outcome.ok:
            raise RegisterError(outcome.code, outcome.message)

    def ring(self, most: int = 4) -> None:
        for _ in range(self.random.randint(1, most)):
            self.run("article", article=self.random.choice(self.articles), quantity=self.random.choice([1000, 2000]))

    def pay(self) -> None:
        state = queries.current(self.till)
        total = state.priced.total_cents
        kinds = [("Bar", ""), ("Bar", ""), ("ECKarte", "girocard"), ("Kreditkarte", "Visa"),
                 ("ElZahlungsdienstleister", "PayPal")]  # fmt: skip
        kind, name = self.random.choice(kinds) if total > 0 else ("Bar", "")
        given = [Payment(kind=kind, name=name, cents=total)]
        if kind != "Bar" and total > 300:
            given = [Payment(kind="Bar", cents=100), Payment(kind=kind, name=name, cents=total - 100)]
        paying.pay(self.till, CASHIER, state.id, self.till.new_id(), given)

    def act_sale(self) -> None:
        self.ring()
        self.pay()

    def act_discounts(self) -> None:
        self.ring()
        line = queries.current(self.till).basket.lines[0].id
        self.run("discount_line", line=line, kind="percent", value=1500, reason="Treue")
        self.run("discount", kind="amount", value=50, reason="")
        self.run("in_house", value=False)
        self.pay()

    def act_void(self) -> None:
        self.ring()
        self.run("void", line=queries.current(self.till).basket.lines[0].id)
        self.ring()
        self.pay()

    def act_abort(self) -> None:
        self.ring()
        self.run("discard")

    def act_bottles_back(self) -> None:
        self.run("article", article=EMPTY)
        self.pay()

    def act_special(self) -> None:
        self.run("article", article=self.random.choice(self.extra))
        self.ring()
        self.pay()

    def act_order(self) -> None:
        self.ring()
        state = queries.current(self.till)
        ordering.order(self.till, CASHIER, state.id, self.till.new_id(), f"Tisch {self.random.randint(1, 9)}")

    def act_table_pays(self) -> None:
        waiting = queries.parked(self.till)
        if waiting:
            self.run("recall", basket=waiting[0].id)
            lines = [line.id for line in queries.current(self.till).basket.lines if not line.parent_id]
            if len(lines) > 1:
                self.run("void", line=lines[0])
            self.ring()
            self.pay()

    def act_advance(self) -> None:
        self.run("advance", cents=self.random.randint(100, 9900), group=BREAD, text="Torte")
        self.pay()

    def act_use_advance(self) -> None:
        waiting = credit.open_items(self.till, ADVANCE)
        self.run("open_amount", group=BREAD, cents=4900)
        if waiting:
            self.run("use_advance", receipt=waiting[0].receipt_id)
        self.pay()

    def act_on_account(self) -> None:
        self.ring()
        self.run("on_account", name="Kanzlei Roth")
        self.pay()

    def act_account_paid(self) -> None:
        waiting = credit.open_items(self.till, ON_ACCOUNT)
        if waiting:
            self.run("account", receipt=waiting[0].receipt_id)
            self.pay()

    def act_refund(self) -> None:
        sales = [row for row in queries.receipts(self.till) if row.type == "Beleg" and not row.refund]
        sale = self.random.choice(sales)
        refunding.refund(self.till, MANAGER, self.till.new_id(), sale.id, "falsch")

    def act_take_back(self) -> None:
        """A line or two of an earlier sale come back, a piece or all of it."""
        sales = [row for row in queries.receipts(self.till) if row.type == "Beleg" and not row.refund]
        sale = queries.receipt(self.random.choice(sales).id)
        left = [one for one in returnable(sale.content, returns.contents_of(sale.id)) if one.left]
        if left and sale.total_cents > 0:
            chosen = {
                one.line.line_id: one.left if one.whole or self.random.random() < 0.5 else 1000
                for one in self.random.sample(left, min(len(left), self.random.randint(1, 2)))
            }
            refunding.refund_lines(self.till, MANAGER, self.till.new_id(), sale.id, chosen, "Ware zurück")

    def act_invoice(self) -> None:
        self.ring()
        self.pay()
        sale = queries.last_receipt(self.till)
        if sale is not None and invoices.refusal(sale) is None:
            buyer = self.random.choice([{}, BUYER])
            made = invoicing.issue(self.till, CASHIER, self.till.new_id(), sale.id, buyer)
            what = self.random.choice(["stands", "stands", "wrong name", "refunded"])
            if what == "wrong name":
                invoicing.cancel(self.till, MANAGER, self.till.new_id(), made.id, "falscher Name")
            elif what == "refunded":
                refunding.refund(self.till, MANAGER, self.till.new_id(), sale.id, "Ware zurück")

    def act_foreign(self) -> None:
        if not foreign.valid(self.till):
            foreign.save(self.till, OWNER, {"CHF.rate": "1,065", "USD.rate": "0,86"})
        self.ring()
        total = queries.current(self.till).priced.total_cents
        currency = self.random.choice(["CHF", "USD"])
        notes = self.random.choice([500, 1000, 2000])
        while foreign.tendered(self.till, currency, notes).cents < total:
            notes += 1000
        given = [foreign.tendered(self.till, currency, notes)]
        paying.pay(self.till, CASHIER, queries.current(self.till).id, self.till.new_id(), given)

    def act_move(self) -> None:
        kind, sign = self.random.choice(
            [("Einzahlung", 1), ("Auszahlung", -1), ("Geldtransit", -1), ("Geldtransit", 1), ("Privateinlage", 1),
             ("Privatentnahme", -1), ("Lohnzahlung", -1)]
        )  # fmt: skip
        cash.move(self.till, MANAGER, self.till.new_id(), kind, sign * self.random.randint(1, 3000), "Beleg liegt bei")

    def act_meal(self) -> None:
        self.ring()
        paying.give(self.till, MANAGER, queries.current(self.till).id, self.till.new_id(), "Jana")

    def act_practice(self) -> None:
        training.switch(self.till, MANAGER, True)
        self.ring()
        self.pay()
        training.switch(self.till, MANAGER, False)

    def act_count(self) -> None:
        stock = queries.cash_stock(self.till)
        counting.count(self.till, MANAGER, self.till.new_id(), dict(pieces(stock)), "Schichtwechsel")

    def act_drawer(self) -> None:
        cash.open_drawer(self.till, MANAGER, self.till.new_id(), "Wechseln")

    def act_outage(self) -> None:
        self.faults.unplugged = True
        self.ring()
        self.pay()
        self.faults.unplugged = False
        self.till.tse.operate(lambda device: device.info()).result(10)
        eventually(lambda: self.till.tse.state.level == "ok")
