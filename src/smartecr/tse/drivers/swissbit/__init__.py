"""TSE of Swissbit: microSD, SD and USB, through the maker's library libWormAPI, whose file the shop gives by setting.

- ``prototypes``, ``errors``   the library's functions and codes, as tables
- ``library``                  loading it, calling by name, copying its buffers before they die
- ``session``, ``status``, ``log``, ``device``   the driver
"""

from smartecr.tse.drivers.swissbit.device import SwissbitTse

__all__ = ["SwissbitTse"]
