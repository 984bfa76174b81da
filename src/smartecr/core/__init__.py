"""The pure rules of the register: money, quantity, VAT, basket, receipt, payment, cash count, closing.

What may enter: functions and frozen dataclasses on integers (cents, thousandths, basis points) and text. What may not:
a database, a device, a clock, chance, Django, or another room of this program. Time and random bytes are arguments.
Every other room computes with these functions and never again by itself, so that screen, receipt, export and
statistics show the same numbers.

The worked numbers behind the rules stand in ``docs/algorithms``; the tests read their tables.

====================  ================================================================
module                for
====================  ================================================================
``errors``            what can be wrong with a value, with a code and a German sentence
``ids``               time-ordered identifiers
``money``             rounding, exact spreading, euros as text
``quantity``          thousandths, line amounts
``vat``               DSFinV-K keys, rates by date, gross to net
``pricing``           price levels, open amounts, the VAT keys of a kind of supply
``kinds``             the closed lists of DSFinV-K
``lines``             what a basket is made of
``basket``            every change to a basket
``totals``            a basket priced: lines, discounts, VAT, total
``receipt``           what was sold, its mirror and its checks
``payment``           what was tendered against what is due
``cash``              notes and coins
``closing``           receipts added up to a closing
====================  ================================================================
"""
