"""Addresses of the screens of the till."""

from __future__ import annotations

from django.urls import path

from smartecr.web.till import articles, card, cases, cash, commands, login, paper, pay, receipts, sheets, tse, views

urlpatterns = [
    path("", views.till_page, name="till"),
    path("login", login.login, name="login"),
    path("logout", login.logout, name="logout"),
    path("approval/<str:right>", login.approval, name="approval"),
    path("till/commands", commands.commands, name="commands"),
    path("till/ticket", views.ticket_part, name="ticket"),
    path("till/tiles/<str:group>", views.tiles_part, name="tiles"),
    path("till/search", views.search_part, name="search"),
    path("till/status", views.status_part, name="status"),
    path("till/sheet/<str:name>", sheets.sheet, name="sheet"),
    path("till/drawer", sheets.open_drawer, name="drawer"),
    path("till/preferences", sheets.preferences, name="preferences"),
    path("till/order", cases.order, name="order"),
    path("till/meal", cases.meal, name="meal"),
    path("till/practise", cases.practise, name="practise"),
    path("till/pay", pay.pay, name="pay"),
    path("till/card", card.start, name="card"),
    path("till/card/now", card.present, name="card-now"),
    path("till/card/<str:payment_id>", card.show, name="card-show"),
    path("till/card/<str:payment_id>/abort", card.abort, name="card-abort"),
    path("till/card/<str:payment_id>/ask", card.ask, name="card-ask"),
    path("till/card/<str:payment_id>/decide", card.decide, name="card-decide"),
    path("till/paid/<str:receipt_id>", pay.paid, name="paid"),
    path("till/paid/<str:receipt_id>/tender", pay.tender, name="tender"),
    path("receipts", receipts.receipt_list, name="receipts"),
    path("receipts/<str:receipt_id>", receipts.receipt_view, name="receipt-view"),
    path("receipts/<str:receipt_id>/paper", receipts.receipt_paper, name="receipt-paper"),
    path("receipts/<str:receipt_id>/phone", pay.handout, name="handout"),
    path("receipts/<str:receipt_id>/print", paper.print_receipt, name="receipt-print"),
    path("receipts/<str:receipt_id>/copy", receipts.receipt_copy, name="receipt-copy"),
    path("receipts/<str:receipt_id>/refund", receipts.refund, name="refund"),
    path("cash", cash.overview, name="cash"),
    path("cash/move/<str:kind>", cash.move, name="cash-move"),
    path("cash/report", cash.x_report, name="x-report"),
    path("cash/close", cash.close, name="close"),
    path("cash/closings/<str:closing_id>", cash.closed, name="closing"),
    path("cash/closings/<str:closing_id>/print", paper.print_closing, name="closing-print"),
    path("till/tse/adopt", tse.adopt, name="tse-adopt"),
    path("till/print/<str:job_id>/settle", paper.settle, name="print-settle"),
    path("till/print/<str:job_id>/drop", paper.drop, name="print-drop"),
    path("articles", articles.articles, name="articles"),
    path("articles/file", articles.articles_file, name="articles-file"),
]
