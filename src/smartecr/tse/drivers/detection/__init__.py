"""Finding TSE cards and sticks among the mounted volumes: looking only, nothing is opened or changed.

What enters here reads the mount table and marker files. A device found is told, never used: setting one
up is the decision of a person.

- ``mounts``   the kernel's table of mounts, taken apart
- ``volumes``  which folder holds a TSE, of which kind, and what it shows without a log-in
- ``watch``    the thread that notices within two seconds what is plugged in or pulled out
"""

from smartecr.tse.drivers.detection.volumes import Volume, inspect
from smartecr.tse.drivers.detection.watch import Watcher

__all__ = ["Volume", "Watcher", "inspect"]
