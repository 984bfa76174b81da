"""Epson's TSE: USB or microSD in a fiscal TM printer or in a TSE server, over the shop's network.

- ``frames``, ``messages``, ``errors``        the wire: XML envelopes closed by NUL, JSON inside, names of errors; pure
- ``session``, ``logins``                     greeting, the device for us alone, log-in by challenge
- ``exports``, ``commissioning``, ``description``, ``device``   the driver
"""

from smartecr.tse.drivers.epson.device import EpsonTse

__all__ = ["EpsonTse"]
