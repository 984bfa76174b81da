"""fiskaly SIGN DE v2: a TSE in the maker's data centre, spoken to by HTTPS.

- ``values``, ``errors``                                  what answers hold and what refusals mean; pure
- ``service``                                             requests, token, repetition within a patience
- ``clients``, ``exports``, ``description``, ``device``   the driver
"""

from smartecr.tse.drivers.fiskaly.device import FiskalyTse

__all__ = ["FiskalyTse"]
