"""The screens of the person at the till: log-in, selling, paying, receipts, cash and closing, articles.

One module per screen, each with thin views: read through `register.queries` and `catalog`, act through the register's
use cases, answer with HTML. What a template shows is prepared here as plain values, so templates hold no rules.
"""
