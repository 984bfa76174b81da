"""The heart: an append-only journal, the rows projected from it, and the use cases of selling.

Every fiscal fact is appended once to the journal (`ledger`) and turned into rows by `projection` in the same
transaction; nothing else writes these tables. Use cases (`selling`, `paying`, `refunding`, `cash`, `closing`,
`masterdata`) are functions on a `Till`, the ports of one register. No screens, no devices, no HTTP.
"""
