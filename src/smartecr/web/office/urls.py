"""Addresses of the office, below /office/."""

from __future__ import annotations

from django.urls import path

from smartecr.web.office import home, receipts

app_name = "office"
urlpatterns = [
    path("", home.home, name="home"),
    path("sections", home.sections, name="sections"),
    path("receipts", receipts.receipts, name="receipts"),
]
