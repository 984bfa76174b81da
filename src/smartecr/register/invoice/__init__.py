"""Invoices over receipts, and the form for whoever invited business guests."""
