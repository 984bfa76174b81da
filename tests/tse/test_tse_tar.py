"""TAR archives: ours read by tarfile, tarfile's in every format read by us, hostile ones refused."""

from __future__ import annotations

import io
import tarfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.tse import export_names, log_message
from smartecr.tse.algorithms import BY_NAME
from smartecr.tse.export_names import Info
from smartecr.tse.tar import ExportReader, ExportWriter, Member, TarError

ENCODER = log_message.Encoder(bytes(range(32)), BY_NAME["ecdsa-plain-SHA256"])
NAMES = st.text(
    alphabet=st.characters(min_codepoint=33, exclude_characters="/\\.", codec="utf-8"), min_size=1, max_size=25
)


def write(members: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    writer = ExportWriter(sink, mtime=1600000000)
    for name, data in members.items():
        writer.add(name, data)
    writer.close()
    return sink.getvalue()


def read(archive: bytes) -> list[Member]:
    return list(ExportReader(io.BytesIO(archive)))


def pack(members: dict[str, bytes], format: int, **fields: object) -> bytes:  # noqa: A002
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=format) as tar:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            for field, value in fields.items():
                setattr(entry, field, value)
            tar.addfile(entry, io.BytesIO(data))
    return sink.getvalue()


@given(st.dictionaries(NAMES, st.binary(max_size=1600), max_size=5))
def test_tarfile_reads_what_we_write(members: dict[str, bytes]) -> None:
    archive = write(members)
    assert len(archive) % 512 == 0
    assert archive.endswith(bytes(1024))
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        entries = tar.getmembers()
        assert {entry.name: tar.extractfile(entry).read() for entry in entries} == members  # type: ignore[union-attr]
        assert all(entry.isreg() and entry.mode == 0o644 and entry.uid == entry.gid == 0 for entry in entries)
        assert all(entry.mtime == 1600000000 for entry in entries)
    assert {member.name: member.data for member in read(archive)} == members
    assert write(members) == archive


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("prefix", ["", "./"])
def test_we_read_what_others_pack(format: int, prefix: str) -> None:  # noqa: A002
    members = {f"{prefix}info.csv": b"x", f"{prefix}Unixt_1_Sig-1_Log-Aud.log": b"y" * 700, f"{prefix}leer": b""}
    archive = pack(members, format, mode=0o100700)
    reader = ExportReader(io.BytesIO(archive))
    assert {member.name: member.data for member in reader} == {
        name.removeprefix(prefix): data for name, data in members.items()
    }
    assert reader.has_end_blocks


