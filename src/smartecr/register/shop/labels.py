"""Labels for shelf and goods: what stands on them, and in-store codes for articles that come without one."""

from __future__ import annotations

from collections.abc import Sequence

from smartecr.catalog import codes, dated, rows
from smartecr.catalog.models import Article, Barcode, Price
from smartecr.core.money import format_cents
from smartecr.core.quantity import ONE
from smartecr.printer.label import Label
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.staff.actor import Actor

INTERNAL = "20"
"""GS1 leaves 20 to 29 to the shop; 21 to 29 are its scale's here (`scanner.grammar`), so 20 is for articles."""


def give_codes(till: Till, actor: Actor, article_ids: Sequence[str]) -> int:
    """Give every one of these articles that has no code an in-store EAN-13; return how many got one.

    Raises CatalogError, RightError.
    """
    bare = Article.objects.filter(id__in=list(article_ids), active=True, barcodes__isnull=True).order_by("number")
    number = _newest()
    made = []
    for article in bare:
        number += 1
        body = f"{INTERNAL}{number:010d}"
        made.append(rows.barcode_row(body + codes.check_digit(body), article.id))
    if made:
        masterdata.save_articles(till, actor, made)
    return len(made)


def _newest() -> int:
    """Return the newest number in use behind the in-store prefix."""
    newest = (
        Barcode.objects.filter(code__startswith=INTERNAL, code__regex=r"^\d{13}$")
        .order_by("-code")
        .values_list("code", flat=True)
        .first()
    )
    return int(newest[2:12]) if newest else 0


def of(article_ids: Sequence[str], at: str) -> list[Label]:
    """Return the labels of articles in this order, with the prices of the moment `at` (UTC text), planned ones too."""
    found = {one.id: one for one in Article.objects.filter(id__in=list(article_ids)).select_related("deposit_article")}
    planned: dict[str, list[Price]] = {}
    deposits = [one.deposit_article_id for one in found.values() if one.deposit_article_id]
    for price in dated.planned([*found, *deposits]):
        planned.setdefault(price.article_id, []).append(price)
    first: dict[str, str] = {}
    for key, code in (
        Barcode.objects.filter(article_id__in=list(found), quantity=ONE)
        .order_by("code")
        .values_list("article_id", "code")
    ):
        first.setdefault(key, code)
    return [_label(found[key], planned, first.get(key, ""), at) for key in article_ids if key in found]


def _label(article: Article, planned: dict[str, list[Price]], code: str, at: str) -> Label:
    cents = dated.price_on(article, planned.get(article.id, []), at)
    deposit = article.deposit_article
    extra = ""
    if deposit is not None:
        extra = f"zzgl. {format_cents(dated.price_on(deposit, planned.get(deposit.id, []), at))} € Pfand"
    return Label(
        name=article.name.replace("\u00ad", ""),
        price="" if article.open_price else f"{format_cents(cents)} €",
        unit=f"je {article.unit}" if article.unit else "",
        content="" if article.open_price else article.content_text,
        per_unit="" if article.open_price else article.unit_price_text(cents),
        extra=extra,
        number=article.number,
        code=code,
    )
