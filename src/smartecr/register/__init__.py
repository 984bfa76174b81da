"""The heart: an append-only journal, the rows projected from it, and the use cases of selling.

Every fiscal fact is appended once to the journal (`ledger`) and turned into rows by `projection` in the same
transaction; nothing else writes these tables. Use cases are functions on a `Till`, the ports of one register. No
screens, no devices, no HTTP. What all share lies here; a matter has its room: `sale`, `cashless`, `cashdesk`,
`signing`, `regulars`, `invoice`, `books`, `paper`, `shop`, `outside`.
"""
