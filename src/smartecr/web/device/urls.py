"""Addresses of the bench, below /device/."""

from __future__ import annotations

from django.urls import path

from smartecr.web.device import views

app_name = "device"
urlpatterns = [
    path("", views.page, name="page"),
    path("state", views.state, name="state"),
    path("do", views.do, name="do"),
    path("picture", views.picture, name="picture"),
    path("paper/<int:number>.png", views.paper, name="paper"),
    path("things/<slug:thing_id>.png", views.thing, name="thing"),
]
