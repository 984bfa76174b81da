"""Prices that begin and end by the clock: planned by a person, turned by the first who comes past the moment.

Every sale compares its instant with the next moment (`Till.prices_turn`) before it looks at a price, so that a price
holds from its first millisecond on, whoever else is asleep; the server's clock turns it when nobody sells, so that open
pages draw it. Turning is a fact of its own, `prices_turned`, with old and new values.
"""

from __future__ import annotations

from typing import Any

from smartecr.catalog import dated
from smartecr.catalog.models import Article, Price
from smartecr.catalog.rows import ARTICLE, Row
from smartecr.register.ledger import Writer, writing
from smartecr.register.shop import remembered
from smartecr.register.signing.securing import SYSTEM
from smartecr.register.till import Till
from smartecr.sql import alone


def look(till: Till) -> bool:
    """Hear what other registers changed and turn what is due; return whether something was."""
    if not due(till, till.now()):
        return False
    with writing(till, SYSTEM) as writer:
        turned = turn(till, writer)
    if turned:
        till.publish("catalog")
    return turned


def due(till: Till, at: str) -> bool:
    """Tell whether a price begins or ends at or before the instant `at` and has not been turned; hears first."""
    remembered.hear(till)
    if not till.prices_turn:
        till.prices_turn = dated.following()
    return at >= till.prices_turn


def catalogue_alone() -> None:
    """Keep the shop's other registers from changing the catalogue until this transaction ends."""
    alone("catalogue")


def turn(till: Till, writer: Writer) -> bool:
    """Write what the writer's instant changes, in its transaction; return whether something changed."""
    catalogue_alone()
    changed = dated.due(writer.at)
    if changed:
        from smartecr.catalog import written  # what follows a price draws search and tiles in

        told = [{**row, "old": _old(row), "name": _name(row)} for row in changed]
        writer.append("prices_turned", {"rows": told})
        writer.flush()
        remembered.forget(till)
        written.follow([row for row in changed if row["table"] == ARTICLE])
    till.prices_turn = dated.following()
    return bool(changed)


def _old(row: Row) -> dict[str, Any]:
    model = Article if row["table"] == ARTICLE else Price
    found = model.objects.filter(id=row["key"]).values(*(row["columns"] or ()))
    return dict(found[0])


def _name(row: Row) -> str:
    return str(Article.objects.get(id=row["key"]).name) if row["table"] == ARTICLE else ""
