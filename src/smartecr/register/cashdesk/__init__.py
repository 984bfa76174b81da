"""Cash: movements without a sale, counts, the cash book, notes of other currencies."""
