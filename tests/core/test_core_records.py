"""A record behaves as a dataclass of the standard library, whatever of it is written late."""

import copy
import dataclasses
import inspect
import pickle
from dataclasses import asdict, field, fields, replace
from typing import Any

import pytest

from smartecr.core import records

OPTIONS: list[dict[str, bool]] = [
    {"frozen": True, "slots": True},
    {"frozen": True, "slots": True, "kw_only": True},
    {"frozen": True},
    {"slots": True},
    {"slots": True, "eq": False},
    {},
]


def _pair(options: dict[str, bool]) -> list[Any]:
    """Return the same class, made by the standard library and by us."""
    made = []
    for maker in (dataclasses.dataclass, records.dataclass):

        class Thing:
            """A thing."""

            name: str
            size: int = 3
            parts: list[int] = field(default_factory=list, hash=False, compare=False)
            note: str = field(default="", repr=False)
            kind: str = field(default="k", init=False)
            made: list[int] = field(default_factory=lambda: [1], init=False, compare=False)

        made.append(maker(**options)(Thing))
    return made


def _equal_or_refused(left: Any, right: Any) -> object:
    try:
        return left == right, hash(left) == hash(right)
    except TypeError as error:
        return str(error)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_record_is_what_the_standard_library_makes(options: dict[str, bool]) -> None:
    library, own = _pair(options)
    assert str(inspect.signature(own)) == str(inspect.signature(library))
    assert own.__match_args__ == library.__match_args__
    assert hasattr(own(name="a"), "__dict__") is hasattr(library(name="a"), "__dict__")
    for arguments in ({"name": "a"}, {"name": "b", "size": 4, "parts": [1], "note": "n"}):
        one, two = library(**arguments), own(**arguments)
        assert repr(two) == repr(one)
        assert asdict(two) == asdict(one)
        assert [f.name for f in fields(two)] == [f.name for f in fields(one)]
        for other in ({"name": "a"}, {"name": "a", "parts": [9]}, {"name": "b", "size": 4, "note": "n"}):
            assert _equal_or_refused(two, own(**other)) == _equal_or_refused(one, library(**other))
        assert two != one
        assert asdict(copy.deepcopy(two)) == asdict(two)
    assert own(name="a").parts is not own(name="a").parts
    for wrong in ({}, {"name": "a", "kind": "x"}, {"name": "a", "colour": 1}):
        with pytest.raises(TypeError) as refused:
            library(**wrong)
        with pytest.raises(TypeError) as ours:
            own(**wrong)
        assert str(ours.value) == str(refused.value)


@records.dataclass(frozen=True, slots=True)
class Point:
    """A point."""

    x: int
    y: int = 0

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("x")


@records.dataclass(frozen=True, slots=True, kw_only=True)
class Named(Point):
    """A point with a name."""

    name: str = ""

    def __repr__(self) -> str:
        return f"<{self.name}>"


def test_a_record_travels() -> None:
    point = Point(1, 2)
    assert point == Point(1, 2)
    assert pickle.loads(pickle.dumps(point)) == point == copy.copy(point)
    assert replace(point, y=5) == Point(1, 5)
    with pytest.raises(ValueError, match="x"):
        replace(point, x=-1)
    match point:
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_a_record_inherits_fields_and_keeps_what_its_class_defines() -> None:
    named = Named(1, name="n")
    assert (named.x, named.y, named.name) == (1, 0, "n")
    assert repr(named) == "<n>"
    assert named != Point(1)
    assert {named: 1}[Named(1, 0, name="n")] == 1
    with pytest.raises(ValueError, match="x"):
        Named(-1)


def test_an_init_is_written_once_and_for_its_own_class() -> None:
    @records.dataclass(slots=True)
    class Base:
        """Base."""

        a: int

    @records.dataclass(slots=True)
    class More(Base):
        """More."""

        b: int

        def doubled(self) -> "More":
            return More(self.a, self.b * 2)

    more = More(1, 2)
    assert (more.a, more.b, more.doubled().b) == (1, 2, 4)
    assert Base(7).a == 7
    assert inspect.isfunction(vars(Base)["__init__"])
    assert vars(Base)["__init__"] is not vars(More)["__init__"]
