"""From the catalogue to a line: what an article or a group key puts on the ticket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from smartecr.catalog.lookup import by_id as article_by_id
from smartecr.catalog.lookup import by_ids
from smartecr.catalog.models import Article, Group
from smartecr.core import pricing
from smartecr.core.basket import Basket, Line
from smartecr.core.lines import Discount
from smartecr.core.records import dataclass
from smartecr.register.errors import RegisterError
from smartecr.register.till import Till

_REMEMBERED = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What of an article matters to a sale; `deposit` is the Pfand sold with it."""

    article: Article
    group_name: str
    deposit: Item | None = None

    @property
    def sold_out(self) -> bool:
        """Tell whether the article is marked as sold out."""
        return bool(self.article.sold_out)

    @property
    def age(self) -> int:
        """Return the age in years below which it must not be sold, or 0."""
        return int(self.article.age)

    @property
    def open_price(self) -> bool:
        """Tell whether the price is typed at the till."""
        return bool(self.article.open_price)

    @property
    def plain_name(self) -> str:
        """Return the name without soft hyphens."""
        return self.article.name.replace("\u00ad", "")


def by_id(till: Till, article_id: str) -> Item:
    """Return the item with this id. Raises RegisterError("unknown")."""
    known = till.items
    item = known.get(article_id)
    if item is None:
        article = article_by_id(article_id)
        if article is None or not article.active:
            raise RegisterError("unknown", "Diesen Artikel gibt es nicht mehr.", "Die Seite neu laden.")
        item = _remember(known, _item(article))
    return item


def unit_prices(till: Till, lines: Iterable[Line]) -> dict[str, str]:
    """Return what guests read of the unit price (Grundpreis, § 4 PAngV) of these lines, by line; at the line's price.

    Lines of an article that is retired by now are left out.
    """
    sold = [line for line in lines if line.article_id and not line.voided]
    expect(till, (line.article_id for line in sold))
    found = {}
    for line in sold:
        try:
            told = by_id(till, line.article_id).article.unit_price_sold(line.unit_cents)
        except RegisterError:
            continue
        if told:
            found[line.id] = told
    return found


def expect(till: Till, article_ids: Iterable[str]) -> None:
    """Look up together what `by_id` will be asked for and does not remember."""
    known = till.items
    missing = [key for key in dict.fromkeys(article_ids) if key not in known]
    if len(missing) > 1:
        for article in by_ids(missing):
            if article.active:
                _remember(known, _item(article))


def remember(till: Till, article: Article) -> Item:
    """Return an article as an item, kept for the next tap; `remembered` forgets all when the catalogue changes."""
    return _remember(till.items, _item(article))


def _remember(known: dict[str, Any], item: Item) -> Item:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[item.article.id] = item
    return item


def _item(article: Article) -> Item:
    deposit = article.deposit_article
    child = Item(article=deposit, group_name=deposit.group.name) if deposit is not None else None
    return Item(article=article, group_name=article.group.name, deposit=child)


def line(item: Item, line_id: str, quantity: int, basket: Basket, cents: int | None, parent: str = "") -> Line:
    """Return the line of `quantity` thousandths of an item; `cents` is a typed price of an article with open price."""
    article = item.article
    listed = article.price_at(basket.price_level)
    if cents is not None and not article.open_price:
        raise RegisterError("price", f"{item.plain_name} hat einen festen Preis.", "Preis an der Zeile ändern.")
    return Line(
        id=line_id,
        text=item.plain_name,
        quantity=quantity,
        unit_cents=listed if cents is None else cents,
        vat_key_in=article.vat_key_in,
        vat_key_out=article.vat_key_out,
        in_house=basket.in_house,
        gv_typ=article.gv_typ,
        article_id=article.id,
        article_number=article.number,
        group_id=article.group_id,
        group_name=item.group_name,
        unit=article.unit,
        age=article.age,
        parent_id=parent,
    )


def open_amount(group_id: str, line_id: str, cents: int, quantity: int, basket: Basket) -> Line:
    """Return a line of a typed amount on a group key. Raises RegisterError("unknown")."""
    group = Group.objects.filter(id=group_id, active=True).first()
    if group is None:
        raise RegisterError("unknown", "Diese Warengruppe gibt es nicht mehr.", "Die Seite neu laden.")
    return pricing.open_amount(
        id=line_id,
        group_id=group.id,
        group_name=group.name,
        cents=cents,
        vat_key_in=group.vat_key_in,
        vat_key_out=group.vat_key_out,
        in_house=basket.in_house,
        quantity=quantity,
    )


def number(value: object) -> int:
    """Return an int as sent by a client; bools, floats and text are refused (TypeError)."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"not an int: {value!r}")
    return value


def reason(command: Mapping[str, Any]) -> str:
    """Return the reason given with a command, cut to 100 characters."""
    return str(command.get("reason", "")).strip()[:100]


def discount(command: Mapping[str, Any]) -> Discount | None:
    """Return the discount of a command, None for none."""
    value = number(command["value"])
    if value == 0:
        return None
    kind = command["kind"]
    if kind not in ("percent", "amount"):
        raise ValueError(kind)
    return Discount(kind=kind, value=value, reason=reason(command))
