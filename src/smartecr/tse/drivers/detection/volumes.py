"""Which folder is the root of a TSE, and what the device there tells to anyone."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from smartecr.core.records import dataclass
from smartecr.tse.drivers.blockfile import DirectFile
from smartecr.tse.drivers.cryptovision import frames
from smartecr.tse.drivers.detection import mounts
from smartecr.tse.drivers.swissbit_raw import infoblock, mailbox
from smartecr.tse.errors import TseError

Kind = Literal["cryptovision", "swissbit"]

#: the files that together mark the root of a device; the first one stands for it
MARKERS: dict[Kind, tuple[str, ...]] = {
    "cryptovision": (frames.FILE_NAME,),
    "swissbit": (infoblock.FILE_NAME, mailbox.FILE_NAME),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A folder that holds a TSE.

    ``identity`` (device and inode of the first marker, and the mount's number) tells one plugging from
    the next. ``status`` is what a Swissbit device shows in its status block; other kinds, and blocks
    that cannot be read, have none.
    """

    kind: Kind
    folder: Path
    identity: tuple[int, int, int]
    status: infoblock.InfoBlock | None = None

    @property
    def serial(self) -> str | None:
        """The serial number (64 hex digits) where it is shown without opening the device."""
        return self.status.serial if self.status else None


def scan(table: bytes, folders: Iterable[Path], known: Iterable[Volume] = ()) -> list[Volume]:
    """Look into every mount of the table and into ``folders``; a device seen twice is told once.

    ``known`` are the results of the last time: a status block is read once for each plugging.
    """
    places = [(mount.point, mount.number) for mount in mounts.parse(table) if mounts.may_hold_a_card(mount)]
    places += [(folder, 0) for folder in folders]
    before = {(volume.kind, volume.folder, volume.identity): volume for volume in known}
    found: dict[tuple[int, int], Volume] = {}
    for folder, number in places:
        marked = _marked(folder)
        if marked is None:
            continue
        kind, device, inode = marked
        identity = device, inode, number
        if (device, inode) not in found:
            volume = before.get((kind, folder, identity))
            found[device, inode] = volume or _examine(kind, folder, identity)
    return list(found.values())


def inspect(folder: Path) -> Volume | None:
    """Look into one folder; None when it is not the root of a TSE."""
    marked = _marked(folder)
    return _examine(marked[0], folder, (*marked[1:], 0)) if marked else None


def _marked(folder: Path) -> tuple[Kind, int, int] | None:
    """Tell kind, device and inode when all markers of a kind are there as plain files."""
    for kind, names in MARKERS.items():
        try:
            first, *others = ((folder / name).stat() for name in names)
        except (OSError, ValueError):
            continue
        if all(_is_file(status) for status in (first, *others)):
            return kind, first.st_dev, first.st_ino
    return None


def _is_file(status: os.stat_result) -> bool:
    return status.st_mode & 0o170000 == 0o100000


def _examine(kind: Kind, folder: Path, identity: tuple[int, int, int]) -> Volume:
    status = read_status(folder) if kind == "swissbit" else None
    return Volume(kind=kind, folder=folder, identity=identity, status=status)


def read_status(folder: Path) -> infoblock.InfoBlock | None:
    """Read the status block of a Swissbit device; None when it cannot be read."""
    try:
        with DirectFile(folder / infoblock.FILE_NAME, writable=False) as file:
            return infoblock.parse(file.read(infoblock.SIZE))
    except (TseError, infoblock.InfoBlockError):
        return None
