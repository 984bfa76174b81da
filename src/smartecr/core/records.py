"""`dataclass` as the standard library's, made in a fifteenth of the time.

The standard library compiles up to eight functions for a dataclass, 0.8 ms for one with `frozen` and `slots`, and a
start makes seventy such classes. Here `__repr__`, `__eq__` and `__hash__` are not compiled at all, and `__init__` when
it is first asked for. `fields`, `replace`, `asdict` and patterns work as with any other dataclass.

What is `frozen` is hashable, and mypy refuses to assign to it. Nothing guards it at run time: a guard makes a record of
twenty fields four times as dear, and a sale makes many.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final

new_tuple: Final = tuple.__new__
"""Makes a named tuple of values that somebody has counted: in a third of the time of its `_make` or its own call."""

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen=False, slots=False, eq=True, kw_only=False):
        """Return a decorator that makes a class a dataclass; the options are those of `dataclasses.dataclass`."""

        def make(cls):
            own = frozenset(vars(cls))
            made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
            for name, method in _methods(made, frozen=frozen, eq=eq).items():
                if name not in own:
                    setattr(made, name, method)
            return made

        return make


def _methods(cls: type, *, frozen: bool, eq: bool) -> dict[str, Any]:
    methods: dict[str, Any] = {"__init__": _Init(cls), "__repr__": _repr(fields(cls))}
    if eq:
        content = _content(fields(cls))
        methods |= {"__eq__": _eq(content), "__hash__": _hash(content) if frozen else None}
    return methods


class _Init:
    """Stands for an `__init__` that is not yet written: whoever asks for it gets it, and the class has it from then."""

    def __init__(self, owner: type) -> None:
        self._owner = owner

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        written = _write_init(self._owner)
        self._owner.__init__ = written  # type: ignore[misc]
        return written.__get__(instance, owner)


class _NotGiven:
    """The default of an argument whose field has a factory."""

    def __repr__(self) -> str:
        return "<factory>"


_NOT_GIVEN = _NotGiven()


def _write_init(cls: type) -> Any:
    known: dict[str, object] = {"_not_given": _NOT_GIVEN}
    given = [field for field in fields(cls) if field.init]
    arguments = [_argument(field, known) for field in given if not field.kw_only]
    keywords = [_argument(field, known) for field in given if field.kw_only]
    lines = [f"self.{field.name} = {value}" for field in fields(cls) if (value := _value(field, known))]
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    head = ", ".join(["self", *arguments, *(["*", *keywords] if keywords else [])])
    body = "; ".join(lines) or "pass"
    text = f"def write({', '.join(known)}):\n def __init__({head}): {body}\n return __init__"
    made: dict[str, Any] = {}
    exec(text, vars(sys.modules[cls.__module__]), made)  # noqa: S102 it says names of fields and nothing else
    init = made["write"](**known)
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__annotations__ = {field.name: field.type for field in given} | {"return": None}
    return init


def _argument(field: Field[Any], known: dict[str, object]) -> str:
    if field.default is not MISSING:
        known[f"_default_{field.name}"] = field.default
        return f"{field.name}=_default_{field.name}"
    return f"{field.name}=_not_given" if field.default_factory is not MISSING else field.name


def _value(field: Field[Any], known: dict[str, object]) -> str:
    """Return what a field is set to, as source; nothing when it has no value yet."""
    name = field.name
    if field.default_factory is not MISSING:
        known[f"_make_{name}"] = field.default_factory
        return f"_make_{name}() if {name} is _not_given else {name}" if field.init else f"_make_{name}()"
    if field.init:
        return name
    if field.default is MISSING:
        return ""
    known[f"_default_{name}"] = field.default
    return f"_default_{name}"


def _content(of: tuple[Field[Any], ...]) -> Callable[[object], object]:
    names = [field.name for field in of if field.compare]
    return attrgetter(*names) if names else lambda _self: ()


def _repr(of: tuple[Field[Any], ...]) -> Callable[[object], str]:
    names = [field.name for field in of if field.repr]

    @recursive_repr()
    def describe(self: object) -> str:
        shown = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
        return f"{type(self).__qualname__}({shown})"

    return describe


def _eq(content: Callable[[object], object]) -> Callable[[object, object], bool]:
    def same(self: object, other: object) -> bool:
        return content(self) == content(other) if type(other) is type(self) else NotImplemented

    return same


def _hash(content: Callable[[object], object]) -> Callable[[object], int]:
    return lambda self: hash(content(self))
