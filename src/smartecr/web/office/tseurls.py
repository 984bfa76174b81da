"""Addresses of the TSE's pages and of the checks of exports and receipts."""

from __future__ import annotations

from django.urls import path

from smartecr.web.office import proofs, tse, tsecommission, tseswap

urlpatterns = [
    path("tse", tse.status, name="tse"),
    path("tse/do", tse.act, name="tse-do"),
    path("tse/commission", tsecommission.commission, name="tse-commission"),
    path("tse/swap", tseswap.swap, name="tse-swap"),
    path("tse/archive/<str:name>", tseswap.archive, name="tse-archive"),
    path("proofs", proofs.proofs, name="proofs"),
    path("proofs/own", proofs.own, name="proof-own"),
    path("proofs/receipt", proofs.receipt, name="proof-receipt"),
    path("proofs/upload/<str:upload_id>", proofs.upload, name="proof-upload"),
]
