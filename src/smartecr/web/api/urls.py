"""Addresses of the interface, below /api/."""

from __future__ import annotations

from django.urls import path, re_path
from django.views.generic import RedirectView

from smartecr.web.api import docs, gate

app_name = "api"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="api:docs")),
    path("v1/docs", docs.page, name="docs"),
    path("v1/openapi.json", docs.description, name="description"),
    re_path(r"^v1/(?P<rest>(?s:.*))\Z", gate.gate, name="v1"),
]
