"""One example of each body that is sent, by the name of its schema; the description and its page show them."""

from __future__ import annotations

from typing import Any

_GROUP = "0198c0a1f0e07000a000000000000001"
_ARTICLE = "0198c0a1f0e07000a000000000000002"

EXAMPLES: dict[str, dict[str, Any]] = {
    "GroupNew": {"name": "Tee & Kakao", "icon": "leaf", "hue": 128, "vat_key_in": 1, "vat_key_out": 1},
    "GroupFields": {"name": "Tee", "position": 3},
    "ArticleNew": {
        "number": "802",
        "name": "Kaffeebohnen 250 g",
        "group_id": _GROUP,
        "price_cents": 890,
        "vat_key_in": 2,
        "vat_key_out": 2,
        "content": 250_000,
        "content_unit": "g",
        "barcodes": [{"code": "4006381333931", "quantity": 1000}],
    },
    "ArticleFields": {"price_cents": 420, "sold_out": False},
    "ArticlesBulk": {
        "articles": [
            {"number": "802", "price_cents": 940},
            {"number": "815", "name": "Leinöl 250 ml", "group_id": _GROUP, "price_cents": 690, "content": 250_000,
             "content_unit": "ml"},
        ]
    },
    "DatedPriceNew": {"level": 1, "cents": 299, "begins": "2026-12-01T06:00:00Z", "ends": "2026-12-24T13:00:00Z"},
    "StockMove": {"kind": "in", "note": "Lieferschein 4711", "rows": [{"article_id": _ARTICLE, "quantity": 12_000}]},
    "StockCount": {"note": "Inventur", "rows": [{"article_id": _ARTICLE, "seen": 12_000, "counted": 11_000}]},
    "CustomerNew": {"name": "Lena Sommer", "mail": "lena@example.org", "consent": "2026-11"},
    "CustomerFields": {"phone": "030 123456"},
}  # fmt: skip
