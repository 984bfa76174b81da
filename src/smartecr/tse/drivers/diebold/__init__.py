"""Diebold Nixdorf's TSE by its native protocol: USB (a serial port), or the ConnectBox in the network.

- ``frames``, ``values``, ``commands``, ``errors``   the wire: bytes to values and back; pure
- ``session``                                        a request at a time, long answers in packets
- ``exports``, ``description``, ``device``           the driver
"""

from smartecr.tse.drivers.diebold.device import DieboldTse

__all__ = ["DieboldTse"]
