"""Addresses of what the office knows of guests: vouchers, customers, promotions."""

from __future__ import annotations

from django.urls import path

from smartecr.web.office import customers, promotions, vouchers

urlpatterns = [
    path("promotions", promotions.promotions, name="promotions"),
    path("promotions/<str:key>", promotions.promotion, name="promotion"),
    path("promotions/<str:key>/preview", promotions.preview, name="promotion-preview"),
    path("customers", customers.customers, name="customers"),
    path("customers/overdue", customers.erase_overdue, name="customers-overdue"),
    path("customers/groups", customers.group, name="customer-group"),
    path("customers/<str:customer_id>", customers.customer, name="customer"),
    path("customers/<str:customer_id>/card", customers.new_card, name="customer-card"),
    path("customers/<str:customer_id>/report", customers.report, name="customer-report"),
    path("customers/<str:customer_id>/report.pdf", customers.report_paper, name="customer-report-paper"),
    path("customers/<str:customer_id>/erase", customers.erase, name="customer-erase"),
    path("vouchers", vouchers.vouchers_page, name="vouchers"),
    path("vouchers/<str:number>", vouchers.voucher, name="voucher"),
    path("vouchers/<str:number>/mark", vouchers.mark, name="voucher-mark"),
]
