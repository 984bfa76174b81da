"""The compiled modules of a start in one file, so that the next start neither looks for them nor opens them.

Python asks for each of five hundred modules which folder holds it, and opens, checks and reads its compiled file: a
tenth of a start. What has been loaded is kept in one file beside Python's own, and the next start takes a module from
there while its source is still the one it was compiled from, by Python's own measure (time and size). Without the
file, and with another Python or other paths, everything is found as ever.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from types import CodeType, ModuleType

Kept = tuple[str, str, str, int, int, int, int]
"""Source, Python's compiled file, the folder of a package's modules; time in ns and size of the source; where the code
begins, and how long it is."""

_MAGIC = MAGIC_NUMBER + b"pack"
_NUMBER = 8
_PYC_HEAD = 16


class StartPack:
    """Finds modules in `file` once it is used (PEP 451), for the life of the process."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor = -1
        self._code = 0
        self._kept: dict[str, Kept] = {}
        self._before: frozenset[str] = frozenset()

    def use(self) -> None:
        """Take modules from the file from now on, if it is of this Python and these paths."""
        self._before = frozenset(sys.modules)
        with suppress(OSError):
            self._descriptor = os.open(self._file, os.O_RDONLY)
            self._kept = self._read()
        sys.meta_path.insert(0, self)

    def _read(self) -> dict[str, Kept]:
        """Return what the file holds, nothing unless it is whole and made for this process."""
        begin = len(_MAGIC) + 2 * _NUMBER
        start = os.pread(self._descriptor, begin, 0)
        if not start.startswith(_MAGIC) or len(start) < begin:
            return {}
        head, codes = (int.from_bytes(start[place:][:_NUMBER], "big") for place in (len(_MAGIC), begin - _NUMBER))
        self._code = begin + head
        if os.fstat(self._descriptor).st_size != self._code + codes:
            return {}
        given, kept = marshal.loads(os.pread(self._descriptor, head, begin))  # noqa: S302 ours, as Python's own are
        return kept if given == _given() else {}

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to load a module that is kept; None leaves it to Python."""
        kept = self._kept.get(name)
        if kept is None:
            return None
        source, compiled, folder, modified, size, _begin, _length = kept
        if _stamp(source) != (modified, size):
            return None
        spec = ModuleSpec(name, _Loader(self, name, source), origin=source, is_package=bool(folder))
        spec.has_location, spec.cached = True, compiled
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(folder)
        return spec

    def code(self, name: str) -> CodeType:
        """Return the code of a module that was found."""
        *_source, begin, length = self._kept[name]
        code: CodeType = marshal.loads(os.pread(self._descriptor, length, self._code + begin))  # noqa: S302
        return code

    def keep(self) -> bool:
        """Write the file anew if modules were loaded since `use` that are not in it; return whether it was."""
        if self not in sys.meta_path or sys.dont_write_bytecode:
            return False
        loaded = {name: getattr(module, "__spec__", None) for name, module in [*sys.modules.items()]}
        fresh = {
            name: str(spec.origin)
            for name, spec in loaded.items()
            if name not in self._before and spec and spec.name == name and type(spec.loader) is SourceFileLoader
        }
        if not any(_compiled(source) for source in fresh.values()):
            return False
        kept: dict[str, Kept] = {}
        parts: list[bytes] = []
        length = 0
        for name, source in ({name: source for name, (source, *_rest) in self._kept.items()} | fresh).items():
            if code := _compiled(source):
                kept[name] = (source, cache_from_source(source), _folder(source), *_stamp(source), length, len(code))
                parts.append(code)
                length += len(code)
        head = marshal.dumps((_given(), kept))
        sizes = [number.to_bytes(_NUMBER, "big") for number in (len(head), length)]
        return _write(self._file, [_MAGIC, *sizes, head, *parts])


class _Loader(SourceFileLoader):
    """Loads a module as ever, but for where its code comes from."""

    def __init__(self, pack: StartPack, name: str, source: str) -> None:
        super().__init__(name, source)
        self._pack = pack

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the code, from Python's own file if ours has gone bad."""
        try:
            return self._pack.code(fullname)
        except (OSError, ValueError, EOFError, TypeError):
            return super().get_code(fullname)


def _given() -> list[str]:
    """Return whose file it is: of this version of this module, and of the places where modules are found.

    The first path is the folder one happens to be in.
    """
    return [str(_stamp(__file__)), sys.prefix, *sys.path[1:]]


def _folder(source: str) -> str:
    path = Path(source)
    return str(path.parent) if path.name == "__init__.py" else ""


def _stamp(source: str) -> tuple[int, int]:
    try:
        found = os.stat(source)  # noqa: PTH116 asked at every import
    except OSError:
        return -1, -1
    return found.st_mtime_ns, found.st_size


def _compiled(source: str) -> bytes:
    """Return the code Python has compiled of a source and would use; empty when it would not use any."""
    modified, size = _stamp(source)
    numbers = (0, modified // 10**9, size)  # PEP 552: checked by time and size
    head = MAGIC_NUMBER + b"".join([(number & 0xFFFFFFFF).to_bytes(4, "little") for number in numbers])
    with suppress(OSError):
        whole = Path(cache_from_source(source)).read_bytes()
        if whole.startswith(head):
            return whole[_PYC_HEAD:]
    return b""


def _write(file: Path, parts: Sequence[bytes]) -> bool:
    """Write a file whole or not at all; where nothing may be written, nothing is. The last to begin wins."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        for left in file.parent.glob(f"{file.name}.*"):  # by a process that was stopped meanwhile
            left.unlink()
        with draft.open("wb") as target:
            target.writelines(parts)
            target.flush()
            os.fsync(target.fileno())
        draft.rename(file)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        return False
    return True


PACK = StartPack(Path(cache_from_source(__file__)).with_suffix(".pack"))
"""What this installation keeps."""
