"""Addresses of the browser's camera, below /camera/."""

from __future__ import annotations

from django.urls import path

from smartecr.web.camera import views

app_name = "camera"
urlpatterns = [
    path("", views.page, name="page"),
    path("frame", views.frame, name="frame"),
]
