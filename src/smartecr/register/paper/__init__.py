"""From rows to paper: receipts, reports, slips of every kind, and what goes to which printer."""
