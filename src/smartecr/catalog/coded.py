"""Codes whose line is certain before the register is asked: what a page may show at once when one is scanned.

Left out is whatever needs a look, a right or a rule: open prices, what is weighed, sold out or not for everyone, prices
by level or for a time, packs of several, vouchers, and numbers that may carry a weight or a price (GS1 prefixes 21 to
29, 98, 99).
"""

from __future__ import annotations

from smartecr.core.kinds import TURNOVER
from smartecr.sql import select

MOST = 20_000

Coded = tuple[str, str, str, int, int]

_SQL = """
SELECT b.code, a.id, a.name, a.price_cents, coalesce(d.price_cents, 0)
FROM catalog_barcode b
JOIN catalog_article a ON a.id = b.article_id
LEFT JOIN catalog_article d ON d.id = a.deposit_article_id
WHERE a.active AND NOT a.open_price AND NOT a.sold_out AND a.unit = '' AND a.age = 0 AND a.prices = '{}'
AND a.offers = '{}' AND a.gv_typ = %s AND b.quantity = 1000 AND coalesce(d.prices, '{}') = '{}'
AND coalesce(d.offers, '{}') = '{}'
AND NOT (b.code >= '21' AND b.code < '3') AND b.code NOT LIKE '02%%' AND NOT (b.code >= '98')
ORDER BY b.code LIMIT %s
"""


def plain(most: int = MOST) -> list[Coded]:
    """Return (code, article id, name without soft hyphens, cents, deposit cents), at most `most`, by code."""
    rows = select(_SQL, [TURNOVER, most])
    return [(code, key, name.replace("\u00ad", ""), cents, deposit) for code, key, name, cents, deposit in rows]
