"""Learning at the till: a code nobody knows yet becomes an article while it is sold.

The cashier says the group and the price; VAT and everything else follow from the group. It is a change of master data
like any other, so it is a fact of the journal with who did it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from smartecr.catalog import checks, rows, written
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.lookup import by_id
from smartecr.catalog.models import Group
from smartecr.core.money import MAX_CENTS
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import Writer
from smartecr.register.sale import items, scanned
from smartecr.register.till import Till

_NUMBER = re.compile(r"[0-9A-Za-z]{1,30}", re.ASCII)


def learn(till: Till, writer: Writer, text: str, group_id: str, cents: int, details: Mapping[str, Any]) -> items.Item:
    """Write the article of an unknown code within the writer's transaction and return it; "name" may be in `details`.

    A code that is known by now is that article. Raises RegisterError: "code" (nothing that may be learnt), "unknown"
    (no such group), "amount".
    """
    code = scanned.parse(till, text)
    if not code.valid or code.kind not in scanned.LEARNABLE:
        raise RegisterError("misread", code.message or "Dieser Code lässt sich nicht merken.", "Betrag eintippen.")
    try:
        return scanned.find(till, text).item
    except RegisterError as error:
        if error.code != "code":
            raise
    group = Group.objects.filter(id=group_id, active=True).first()
    if group is None:
        raise RegisterError("unknown", "Diese Warengruppe gibt es nicht mehr.", "Die Seite neu laden.")
    if not 0 < cents <= MAX_CENTS:
        raise RegisterError("amount", "Zuerst den Preis eintippen.")
    article_id, key = till.new_id(), scanned.key(code)
    keys = {"vat_key_in": group.vat_key_in, "vat_key_out": group.vat_key_out}
    article = {
        "id": article_id,
        "number": key if _NUMBER.fullmatch(key) else f"L{article_id[-12:]}",
        "name": str(details.get("name", "")).strip()[:60] or f"{group.name} {key}",
        "group_id": group.id,
        "price_cents": cents,
        "position": rows.MAX_POSITION,
    }
    try:
        learnt = [rows.article_row(article, group=keys), rows.barcode_row(key, article_id)]
        checks.verify(learnt)
    except CatalogError as error:
        raise RegisterError("learn", str(error), "Ohne Merken: Betrag tippen, dann die Warengruppe.") from error
    writer.append("rows_saved", {"rows": [{**row, "old": None} for row in learnt], "learnt": key})
    writer.flush()
    written.follow(learnt)
    found = by_id(article_id)
    assert found is not None
    return items.remember(till, found)
