"""Articles, product groups, prices, barcodes: what the shop can sell, and how it is found.

Rows are written only by the register's journal projection; this room computes and checks them (`rows`, `checks`,
`csvfile`), finds them (`lookup`, `search`) and lays them out for the till (`tiles`). May import `core` only.
"""
