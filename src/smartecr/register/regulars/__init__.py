"""Who comes back: customers and their cards, points, promotions, vouchers, receipts that count as tokens."""
