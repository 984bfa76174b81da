"""Finding what is plugged in: the table of mounts, the marker files, and the thread that watches."""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import smartecr
from smartecr.tse.drivers import detection
from smartecr.tse.drivers.detection import Volume, Watcher, mounts, volumes
from smartecr.tse.drivers.swissbit_raw import infoblock
from smartecr.tse.drivers.swissbit_raw.infoblock import InfoBlock, InfoBlockError

TABLE = rb"""21 28 0:19 / /proc rw,nosuid - proc proc rw
63 28 8:1 / /media/kasse/SWISS\040BIT rw,relatime shared:12 master:3 - vfat /dev/sda1 rw,umask=022
64 28 8:17 / /mnt/a\134b\011c rw - exfat /dev/sdb1 rw
65 28 0:50 / /mnt/nas rw - nfs4 nas:/export rw
66 28 0:51 / /mnt/phone rw - fuse.gvfsd-fuse gvfsd-fuse rw
67 28 0:52 / /mnt/stick rw - fuse.exfat /dev/sdc1 rw
broken line
68 28 0:53 / relative rw - ext4 /dev/sdd1 rw
"""


def test_the_table_is_read() -> None:
    read = list(mounts.parse(TABLE))
    assert [mount.number for mount in read] == [21, 63, 64, 65, 66, 67]
    assert read[1] == (63, Path("/media/kasse/SWISS BIT"), "vfat", "/dev/sda1")
    assert read[2].point == Path("/mnt/a\\b\tc")
    assert [mount.number for mount in read if mounts.may_hold_a_card(mount)] == [63, 64, 67]


def test_this_machines_table_is_read() -> None:
    assert any(mount.point == Path("/") for mount in mounts.parse(mounts.TABLE.read_bytes()))


@given(st.binary(max_size=200))
def test_any_table_is_read(table: bytes) -> None:
    for mount in mounts.parse(table):
        assert mount.point.is_absolute()


INFO = InfoBlock(
    used_bytes=512 * 4711,
    has_valid_time=True,
    has_passed_self_test=False,
    is_ctss_active=True,
    state="initialized",
    is_data_import_in_progress=False,
    has_changed_puk=True,
    has_changed_admin_pin=False,
    has_changed_time_admin_pin=True,
    seconds_to_self_test=86_399,
    seconds_to_time_sync=1_740,
    open_transactions=3,
    max_open_transactions=512,
    signatures=12_345_678,
    max_signatures=20_000_000,
    clients=2,
    max_clients=100,
    certificate_expires=1_900_000_000,
    export_bytes=6_000_000_000,
    hardware="1.2.3",
    software="2.1.0",
    public_key=b"\x04" + bytes(range(96)),
    serial=bytes(range(32)).hex(),
    description="BSI-K-TR-0412",
)


def test_the_status_block_byte_by_byte() -> None:
    block = bytearray(512)
    for offset, content in {
        0x18: "00001267", 0x1C: "05", 0x1D: "01", 0x20: "05", 0x24: "0001517f", 0x28: "0000000300000200",
        0x30: "00bc614e01312d00", 0x38: "0000000200000064", 0x40: "00000000713fb300", 0x48: "0000000165a0bc00",
        0x50: "00010203", 0x54: "00020100", 0x6A: "61", 0xD0: "000006cc",
    }.items():  # fmt: skip
        block[offset : offset + len(content) // 2] = bytes.fromhex(content)
    block[0x6B : 0x6B + 97] = INFO.public_key
    block[0x100:0x120] = bytes(range(32))
    block[0x120:0x12D] = b"BSI-K-TR-0412"
    assert infoblock.parse(bytes(block)) == INFO
    assert infoblock.build(INFO) == bytes(block)


@pytest.mark.parametrize("block", [b"", bytes(511), bytes(512), b"\xff" * 512, bytes(1024)])
def test_blocks_that_are_none(block: bytes) -> None:
    with pytest.raises(InfoBlockError):
        infoblock.parse(block)


@given(st.binary(min_size=512, max_size=512))
def test_any_block_is_read_or_refused(block: bytes) -> None:
    try:
        info = infoblock.parse(block)
    except InfoBlockError:
        return
    assert len(info.serial) == 64
    assert info.public_key in (b"", block[0x6B : 0x6B + 65], block[0x6B : 0x6B + 97])


def cryptovision(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "TSE-IO.bin").write_bytes(bytes(8192))
    return folder


def swissbit(folder: Path, block: bytes | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "TSE_COMM.DAT").write_bytes(bytes(512))
    (folder / "TSE_INFO.DAT").write_bytes(infoblock.build(INFO) if block is None else block)
    return folder


def test_folders_are_known_by_their_files(tmp_path: Path) -> None:
    found = detection.inspect(cryptovision(tmp_path / "a"))
    assert found is not None
    assert (found.kind, found.folder, found.serial) == ("cryptovision", tmp_path / "a", None)
    found = detection.inspect(swissbit(tmp_path / "b"))
    assert found is not None
    assert (found.kind, found.serial, found.status) == ("swissbit", INFO.serial, INFO)
    found = detection.inspect(swissbit(tmp_path / "c", b"nothing"))
    assert found is not None
    assert (found.kind, found.serial) == ("swissbit", None)
    (tmp_path / "d" / "TSE-IO.bin").mkdir(parents=True)
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "TSE_INFO.DAT").write_bytes(infoblock.build(INFO))
    for empty in ("d", "e", "missing", "a/TSE-IO.bin", "\0"):
        assert detection.inspect(tmp_path / empty) is None


