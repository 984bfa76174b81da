"""Scales at the till: what is weighed instead of read.

`api` is the interface with its errors, `dialog06` the checkout dialogue of price-computing scales, `virtual` the twin.
Price-embedded labels are codes and belong to `scanner.grammar`. Scale and till form one measuring system (2014/31/EU,
EN 45501, WELMEC 2.2, 7.2): without a certified module live weighing is for practice only, which the register decides.
"""
