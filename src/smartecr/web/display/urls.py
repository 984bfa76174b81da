"""Addresses of the customer display, below /display/."""

from __future__ import annotations

from django.urls import path

from smartecr.web.display import views

app_name = "display"
urlpatterns = [
    path("", views.page, name="page"),
    path("state/", views.state, name="state"),
    path("pictures/<str:name>", views.picture, name="picture"),
]
