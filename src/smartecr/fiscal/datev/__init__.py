"""DATEV: closings as posting batches (EXTF, format 700/21/13) and the cash book as DATEV's Kassenbuch reads it.

Pure: facts in, text out. What may enter: account charts, the posting scheme, the two file formats. Nothing here knows
the register's tables.
"""
