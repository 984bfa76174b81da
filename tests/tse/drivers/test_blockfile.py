"""The file of blocks: direct, aligned, alone, and honest when the device is gone."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from smartecr.tse.drivers import blockfile
from smartecr.tse.drivers.blockfile import DirectFile
from smartecr.tse.errors import TseBusy, TseConnectionLost, TseError, TseInternalError, TseUnplugged

SIZE = 8192


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "TSE-IO.bin"
    made.write_bytes(bytes(range(256)) * 32)
    return made


def test_what_is_written_is_read(path: Path) -> None:
    with DirectFile(path) as file:
        file.write(b"\xaa" * 512, 1024)
        assert file.read(SIZE)[1000:1600] == path.read_bytes()[1000:1600]
        assert file.read(512, 1024) == b"\xaa" * 512
        assert file.read(512, 1536) == bytes(range(256)) * 2


def test_what_another_program_writes_is_seen_at_once(path: Path) -> None:
    for direct in (True, False):
        with DirectFile(path, direct=direct) as file:
            file.read(512)
            path.write_bytes(b"\x55" * SIZE)
            assert file.read(512) == b"\x55" * 512
            path.write_bytes(b"\x66" * SIZE)
            assert file.read(512) == b"\x66" * 512


def test_flags_and_alignment(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    addresses: list[int] = []

    def spy_open(name: Path, flags: int) -> int:
        opened.append(flags)
        return os.open(name, flags)

    def spy_read(fd: int, buffers: list[memoryview], offset: int) -> int:
        addresses.append(ctypes.addressof(ctypes.c_char.from_buffer(buffers[0])))
        return os.preadv(fd, buffers, offset)

    monkeypatch.setattr(blockfile, "_os_open", spy_open)
    monkeypatch.setattr(blockfile, "_preadv", spy_read)
    with DirectFile(path) as file:
        file.read(SIZE)
        assert file.direct == (len(opened) == 1)
    assert opened[0] & os.O_DIRECT
    assert opened[0] & os.O_SYNC == os.O_SYNC
    assert opened[0] & os.O_CLOEXEC
    assert addresses[0] % 4096 == 0


def test_a_file_system_without_direct_io_is_used_without(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped: list[int] = []

    def refuse(name: Path, flags: int) -> int:
        if flags & os.O_DIRECT:
            raise OSError(errno.EINVAL, "no direct I/O")
        return os.open(name, flags)

    monkeypatch.setattr(blockfile, "_os_open", refuse)
    monkeypatch.setattr(os, "posix_fadvise", lambda fd, offset, size, advice: dropped.append(advice))
    with DirectFile(path) as file:
        assert not file.direct
        assert file.read(512) == bytes(range(256)) * 2
    assert dropped == [os.POSIX_FADV_DONTNEED]


def test_larger_blocks_are_used_where_the_file_system_wants_them(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def picky(call: str) -> None:
        real = getattr(os, call)

        def access(fd: int, buffers: list[memoryview], offset: int) -> int:
            sizes.append(len(buffers[0]))
            if len(buffers[0]) % 4096:
                raise OSError(errno.EINVAL, "not a whole block")
            moved: int = real(fd, buffers, offset)
            return moved

        monkeypatch.setattr(blockfile, f"_{call}", access)

    picky("preadv")
    picky("pwritev")
    with DirectFile(path, padded=True) as file:
        file.write(b"\x11" * 512)
        assert file.read(512) == b"\x11" * 512
    assert sizes == [512, 4096, 4096]
    assert path.read_bytes()[512:4096] == bytes(4096 - 512)
    with DirectFile(path) as file, pytest.raises(TseConnectionLost):
        file.write(b"\x11" * 512)


@pytest.mark.parametrize(("size", "offset"), [(0, 0), (511, 0), (513, 0), (512, 100), (512, -512)])
def test_half_sectors_are_refused(path: Path, size: int, offset: int) -> None:
    with DirectFile(path) as file:
        with pytest.raises(ValueError, match="sectors"):
            file.read(size, offset)
        with pytest.raises(ValueError, match="sectors"):
            file.write(bytes(size), offset)


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    for missing in (tmp_path / "TSE-IO.bin", tmp_path / "no" / "TSE-IO.bin"):
        with pytest.raises(TseUnplugged):
            DirectFile(missing)


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (errno.EACCES, TseInternalError),
        (errno.EROFS, TseInternalError),
        (errno.EBUSY, TseBusy),
        (errno.EIO, TseUnplugged),
    ],
)
def test_a_device_that_cannot_be_opened(
    path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[TseError]
) -> None:
    def refuse(name: Path, flags: int) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(blockfile, "_os_open", refuse)
    with pytest.raises(error):
        DirectFile(path)


def test_a_device_pulled_while_open(path: Path) -> None:
    with DirectFile(path) as file:
        path.unlink()
        for access in (lambda: file.read(512), lambda: file.write(bytes(512))):
            with pytest.raises(TseUnplugged):
                access()


def test_another_device_at_the_same_place(path: Path) -> None:
    with DirectFile(path) as file:
        path.rename(path.with_name("old"))
        path.write_bytes(bytes(SIZE))
        with pytest.raises(TseUnplugged):
            file.read(512)


def test_a_broken_medium(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(fd: int, buffers: list[memoryview], offset: int) -> int:
        raise OSError(errno.EIO, "Input/output error")

    with DirectFile(path) as file:
        with pytest.raises(TseConnectionLost):
            file.read(SIZE, SIZE)
        os.truncate(path, 512)
        with pytest.raises(TseConnectionLost):
            file.read(SIZE)
        monkeypatch.setattr(blockfile, "_preadv", fail)
        monkeypatch.setattr(blockfile, "_pwritev", fail)
        with pytest.raises(TseConnectionLost):
            file.read(512)
        with pytest.raises(TseConnectionLost):
            file.write(bytes(512))


def test_short_transfers_are_gone_on_with(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(fd: int, buffers: list[memoryview], offset: int) -> int:
        return os.preadv(fd, [buffers[0][:512]], offset)

    monkeypatch.setattr(blockfile, "_preadv", half)
    with DirectFile(path) as file:
        assert file.read(2048) == path.read_bytes()[:2048]


def test_one_program_at_a_time(path: Path) -> None:
    with DirectFile(path, lock=True):
        with pytest.raises(TseBusy):
            DirectFile(path, lock=True)
        code = f"import fcntl, os; fcntl.flock(os.open({str(path)!r}, 0), fcntl.LOCK_EX | fcntl.LOCK_NB)"
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "BlockingIOError" in other.stderr
    DirectFile(path, lock=True).close()


def test_closed_is_unplugged(path: Path) -> None:
    file = DirectFile(path)
    file.close()
    file.close()
    with pytest.raises(TseUnplugged):
        file.read(512)
