"""Odd behaviour: rules with stated thresholds over events and the work beside them. Pure but for `finder`.

A rule compares counts with what is usual and asks how often chance alone would give as many (Poisson). It names what
it found, never who is guilty: every finding carries the events behind it, to be looked at.
Thresholds and worked numbers: docs/algorithms/odd-behaviour.md.
"""
