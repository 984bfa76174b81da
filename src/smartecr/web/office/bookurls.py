"""Addresses of the books: proof, papers, the auditor's door."""

from __future__ import annotations

from django.urls import path

from smartecr.web.office import auditors, closings, invoices, papers, past, proof

urlpatterns = [
    path("books", proof.books, name="books"),
    path("books/prove", proof.prove, name="prove"),
    path("books/closings", closings.closings, name="closings"),
    path("books/closings/<str:closing_id>.pdf", closings.as_pdf, name="closing-pdf"),
    path("books/closings/<str:closing_id>", closings.one, name="closing"),
    path("books/past", past.show, name="past"),
    path("books/papers", papers.papers, name="papers"),
    path("books/papers/datev", papers.adviser_file, name="adviser-file"),
    path("books/papers/procedure", papers.procedure_file, name="procedure-file"),
    path("books/papers/notice", papers.notice_file, name="notice-file"),
    path("books/invoices", invoices.invoices_page, name="invoices"),
    path("books/auditors", auditors.auditors, name="auditors"),
    path("books/auditors/open", auditors.let_in, name="auditor-in"),
    path("books/auditors/<str:access_id>/close", auditors.let_out, name="auditor-out"),
]