@pytest.mark.parametrize("format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_read(format: int) -> None:  # noqa: A002
    name = "Unixt_1630315994_Sig-48_Log-Tra_No-1_Start_Client-" + "ä" * 80 + ".log"
    members = {name: b"a", "short.log": b"b"}
    assert [(member.name, member.data) for member in read(pack(members, format))] == [(name, b"a"), ("short.log", b"b")]


def test_a_ustar_prefix_is_joined() -> None:
    name = "d" * 60 + "/" + "f" * 80
    assert read(pack({name: b"a"}, tarfile.USTAR_FORMAT))[0].name == name


def test_sizes_in_base_256_are_read() -> None:
    archive = bytearray(write({"a": b"xyz"}))
    archive[124:136] = b"\x80" + (3).to_bytes(11, "big")
    fix_sum(archive)
    assert read(bytes(archive))[0].data == b"xyz"


def test_directories_are_passed_over() -> None:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as tar:
        folder = tarfile.TarInfo("./")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        tar.addfile(tarfile.TarInfo("./a.log"))
    assert [member.name for member in read(sink.getvalue())] == ["a.log"]


@pytest.mark.parametrize(("cut", "complete"), [(0, True), (512, False), (1024, False)])
def test_missing_end_blocks_are_told(cut: int, complete: bool) -> None:
    archive = write({"a.log": b"a"})
    reader = ExportReader(io.BytesIO(archive[: len(archive) - cut]))
    assert [member.name for member in reader] == ["a.log"]
    assert reader.has_end_blocks is complete


def test_an_archive_larger_than_the_buffer() -> None:
    members = {f"m{place}": bytes([place % 256]) * (place * 7 % 3000) for place in range(2000)}
    archive = write(members)
    assert len(archive) > 2 << 20
    assert {member.name: member.data for member in read(archive)} == members
    assert all(archive[member.offset + 257 : member.offset + 262] == b"ustar" for member in read(archive))


class Dribble(io.BytesIO):
    """A stream that gives a few bytes at a time, as pipes do."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(777, size or 777))


def test_a_stream_that_dribbles() -> None:
    members = {"a.log": b"a" * 5000, "b.log": b"b"}
    assert {member.name: member.data for member in ExportReader(Dribble(write(members)))} == members


def fix_sum(archive: bytearray) -> None:
    archive[148:156] = b" " * 8
    archive[148:156] = b"%06o\x00 " % sum(archive[:512])


def forged(kind: bytes = b"0", name: bytes = b"a.log", size: bytes = b"00000000001\x00") -> bytes:
    archive = bytearray(write({"a.log": b"a"}))
    archive[0:100] = name.ljust(100, b"\x00")
    archive[124:136] = size
    archive[156:157] = kind
    fix_sum(archive)
    return bytes(archive)


HOSTILE = {
    "symbolic link": forged(kind=b"2"),
    "hard link": forged(kind=b"1"),
    "device": forged(kind=b"3"),
    "absolute name": forged(name=b"/etc/passwd"),
    "path leading out": forged(name=b"../a.log"),
    "path leading out inside": forged(name=b"a/../../b.log"),
    "windows path": forged(name=b"\\\\server\\share"),
    "windows path leading out": forged(name=b"..\\a.log"),
    "no name": forged(name=b""),
    "huge size": forged(size=b"77777777777\x00"),
    "huge size in base 256": forged(size=b"\x80" + b"\xff" * 11),
    "size of letters": forged(size=b"12x45678901\x00"),
    "negative size": forged(size=b"-0000000001\x00"),
    "huge extended header": forged(kind=b"x", size=b"00004000000\x00"),
    "cut in content": write({"a.log": b"a" * 2000})[:1024],
    "cut in header": write({"a.log": b"a"})[:300],
    "text": b"Das ist kein Archiv. " * 100,
    "endless extended headers": forged(kind=b"g")[:1024] * 50,
    "malformed extended header": forged(kind=b"x"),
}


@pytest.mark.parametrize("archive", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_archives_are_refused(archive: bytes) -> None:
    with pytest.raises(TarError):
        read(archive)


@pytest.mark.parametrize("record", [b"99 path=a\n", b"-1 path=a\n", b"0 \n", b"10 size=-1\n", b"9 size=x\n", b"x"])
def test_malformed_pax_records_are_refused(record: bytes) -> None:
    header = bytearray(write({"p": record}))[:-1024]
    header[156:157] = b"x"
    fix_sum(header)
    with pytest.raises(TarError):
        read(bytes(header) + write({"a.log": b"a"}))


@given(st.binary(max_size=3000))
def test_garbage_is_refused_or_empty(data: bytes) -> None:
    with suppress(TarError):
        assert read(data) == [] or len(data) >= 512


@given(st.data())
def test_damaged_archives_end_clearly(data: st.DataObject) -> None:
    archive = bytearray(pack({"info.csv": b"x" * 600, "n" * 120: b"y"}, tarfile.PAX_FORMAT)[:4096])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(archive) - 1))
        archive[place] = data.draw(st.integers(0, 255))
    with suppress(TarError):
        for member in read(bytes(archive)):
            assert len(member.data) <= len(archive)


def test_a_changed_header_is_found() -> None:
    archive = bytearray(write({"a.log": b"a"}))
    archive[0] ^= 1
    with pytest.raises(TarError, match="sum"):
        read(bytes(archive))


def test_names_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        write({"n" * 101: b""})


def test_messages_get_their_names_and_are_counted() -> None:
    sink = io.BytesIO()
    writer = ExportWriter(sink, mtime=0)
    signed = [
        ENCODER.transaction(log_message.START, "K 1", b"", "", 3, 7, 1630315994),
        ENCODER.transaction(log_message.FINISH, "K 1", b"x", "y", 3, 8, 1630315995),
        ENCODER.system("updateTime", b"", 9, 1630315996),
        ENCODER.audit(b"", 10, 1630315997),
    ]
    for message in signed:
        writer.add_message(log_message.assemble(message, bytes(64)))
    receipt = writer.close()
    assert [member.name for member in read(sink.getvalue())] == [
        "Unixt_1630315994_Sig-7_Log-Tra_No-3_Start_Client-K 1.log",
        "Unixt_1630315995_Sig-8_Log-Tra_No-3_Finish_Client-K 1.log",
        "Unixt_1630315996_Sig-9_Log-Sys_updateTime.log",
        "Unixt_1630315997_Sig-10_Log-Aud.log",
    ]
    assert (receipt.messages, receipt.first_counter, receipt.last_counter) == (4, 7, 10)
    assert receipt.size == len(sink.getvalue())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            b'"description:","","manufacturer:","fiskaly GmbH","version:","fiskaly sign cloud-TSE v1.0.5-1.2.0"',
            Info(description="", manufacturer="fiskaly GmbH", version="fiskaly sign cloud-TSE v1.0.5-1.2.0"),
        ),
        (
            b'"description:", Applause Cafe 35, "manufacturer:", fiskaly Gmbh, "version:", 0.1.0\n',
            Info(description="Applause Cafe 35", manufacturer="fiskaly Gmbh", version="0.1.0"),
        ),
        (b"", None),
        (b"a,b,c", None),
    ],
)
def test_info_csv_as_devices_write_it(content: bytes, expected: Info | None) -> None:
    assert export_names.read_info(content) == expected


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_info_csv_is_read_back(description: str, manufacturer: str, version: str) -> None:
    words = (description, manufacturer, version)
    if any(label in word for label in ("manufacturer:", "version:") for word in words):
        return
    info = Info(description=description, manufacturer=manufacturer, version=version)
    assert export_names.read_info(export_names.write_info(info)) == info
