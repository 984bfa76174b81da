"""Addresses of what guests carry on their phones, below /g/."""

from __future__ import annotations

from django.urls import path

from smartecr.web.guest import card, voucher

app_name = "guest"
urlpatterns = [
    path("k/<str:code>/", card.page, name="card"),
    path("v/<str:code>/", voucher.page, name="voucher"),
]
