"""Pages on a guest's own phone: a voucher, a customer card. No app, no log-in: who has the address may see it."""
