"""libWormAPI loaded: functions by name, looked up when they are first needed.

The library is the maker's; the shop gives the path. SDKs differ in what they export, so a missing function
matters only to what needs it.
"""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import byref, c_uint64, c_void_p
from pathlib import Path
from typing import Any, Protocol

from smartecr.tse.credentials import Role
from smartecr.tse.drivers.swissbit import errors
from smartecr.tse.drivers.swissbit.prototypes import ALIASES, TABLE
from smartecr.tse.errors import TseInvalidParameter, TseNotSupported

#: bytes no buffer of the library has more of
_MOST = 1 << 20


class Symbols(Protocol):
    """Where functions come from: a loaded library, or a table of the same names in tests."""

    def __getattr__(self, name: str) -> Any: ...


class Library:
    """The functions; ``symbols`` gives them as attributes with ``argtypes`` and ``restype`` still to be set."""

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self._known: dict[str, Callable[..., Any]] = {}

    @classmethod
    def load(cls, path: Path) -> "Library":
        """Load the library file. Raises TseInvalidParameter when that is not possible."""
        try:
            return cls(ctypes.CDLL(str(path)))
        except OSError as error:
            raise TseInvalidParameter(f"library {path}: {error}") from None

    def has(self, name: str) -> bool:
        """Tell whether this library has a function."""
        return self._find(name) is not None

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function. Raises TseNotSupported when this library has none of that name."""
        function = self._find(name)
        if function is None:
            raise TseNotSupported(f"this library has no {name}")
        return function(*arguments)

    def run(self, name: str, *arguments: Any, role: Role = Role.ADMIN) -> None:
        """Call a function that returns an error code. Raises what it means; ``role`` would have had to log in."""
        code = self.call(name, *arguments)
        if code:
            raise errors.error(name, code, role)

    def data(self, name: str, handle: c_void_p) -> bytes:
        """Call a function that points to a buffer of an object, and copy the buffer at once."""
        pointer, size = c_void_p(), c_uint64()
        self.call(name, handle, byref(pointer), byref(size))
        if not pointer.value or size.value > _MOST:
            return b""
        return ctypes.string_at(pointer.value, size.value)

    @contextmanager
    def made(self, kind: str, context: c_void_p) -> Iterator[c_void_p]:
        """Make an object (``worm_info``, ``worm_entry`` …) that is freed at the end."""
        handle = c_void_p(self.call(f"{kind}_new", context))
        if not handle.value:
            raise errors.error(f"{kind}_new", errors.OUT_OF_MEMORY)
        try:
            yield handle
        finally:
            self.call(f"{kind}_free", handle)

    def _find(self, name: str) -> Callable[..., Any] | None:
        if name in self._known:
            return self._known[name]
        for spelling in (name, *ALIASES.get(name, ())):
            try:
                function: Any = getattr(self._symbols, spelling)
            except AttributeError:
                continue
            function.restype, function.argtypes = TABLE[name]
            self._known[name] = function
            return self._known[name]
        return None
