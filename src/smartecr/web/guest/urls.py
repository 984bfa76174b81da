"""Addresses of what guests carry on their phones, below /g/."""

from __future__ import annotations

from django.urls import path

from smartecr.web.guest import voucher

app_name = "guest"
urlpatterns = [
    path("v/<str:code>/", voucher.page, name="voucher"),
]
