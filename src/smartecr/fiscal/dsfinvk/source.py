"""An export as files, wherever it comes from: a ZIP or a folder. Nothing is unpacked, nothing outside is touched.

Broken and hostile archives are refused with a sentence: too many members, members that unpack to a multiple no table
reaches, names that lead elsewhere, links out of the folder.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Final

from smartecr.fiscal.dsfinvk import reasons

INDEX: Final = "index.xml"

_MOST_MEMBERS: Final = 10_000
_SUSPECT_SIZE: Final = 64 << 20
_MOST_RATIO: Final = 300
BROKEN = (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, struct.error)
"""What reading a broken archive raises (encrypted members and unknown methods: RuntimeError; names: ValueError)."""


class NotAnExportError(Exception):
    """This is no DSFinV-K export; the text is German and says why."""


class Source:
    """The files that lie beside index.xml, by name."""

    def __init__(self, names: dict[str, int]) -> None:
        self.names = names

    def open(self, name: str) -> IO[bytes]:
        """Open a file of `names` for reading. Raises one of BROKEN."""
        raise KeyError(name)


class _Folder(Source):
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        home = folder.resolve()
        files = (path for path in folder.iterdir() if path.is_file() and path.resolve().parent == home)
        super().__init__({path.name: path.stat().st_size for path in files})

    def open(self, name: str) -> IO[bytes]:
        return (self._folder / name).open("rb")


class _Archive(Source):
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        members = archive.infolist()
        if len(members) > _MOST_MEMBERS:
            raise NotAnExportError(f"Das Archiv hat {len(members)} Dateien. Ein Export hat 22.")
        home = _home(members)
        named = {info.filename.removeprefix(home): info for info in members if info.filename.startswith(home)}
        self._members = {name: info for name, info in named.items() if name and "/" not in name}
        for info in self._members.values():
            if info.file_size > _SUSPECT_SIZE and info.file_size > _MOST_RATIO * max(info.compress_size, 1):
                raise NotAnExportError(f"{info.filename} würde sich auf {info.file_size >> 20} MB aufblähen.")
        super().__init__({name: info.file_size for name, info in self._members.items()})

    def open(self, name: str) -> IO[bytes]:
        return self._archive.open(self._members[name])


def _home(members: list[zipfile.ZipInfo]) -> str:
    """Return the folder inside the archive in which index.xml lies, the outermost if there are several."""
    found = [info.filename for info in members if info.filename.rsplit("/", 1)[-1].lower() == INDEX]
    if not found:
        raise NotAnExportError("Im Archiv ist keine index.xml.")
    return min(found, key=lambda name: (name.count("/"), name))[: -len(INDEX)]


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open an export. Raises NotAnExportError."""
    try:
        archive = None if path.is_dir() else zipfile.ZipFile(path)
        source = _Folder(path) if archive is None else _Archive(archive)
    except BROKEN as error:
        if isinstance(error, OSError):
            raise NotAnExportError(f"{path} ist nicht lesbar: {reasons.of_reading(error)}.") from None
        raise NotAnExportError(f"{path.name} ist weder ein Ordner noch ein unversehrtes ZIP-Archiv.") from None
    with archive or nullcontext():
        yield source
