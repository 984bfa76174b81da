"""The virtual TSE: a twin that signs real log messages by the recipe of TR-03151 and keeps them.

Its signatures, exports and receipt codes have the format of a real device, but everything visible
says TEST: a software TSE is not certified and must not be used for real business. What enters here
is device behaviour (state, users, storage, faults on command), nothing of the register.

- ``VirtualTse``   the device, factory-new in an empty folder;  ``open_demo``, ``pin_of``  one ready to sell with
- ``Limits``       what it can hold;  ``Faults``, ``faults.write``  what goes wrong, from inside and outside
"""

from smartecr.tse.virtual.demo import open_demo, pin_of
from smartecr.tse.virtual.device import VirtualTse
from smartecr.tse.virtual.faults import Faults
from smartecr.tse.virtual.limits import Limits

__all__ = ["Faults", "Limits", "VirtualTse", "open_demo", "pin_of"]
