"""Modules kept from the last start are the ones Python would load itself."""

from __future__ import annotations

import importlib.util
import py_compile
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from smartecr.server import startpack
from smartecr.server.startpack import StartPack

SOURCES = {
    "kept_a.py": "VALUE = 1",
    "kept_b/__init__.py": "from kept_b import c",
    "kept_b/c.py": "VALUE = 3",
}
Start = Callable[..., list[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "lib"
    for name, text in SOURCES.items():
        write(folder / name, text)
    return folder


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    py_compile.compile(str(file), doraise=True)


@pytest.fixture
def start(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Load modules as a process would; return those that came from the file."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    finders = [*sys.meta_path]

    def forget() -> None:
        for name in [name for name in sys.modules if name.startswith("kept_")]:
            del sys.modules[name]
        sys.meta_path[:] = finders
        importlib.invalidate_caches()

    def run(*names: str, keep: bool = True) -> list[str]:
        forget()
        pack = StartPack(tmp_path / "start.pack")
        pack.use()
        modules = [importlib.import_module(name) for name in names]
        if keep:
            pack.keep()
        return [module.__name__ for module in modules if from_pack(module)]

    yield run
    forget()


def from_pack(module: ModuleType) -> bool:
    return type(module.__loader__).__module__ == "smartecr.server.startpack"


ALL = ("kept_a", "kept_b", "kept_b.c")


def test_the_second_start_takes_all_from_the_file(start: Start, folder: Path) -> None:
    assert start(*ALL) == []
    assert start(*ALL) == [*ALL]
    a, b, c = (sys.modules[name] for name in ALL)
    assert (a.VALUE, b.c.VALUE) == (1, 3)
    assert a.__file__ == str(folder / "kept_a.py") and a.__cached__ == importlib.util.cache_from_source(a.__file__)
    assert b.__path__ == [str(folder / "kept_b")]
    assert c.__package__ == "kept_b" and c.__loader__.get_source("kept_b.c") == SOURCES["kept_b/c.py"]


def test_a_changed_source_is_loaded_and_then_kept(start: Start, folder: Path) -> None:
    start(*ALL)
    write(folder / "kept_a.py", "VALUE = 'new'")
    assert start(*ALL) == ["kept_b", "kept_b.c"]
    assert sys.modules["kept_a"].VALUE == "new"
    assert start(*ALL) == [*ALL]
    assert sys.modules["kept_a"].VALUE == "new"


def test_a_vanished_source_is_missed_as_ever(start: Start, folder: Path) -> None:
    start(*ALL)
    (folder / "kept_a.py").unlink()
    with pytest.raises(ModuleNotFoundError):
        start("kept_a")


def test_what_another_start_needed_stays(start: Start) -> None:
    start("kept_a")
    assert start("kept_b") == []
    assert start(*ALL) == [*ALL]


def test_the_file_is_written_only_when_it_lacks_something(start: Start, tmp_path: Path) -> None:
    (tmp_path / "start.pack.123").write_bytes(b"left by a process that was stopped")
    start(*ALL)
    before = (tmp_path / "start.pack").stat().st_ino
    start("kept_a")
    assert (tmp_path / "start.pack").stat().st_ino == before
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["start.pack"]


@pytest.mark.parametrize("cut", [slice(0), slice(7), slice(60), slice(-1), slice(1, None)])
def test_a_file_that_is_not_whole_is_replaced(start: Start, tmp_path: Path, cut: slice) -> None:
    start(*ALL)
    file = tmp_path / "start.pack"
    file.write_bytes(file.read_bytes()[cut])
    assert start(*ALL) == []
    assert start(*ALL) == [*ALL]


def test_code_gone_bad_is_pythons_own_again(start: Start, tmp_path: Path) -> None:
    start(*ALL)
    file = tmp_path / "start.pack"
    content = file.read_bytes()
    file.write_bytes(content[:-40] + bytes(40))
    start(*ALL)
    assert sys.modules["kept_b.c"].VALUE == 3


def test_a_file_of_another_version_is_replaced(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    start(*ALL)
    with monkeypatch.context() as other:
        other.setattr(startpack, "__file__", __file__)
        assert start(*ALL) == []
    assert start(*ALL) == []
    assert start(*ALL) == [*ALL]


def test_other_paths_or_another_python_use_nothing(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    start(*ALL)
    with monkeypatch.context() as other:
        other.setattr(sys, "prefix", "/elsewhere")
        assert start(*ALL, keep=False) == []
    with monkeypatch.context() as other:
        other.setattr(sys, "path", [sys.path[0], "/elsewhere", *sys.path[1:]])
        assert start(*ALL, keep=False) == []
    with monkeypatch.context() as other:
        other.setattr(sys, "path", ["/here", *sys.path[1:]])
        assert start(*ALL, keep=False) == [*ALL]


def test_a_folder_that_may_not_be_written_changes_nothing(start: Start, tmp_path: Path) -> None:
    (tmp_path / "start.pack").mkdir()
    assert start(*ALL) == start(*ALL) == []
    assert sys.modules["kept_a"].VALUE == 1


def test_nothing_is_written_where_python_writes_nothing(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert start(*ALL) == []
    assert not (tmp_path / "start.pack").exists()


def test_a_pack_that_is_not_used_keeps_nothing(tmp_path: Path) -> None:
    assert not StartPack(tmp_path / "start.pack").keep()
    assert not (tmp_path / "start.pack").exists()
