"""Addresses of what guests carry on their phones, below /g/."""

from __future__ import annotations

from django.urls import path

from smartecr.web.guest import card, voucher

app_name = "guest"
urlpatterns = [
    path("icon-<int:size>.png", card.icon, name="icon"),
    path("k/<str:code>/", card.page, name="card"),
    path("k/<str:code>/card.webmanifest", card.manifest, name="manifest"),
    path("k/<str:code>/code.png", card.picture, name="picture"),
    path("k/<str:code>/card.pkpass", card.wallet, name="wallet"),
    path("v/<str:code>/", voucher.page, name="voucher"),
]
