"""Whole exports checked: archives in, findings out. Knows no device and no register, only what an export says.

Enters here: what can be said about messages taken together (counters, transactions, times) or about a message
beside its signature (name, certificate, content). What proves one signature stands in ``tse.verify``.

- ``scan``          the whole check: walks archives, hands batches to all cores, puts the report together
- ``messages``      one batch: read, named, signed, in time;  ``content``  what is odd in process data
- ``records``       what is kept of a message, sorted by counter in bounded memory
- ``sequence``      counters, times, transactions, clients in that order
- ``certificates``  keys by serial number, chains;  ``findings``, ``report``  the verdict
"""
