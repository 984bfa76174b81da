"""TSE of cryptovision, D-Trust and Bundesdruckerei: microSD, SD and USB, through the file ``TSE-IO.bin``.

- ``frames``, ``commands``, ``answers``, ``errors``   the wire: bytes to values and back, pure
- ``transport``, ``session``                          writing, polling, collecting; waking, logging in
- ``exports``, ``commissioning``, ``device``          the driver
- ``twin``                                            a virtual TSE that speaks this wire, also as a folder
"""

from smartecr.tse.drivers.cryptovision.device import CryptovisionTse

__all__ = ["CryptovisionTse"]