def line(number: int, folder: Path, kind: str = "vfat") -> bytes:
    return f"{number} 1 8:1 / {folder} rw - {kind} /dev/sda1 rw\n".encode()


def test_a_scan_tells_each_device_once_and_reads_its_block_once(tmp_path: Path) -> None:
    a, b = cryptovision(tmp_path / "a"), swissbit(tmp_path / "b")
    table = line(7, a) + line(8, b) + line(9, tmp_path) + line(10, tmp_path / "missing")
    first = volumes.scan(table, [a, b])
    assert [(volume.kind, volume.folder) for volume in first] == [("cryptovision", a), ("swissbit", b)]
    (b / "TSE_INFO.DAT").write_bytes(bytes(512))
    second = volumes.scan(table, [], first)
    assert second == first
    assert second[1].status == INFO
    again = volumes.scan(line(11, a) + line(8, b), [], first)
    assert again[0] not in first
    assert again[1] in first
    assert volumes.scan(line(7, a, "nfs4"), []) == []


class Listener:
    """Collects what a watcher tells."""

    def __init__(self) -> None:
        self.told: queue.Queue[tuple[str, Volume, float]] = queue.Queue()

    def found(self, volume: Volume) -> None:
        self.told.put(("found", volume, time.monotonic()))
        raise RuntimeError("a listener that fails")

    def gone(self, volume: Volume) -> None:
        self.told.put(("gone", volume, time.monotonic()))

    def next(self) -> tuple[str, str]:
        what, volume, _ = self.told.get(timeout=30)
        return what, volume.folder.name


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    assert made.told.empty()


def test_the_watcher_tells_what_comes_and_goes(tmp_path: Path, listener: Listener) -> None:
    slot, other = tmp_path / "slot", cryptovision(tmp_path / "other")
    watcher = Watcher(listener.found, listener.gone, folders=[slot, other], interval=0.01)
    with closing(watcher):
        assert listener.next() == ("found", "other")
        cryptovision(slot)
        assert listener.next() == ("found", "slot")
        assert {volume.folder.name for volume in watcher.present} == {"slot", "other"}
        shutil.rmtree(slot)
        assert listener.next() == ("gone", "slot")
        swissbit(slot)
        assert listener.next() == ("found", "slot")
        (slot / "TSE_COMM.DAT").unlink()
        assert listener.next() == ("gone", "slot")
    watcher.close()


def test_another_card_in_the_same_place_is_told(tmp_path: Path, listener: Listener) -> None:
    slot = cryptovision(tmp_path / "slot")
    with closing(Watcher(listener.found, listener.gone, folders=[slot], interval=0.01)):
        assert listener.next() == ("found", "slot")
        (slot / "new").write_bytes(bytes(8192))
        (slot / "new").replace(slot / "TSE-IO.bin")
        assert [listener.next(), listener.next()] == [("gone", "slot"), ("found", "slot")]


def test_it_notices_within_two_seconds_by_itself(tmp_path: Path, listener: Listener) -> None:
    """Once in three times: a machine that does much else delays some, a watcher that looks less often all."""
    slots, seconds = [tmp_path / f"slot{number}" for number in range(3)], []
    with closing(Watcher(listener.found, listener.gone, folders=slots)):
        for slot in slots:
            begun = time.monotonic()
            cryptovision(slot)
            what, _, told = listener.told.get(timeout=30)
            assert what == "found"
            seconds.append(told - begun)
    assert min(seconds) < 2


MOUNTING = """
import queue, subprocess, sys, time
from pathlib import Path
from smartecr.tse.drivers.detection import Watcher

source, slot = Path(sys.argv[1]), Path(sys.argv[2])
told = queue.Queue()
watcher = Watcher(lambda volume: told.put(("found", volume)), lambda volume: told.put(("gone", volume)), interval=60)
told_first = []
for command in (["mount", "--bind", source, slot], ["umount", slot]) * 2:
    begun = time.monotonic()
    subprocess.run(command, check=True)
    what, volume = told.get(timeout=30)
    assert volume.folder == slot, volume
    assert time.monotonic() - begun < 30, time.monotonic() - begun
    print(what, volume.kind, volume.serial)
watcher.close()
"""


def test_a_volume_mounted_by_the_kernel_is_noticed_at_once(tmp_path: Path) -> None:
    """In a mount namespace of its own; with an interval of a minute only the kernel's wake-up can be in time."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-Urm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("mounting needs user namespaces (unshare -Urm), which this machine does not allow")
    source = swissbit(tmp_path / "source")
    slot = tmp_path / "slot"
    slot.mkdir()
    script = [unshare, "-Urm", sys.executable, "-c", MOUNTING, str(source), str(slot)]
    environment = os.environ | {"PYTHONPATH": str(Path(smartecr.__file__).parents[1])}
    done = subprocess.run(script, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [f"{what} swissbit {INFO.serial}" for what in ("found", "gone")] * 2
