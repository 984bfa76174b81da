"""Addresses of what the office knows of guests: vouchers, customers, promotions."""

from __future__ import annotations

from django.urls import path

from smartecr.web.office import vouchers

urlpatterns = [
    path("vouchers", vouchers.vouchers_page, name="vouchers"),
    path("vouchers/<str:number>", vouchers.voucher, name="voucher"),
    path("vouchers/<str:number>/mark", vouchers.mark, name="voucher-mark"),
]
