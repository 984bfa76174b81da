"""Addresses of the office's pages for other programmes."""

from __future__ import annotations

from django.urls import path

from smartecr.web.office import interface

urlpatterns = [
    path("interface", interface.page, name="interface"),
    path("interface/tokens", interface.issue, name="token-new"),
    path("interface/tokens/<str:token_id>/revoke", interface.revoke, name="token-revoke"),
    path("interface/webhooks", interface.add, name="webhook-new"),
    path("interface/webhooks/<str:hook_id>", interface.hook, name="webhook"),
    path("interface/webhooks/<str:hook_id>/<str:what>", interface.change, name="webhook-change"),
]
