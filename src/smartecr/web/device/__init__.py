"""The whole device on one page, for demo and training: both screens live, and every virtual part in one's hands.

The page drives the twins and nothing else: it puts paper in, pulls the TSE, holds cards and things before the readers.
What the register makes of it, it learns through its real wires. `bench` is what lies on the bench and what hands can
do to it, `paper` the receipts that hang out or were torn off, `faults` the switches.
"""
