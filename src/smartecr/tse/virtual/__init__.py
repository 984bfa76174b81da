"""The virtual TSE: a twin that signs real log messages by the recipe of TR-03151 and keeps them.

Its signatures, exports and receipt codes have the format of a real device, but everything visible
says TEST: a software TSE is not certified and must not be used for real business. What enters here
is device behaviour (state, storage, faults on command), nothing of the register.
"""

from smartecr.tse.virtual.device import VirtualTse
from smartecr.tse.virtual.faults import Faults

__all__ = ["Faults", "VirtualTse"]
