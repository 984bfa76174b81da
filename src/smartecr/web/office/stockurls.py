"""Addresses of the stock, below /office/."""

from __future__ import annotations

from django.urls import path

from smartecr.web.office import stock, stockcounts

urlpatterns = [
    path("stock", stock.stock, name="stock"),
    path("stock/order.csv", stockcounts.order_file, name="stock-order"),
    path("stock/book/<str:kind>", stock.book, name="stock-book"),
    path("stock/article/<str:article_id>", stock.article, name="stock-article"),
    path("stock/article/<str:article_id>/<str:source_id>/back", stock.back, name="stock-back"),
    path("stock/count", stockcounts.count, name="stock-count"),
    path("stock/counts", stockcounts.counts, name="stock-counts"),
    path("stock/counts/<str:count_id>.csv", stockcounts.count_file, name="stock-count-file"),
]
