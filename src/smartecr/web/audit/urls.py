"""Addresses of the auditor's pages, below /audit/."""

from __future__ import annotations

from django.urls import path

from smartecr.web.audit import door, views

app_name = "audit"
urlpatterns = [
    path("", door.door, name="door"),
    path("leave", door.leave, name="leave"),
    path("receipts", views.receipt_list, name="receipts"),
    path("receipts/<str:receipt_id>", views.receipt, name="receipt"),
    path("closings", views.closing_list, name="closings"),
    path("closings/<str:closing_id>", views.closing_view, name="closing"),
    path("cash", views.cash, name="cash"),
    path("past", views.past_view, name="past"),
    path("master", views.master, name="master"),
    path("tse", views.tse, name="tse"),
    path("documents", views.documents, name="documents"),
    path("documents/<int:number>.pdf", views.procedure_pdf, name="procedure-pdf"),
    path("handover", views.handover, name="handover"),
    path("handover/take", views.take, name="take"),
]
