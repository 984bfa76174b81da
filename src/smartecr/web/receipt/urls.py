"""Addresses of the digital receipt, below /r/."""

from __future__ import annotations

from django.urls import path

from smartecr.web.receipt import views

app_name = "receipt"
urlpatterns = [
    path("<str:token>.json", views.data, name="data"),
    path("<str:token>/", views.page, name="page"),
    path("<str:token>/invoice/", views.invoice, name="invoice"),
    path("<str:token>/bewirtung/", views.entertain, name="entertain"),
    path("<str:token>/text/", views.text, name="text"),
    path("<str:token>/pdf/", views.as_pdf, name="pdf"),
]
