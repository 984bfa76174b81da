"""People who come back: vouchers, customer cards, and the codes on both.

Rows are written only by the register's journal projection; this room makes and reads codes and finds rows. May import
`core` and `sql`; knows neither the catalogue nor the staff.
"""
