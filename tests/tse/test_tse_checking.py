"""Whole exports: what a correct reader finds in real ones, and that every manipulation of one is found and named."""

from __future__ import annotations

import dataclasses
import io
import json
import random
import subprocess
import sys
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import ecdsa
import pytest
from asn1crypto import algos, core, keys, x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartecr.server import cli
from smartecr.tse import log_message
from smartecr.tse.checking import scan
from smartecr.tse.checking.findings import CODES, KEPT
from smartecr.tse.checking.report import ExportReport
from smartecr.tse.checking.scan import NotAnExportError, check_export
from smartecr.tse.log_reader import Reader
from support.samples import sample

#: file -> (transaction, system, audit), first and last counter, missing counters, codes of errors and warnings
SAMPLES: dict[str, tuple[tuple[int, int, int], tuple[int, int], int, set[str]]] = {
    "fiskaly-v1-orders-and-receipts": ((24, 71, 2), (2, 98), 0, set()),
    "fiskaly-v1-filtered": ((6, 0, 0), (28, 33), 0, {"authority_name", "chain_validity", "process_data_sum"}),
    "fiskaly-v0-utctime": ((6, 0, 0), (1, 6), 0, set()),
    "fiskaly-v1-three-counter-gaps": (
        (7, 34, 0), (2, 52), 10, {"counter_gap", "transaction_without_start", "client_unregistered"},
    ),
    "dtrust-indefinite-finish": ((12, 8, 0), (625, 644), 0, {"process_data_sum"}),
    "dtrust-mock-1": ((3, 12, 2), (1, 18), 1, {"counter_gap", "process_type_unknown"}),
    "dtrust-mock-2-decommission": ((0, 7, 3), (19, 28), 0, set()),
    "dtrust-mock-inconsistent-certificates": (
        (3, 0, 0), (643, 1043), 398,
        {"certificate_name", "process_type_unknown", "chain_validity", "transaction_without_start", "counter_gap"},
    ),
    "cryptovision-system-and-audit": ((0, 10, 4), (713, 726), 0, {"archive_not_closed"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_real_exports_give_exactly_their_figures(name: str) -> None:
    kinds, counters, missing, codes = SAMPLES[name]
    report = check_export([sample(f"tse/{name}.tar")])
    value = report.json()
    assert (report.transaction, report.system, report.audit) == kinds
    assert (value["messages"], value["signatures_valid"], value["signatures_invalid"]) == (sum(kinds), sum(kinds), 0)
    assert (value["counter_first"], value["counter_last"]) == counters
    assert len(value["missing_counters"]) == value["missing_counters_total"] == missing
    assert value["open_transactions"] == []
    assert {finding.code for finding in report.findings if finding.severity != "note"} == codes
    assert report.ok == ("certificate_name" not in codes)


def test_the_three_gaps_are_named() -> None:
    value = check_export([sample("tse/fiskaly-v1-three-counter-gaps.tar")]).json()
    assert value["missing_counters"] == [7, 8, 9, 19, 20, 21, 22, 43, 44, 45]
    places = [finding["place"] for finding in value["findings"] if finding["code"] == "counter_gap"]
    assert [place.rsplit(" ", 1)[1] for place in places] == ["10", "23", "46"]


def test_parts_given_together_are_one_export() -> None:
    parts = [sample(f"tse/dtrust-mock-{name}.tar") for name in ("2-decommission", "1")]
    value = check_export(parts).json()
    assert (value["messages"], value["counter_first"], value["counter_last"]) == (27, 1, 28)
    assert value["missing_counters"] == [2]


def test_a_claim_of_completeness_makes_gaps_errors() -> None:
    report = check_export([sample("tse/fiskaly-v1-three-counter-gaps.tar")], complete=True)
    assert {finding.code for finding in report.findings if finding.severity == "error"} == {
        "counter_gap",
        "transaction_without_start",
    }
    assert check_export([sample("tse/fiskaly-v1-orders-and-receipts.tar")], complete=True).ok


# --- an export made here, sharing no code with the product -------------------------------------------------------

CLIENT = "KASSE-1"
BEGIN = 1_700_000_000


def tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(octets)]) + octets + content


def number(tag: int, value: int) -> bytes:
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


@dataclasses.dataclass
class Log:
    """A message to be signed: its place in the order and its content."""

    counter: int
    kind: str
    fields: bytes
    name: str
    time: int = 0


class Maker:
    """A device of the tests: pure-Python ecdsa, asn1crypto, tarfile."""

    def __init__(self) -> None:
        self.key = ecdsa.SigningKey.generate(ecdsa.NIST256p)
        self.authority = ecdsa.SigningKey.generate(ecdsa.NIST256p)
        self.serial = self.hash_of(self.key)
        self.leaf = self.certificate("leaf", self.key, "root", self.authority)
        self.root = self.certificate("root", self.authority, "root", self.authority)

    @staticmethod
    def point(key: ecdsa.SigningKey) -> bytes:
        return bytes(key.verifying_key.to_string("uncompressed"))

    def hash_of(self, key: ecdsa.SigningKey) -> bytes:
        return sha256(self.point(key)).digest()

    def certificate(
        self, name: str, key: ecdsa.SigningKey, issuer: str, by: ecdsa.SigningKey, *, until: int = 2049
    ) -> bytes:
        extensions = [{"extn_id": "basic_constraints", "critical": True, "extn_value": {"ca": name == "root"}}]
        algorithm = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
        body = x509.TbsCertificate({
            "version": "v3",
            "serial_number": 7,
            "signature": algorithm,
            "issuer": x509.Name.build({"common_name": issuer}),
            "subject": x509.Name.build({"common_name": name}),
            "validity": {
                "not_before": x509.Time({"utc_time": datetime(2020, 1, 1, tzinfo=UTC)}),
                "not_after": x509.Time({"utc_time": datetime(until, 1, 1, tzinfo=UTC)}),
            },
            "subject_public_key_info": keys.PublicKeyInfo({
                "algorithm": {"algorithm": "ec", "parameters": keys.ECDomainParameters("named", "secp256r1")},
                "public_key": core.OctetBitString(self.point(key)).native,
            }),
            "extensions": extensions,
        })  # fmt: skip
        signature = by.sign(body.dump(), hashfunc=sha256, sigencode=ecdsa.util.sigencode_der)
        return bytes(
            x509.Certificate({
                "tbs_certificate": body, "signature_algorithm": algorithm, "signature_value": signature,
            }).dump()
        )  # fmt: skip

    def message(self, log: Log) -> bytes:
        kind = {"transaction": 1, "system": 2, "audit": 3}[log.kind]
        signed = bytes.fromhex("020102") + tlv(6, bytes.fromhex("04007f0007030701") + bytes([kind]))
        signed += log.fields if kind != 3 else b""
        signed += tlv(4, self.serial) + bytes.fromhex("300c060a04007f00070101040103")
        signed += log.fields if kind == 3 else b""
        signed += number(2, log.counter) + number(2, log.time or BEGIN + log.counter)
        return tlv(0x30, signed + tlv(4, self.key.sign(signed, hashfunc=sha256)))

    def life(self, transactions: int = 4) -> list[Log]:
        """A life from the first message on: start, registration, transactions two at a time, an audit log."""
        client = tlv(0x81, CLIENT.encode())
        logs = [
            Log(1, "system", tlv(0x80, b"initialize") + tlv(0x81, tlv(0x81, b"test")), "Log-Sys_initialize"),
            Log(2, "system", tlv(0x80, b"registerClient") + tlv(0x81, client), "Log-Sys_registerClient"),
        ]
        for pair in range(transactions // 2):
            first, second = 2 * pair + 1, 2 * pair + 2
            for step, one in (("Start", first), ("Start", second), ("Finish", second), ("Finish", first)):
                logs.append(self.step(len(logs) + 1, step, one))
        logs.append(Log(len(logs) + 1, "audit", tlv(4, b"\x01"), "Log-Aud"))
        return logs

    @staticmethod
    def step(
        counter: int, step: str, one: int, client: str = CLIENT, data: bytes | None = None, kind: bytes | None = None
    ) -> Log:
        finish = step == "Finish"
        data = (b"Beleg^10.00_0.00_0.00_0.00_0.00^10.00:Bar" if finish else b"") if data is None else data
        kind = (b"Kassenbeleg-V1" if finish else b"") if kind is None else kind
        fields = tlv(0x80, f"{step}Transaction".encode()) + tlv(0x81, client.encode())
        fields += tlv(0x82, data) + tlv(0x83, kind) + number(0x85, one)
        return Log(counter, "transaction", fields, f"Log-Tra_No-{one}_{step}_Client-{client}")

    def members(self, logs: list[Log] | None = None) -> list[tuple[str, bytes]]:
        info = b'"description:","","manufacturer:","test","version:","1"\n'
        members = [("info.csv", info)]
        for key, data in ((self.key, self.leaf), (self.authority, self.root)):
            members.append((f"{self.hash_of(key).hex()}_X509.der", data))
        for log in self.life() if logs is None else logs:
            name = f"Unixt_{log.time or BEGIN + log.counter}_Sig-{log.counter}_{log.name}.log"
            members.append((name, self.message(log)))
        return members


MAKER = Maker()
WHOLE = MAKER.members()
FIRST_LOG = 3


def pack(folder: Path, members: list[tuple[str, bytes]], name: str = "export.tar") -> Path:
    path = folder / name
    with tarfile.open(path, "w") as tar:
        for member, data in members:
            entry = tarfile.TarInfo(member)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path


def check(folder: Path, members: list[tuple[str, bytes]], **options: Any) -> ExportReport:
    return check_export([pack(folder, members)], **options)


def codes(report: ExportReport, *severities: str) -> set[str]:
    return {finding.code for finding in report.findings if finding.severity in (severities or ("error",))}


def test_an_export_of_another_hand_is_whole_and_valid(tmp_path: Path) -> None:
    report = check(tmp_path, WHOLE, complete=True)
    assert (report.messages, report.signatures_valid) == (11, 11)
    assert codes(report, "error", "warning") == set()
    assert codes(report, "note") == {"root_unknown"}
    assert [device.serial for device in report.devices] == [MAKER.serial]


@given(order=st.randoms(use_true_random=False))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_of_members_does_not_matter(tmp_path: Path, order: random.Random) -> None:
    shuffled = list(WHOLE)
    order.shuffle(shuffled)
    assert check(tmp_path, shuffled, complete=True).json() == check(tmp_path, WHOLE, complete=True).json()


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_changed_byte_of_a_message_is_an_error_at_its_place(tmp_path: Path, data: st.DataObject) -> None:
    at = data.draw(st.integers(FIRST_LOG, len(WHOLE) - 1))
    name, content = WHOLE[at]
    changed = bytearray(content)
    changed[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    report = check(tmp_path, [*WHOLE[:at], (name, bytes(changed)), *WHOLE[at + 1 :]])
    assert any(finding.severity == "error" and finding.place.name in (name, "") for finding in report.findings)
    assert report.signatures_valid == len(WHOLE) - FIRST_LOG - 1


@pytest.mark.parametrize("at", range(FIRST_LOG, len(WHOLE) - 1))
def test_a_dropped_message_is_found(tmp_path: Path, at: int) -> None:
    members = WHOLE[:at] + WHOLE[at + 1 :]
    report = check(tmp_path, members)
    counter = at - FIRST_LOG + 1
    if counter == 1:
        assert codes(report, "note") >= {"counter_start_late"}
        return
    assert report.json()["missing_counters"] == [counter]
    assert report.ok and "counter_gap" in codes(report, "warning")
    assert "counter_gap" in codes(check(tmp_path, members, complete=True))


@pytest.mark.parametrize("at", range(FIRST_LOG, len(WHOLE)))
def test_a_doubled_message_is_an_error(tmp_path: Path, at: int) -> None:
    name, data = WHOLE[at]
    report = check(tmp_path, [*WHOLE, (name.replace(".log", "_Fc-1.log"), data)])
    assert "counter_doubled" in codes(report)
    doubled = [finding.place.counter for finding in report.findings if finding.code == "counter_doubled"]
    assert doubled == [at - FIRST_LOG + 1]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("Sig-3", "Sig-4", "name_contradicts"),
        ("No-1", "No-2", "name_contradicts"),
        ("Unixt_17", "Unixt_18", "name_contradicts"),
        ("Start", "Finish", "name_contradicts"),
        ("KASSE-1", "KASSE-2", "name_contradicts"),
        ("Unixt_", "Utc_", "name_contradicts"),
        ("Log-Tra", "Tra", "name_irregular"),
        (".log", ".bin", "name_irregular"),
    ],
)
def test_a_renamed_message_is_an_error(tmp_path: Path, old: str, new: str, code: str) -> None:
    name, data = WHOLE[FIRST_LOG + 2]
    renamed = name.replace(old, new)
    assert renamed != name
    report = check(tmp_path, [*WHOLE[: FIRST_LOG + 2], (renamed, data), *WHOLE[FIRST_LOG + 3 :]])
    assert codes(report) == {code}
    assert report.signatures_valid == 11


def test_spelling_of_operations_is_free(tmp_path: Path) -> None:
    renamed = [(name.replace("registerClient", "RegisterClient"), data) for name, data in WHOLE]
    assert check(tmp_path, renamed).ok


def test_swapped_certificates_are_found(tmp_path: Path) -> None:
    (leaf_name, leaf), (root_name, root) = WHOLE[1:3]
    report = check(tmp_path, [WHOLE[0], (leaf_name, root), (root_name, leaf), *WHOLE[3:]])
    assert codes(report) == {"certificate_name"}
    stranger = Maker()
    swapped = check(tmp_path, [WHOLE[0], (leaf_name, stranger.leaf), *WHOLE[2:]])
    assert codes(swapped) == {"certificate_name", "certificate_missing"}
    assert swapped.signatures_unchecked == 11
    assert "certificate_missing" in codes(check(tmp_path, [WHOLE[0], *WHOLE[2:]]))


def test_a_false_authority_is_found(tmp_path: Path) -> None:
    stranger = Maker()
    members = [*WHOLE[:2], (f"{stranger.hash_of(stranger.authority).hex()}_X509.der", stranger.root), *WHOLE[3:]]
    assert codes(check(tmp_path, members)) == {"chain_broken"}
    assert codes(check(tmp_path, [*WHOLE[:2], *WHOLE[3:]]), "warning") == {"chain_incomplete"}


def test_an_expired_certificate_is_a_warning(tmp_path: Path) -> None:
    old = MAKER.certificate("leaf", MAKER.key, "root", MAKER.authority, until=2021)
    report = check(tmp_path, [WHOLE[0], (WHOLE[1][0], old), *WHOLE[2:]])
    assert report.ok and codes(report, "warning") == {"certificate_validity"}


def life_and(*logs: Log) -> list[tuple[str, bytes]]:
    return MAKER.members([*MAKER.life(), *logs])


#: what follows a whole life of 11 messages and 4 transactions -> codes of errors and warnings
STORIES: dict[str, tuple[list[Log], set[str]]] = {
    "open": ([Maker.step(12, "Start", 5)], {"transaction_open"}),
    "finished twice": ([Maker.step(12, "Finish", 4)], {"transaction_finished_twice"}),
    "updated after its end": ([Maker.step(12, "Update", 4)], {"transaction_updated_late"}),
    "number given twice": ([Maker.step(12, "Start", 4), Maker.step(13, "Finish", 4)], {"transaction_started_twice"}),
    "finish without start": ([Maker.step(12, "Finish", 5)], {"transaction_without_start"}),
    "update without start": ([Maker.step(12, "Update", 5)], {"update_without_start"}),
    "time backwards": (
        [Log(12, "audit", tlv(4, b""), "Log-Aud", time=BEGIN)], {"time_backwards"},
    ),
    "time set back": (
        [Log(12, "system", tlv(0x80, b"UpdateTime") + tlv(0x81, b""), "Log-Sys_UpdateTime", time=BEGIN)], set(),
    ),
    "client changes": (
        [Maker.step(12, "Start", 5), Maker.step(13, "Finish", 5, "KASSE-2")], {"transaction_client"},
    ),
    "client not registered": (
        [Maker.step(12, "Start", 5, "KASSE-2"), Maker.step(13, "Finish", 5, "KASSE-2")], {"client_unregistered"},
    ),
    "odd client": ([Maker.step(12, "Finish", 5, "a_b")], {"transaction_without_start", "client_odd"}),
    "sum": (
        [Maker.step(12, "Start", 5), Maker.step(13, "Finish", 5, data=b"Beleg^1.00_0.00_0.00_0.00_0.00^2.00:Bar")],
        {"process_data_sum"},
    ),
    "grammar": (
        [Maker.step(12, "Start", 5), Maker.step(13, "Finish", 5, data=b"Beleg^1.0_0.00_0.00_0.00_0.00^1.00:Bar")],
        {"process_data_odd"},
    ),
    "order": (
        [Maker.step(12, "Start", 5),
         Maker.step(13, "Finish", 5, data='2;"Eis ""groß""";3.99\r-0.275;"Tee";0.00'.encode(), kind=b"Bestellung-V1")],
        set(),
    ),
    "unknown type": (
        [Maker.step(12, "Start", 5), Maker.step(13, "Finish", 5, kind=b"KassenBeleg-V1")], {"process_type_unknown"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_stories_of_transactions(tmp_path: Path, story: str) -> None:
    logs, expected = STORIES[story]
    report = check(tmp_path, life_and(*logs))
    assert codes(report, "error", "warning") == expected
    assert report.ok == (not expected & {"transaction_finished_twice", "transaction_updated_late",
                                         "transaction_started_twice", "time_backwards"})  # fmt: skip
    assert report.json()["open_transactions"] == ([5] if story == "open" else [])


def test_overlapping_parts_are_no_error_but_a_changed_copy_is(tmp_path: Path) -> None:
    first, second = pack(tmp_path, WHOLE[:10], "1.tar"), pack(tmp_path, WHOLE[:3] + WHOLE[8:], "2.tar")
    report = check_export([second, first])
    assert report.ok and codes(report, "note") == {"root_unknown", "counter_overlap"}
    other = MAKER.members([dataclasses.replace(MAKER.life()[6], time=BEGIN + 7)])
    assert "counter_doubled" in codes(check_export([first, pack(tmp_path, other, "3.tar")]))


def test_parts_are_in_whatever_form_they_come(tmp_path: Path) -> None:
    from base64 import encodebytes

    pem = b"-----BEGIN CERTIFICATE-----\n" + encodebytes(WHOLE[1][1]) + b"-----END CERTIFICATE-----\n"
    members = [(f"./{name}", data) for name, data in [*WHOLE[3:], (WHOLE[1][0].replace(".der", ".crt"), pem), WHOLE[2]]]
    report = check(tmp_path, members, complete=True)
    assert report.ok and codes(report, "note") == {"root_unknown", "info_missing"}


def test_several_processes_find_the_same(tmp_path: Path) -> None:
    logs = [Maker.step(counter, "Start" if counter % 2 else "Finish", (counter + 1) // 2) for counter in range(1, 41)]
    members = MAKER.members(logs)
    random.Random(3).shuffle(members)
    broken = bytearray(members[5][1])
    broken[-1] ^= 1
    members[5] = members[5][0], bytes(broken)
    path = pack(tmp_path, members)
    alone = check_export([path], workers=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "_BATCH", 7)
        assert check_export([path], workers=2).json() == alone.json()


# --- what is no export, or a hostile one ---------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = cli.main(["verify", "tse", "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def test_exit_codes_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(pack(tmp_path, WHOLE))
    code, value = run(capsys, path)
    assert code == 0
    assert {"messages", "transaction", "system", "audit", "signatures_valid", "signatures_invalid", "counter_first",
            "counter_last", "missing_counters", "open_transactions", "findings"} <= value.keys()  # fmt: skip
    assert {"code", "severity", "place", "message"} <= value["findings"][0].keys()
    name, data = WHOLE[5]
    code, value = run(capsys, str(pack(tmp_path, [*WHOLE[:5], (name, data[:-1] + bytes([data[-1] ^ 1])), *WHOLE[6:]])))
    assert (code, value["signatures_invalid"], value["findings"][0]["code"]) == (1, 1, "signature_invalid")
    assert name in value["findings"][0]["place"]


NOTHING: dict[str, Callable[[Path], Path]] = {
    "missing": lambda folder: folder / "absent.tar",
    "a folder": lambda folder: folder,
    "empty": lambda folder: written(folder, b""),
    "empty archive": lambda folder: written(folder, bytes(10240)),
    "text": lambda folder: written(folder, b"Das ist kein Archiv. " * 100),
    "zip": lambda folder: written(folder, b"PK\x03\x04" + bytes(1000)),
    "gzip": lambda folder: written(folder, b"\x1f\x8b\x08" + bytes(1000)),
    "archive of other things": lambda folder: pack(folder, [("a.txt", b"x")]),
    "certificates alone": lambda folder: pack(folder, WHOLE[:3]),
    "a device": lambda folder: Path("/dev/zero"),
    "a name that cannot be": lambda folder: folder / "a\x00b",
}


def written(folder: Path, data: bytes) -> Path:
    path = folder / "file.tar"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("what", NOTHING)
def test_what_is_no_export(tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    path = NOTHING[what](tmp_path)
    code, value = run(capsys, str(path))
    assert code == 2 and value["error"].endswith(".")
    assert cli.main(["verify", "tse", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.strip() == value["error"]


@given(st.integers(0, 100_000), st.booleans())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_export_cut_anywhere_ends_clearly(tmp_path: Path, place: int, complete: bool) -> None:
    archive = pack(tmp_path, WHOLE).read_bytes()
    path = written(tmp_path, archive[: place % len(archive)])
    try:
        report = check_export([path], complete=complete)
    except NotAnExportError:
        return
    assert report.signatures_valid == report.messages
    if place % len(archive) < len(archive.rstrip(b"\x00")):
        assert {"archive_broken", "archive_not_closed"} & codes(report, "error", "warning")


@given(st.data())
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_export_ends_clearly(tmp_path: Path, data: st.DataObject) -> None:
    archive = bytearray(pack(tmp_path, WHOLE).read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        archive[data.draw(st.integers(0, len(archive) - 1))] = data.draw(st.integers(0, 255))
    try:
        report = check_export([written(tmp_path, bytes(archive))])
    except NotAnExportError:
        return
    json.dumps(report.json())
    assert all(finding.code in CODES for finding in report.findings)


def test_names_do_not_reach_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = pack(tmp_path, [*WHOLE, ("\x1b[2J\n\u202eböse.txt", b"x")])
    assert cli.main(["verify", "tse", str(path)]) == 0
    out = capsys.readouterr().out
    assert "member_unknown" in out
    assert not {"\x1b", "\u202e"} & set(out)


def test_findings_without_end_are_counted(tmp_path: Path) -> None:
    junk = [(f"Unixt_1_Sig-{place}_Log-Aud.log", b"0") for place in range(3000)]
    report = check(tmp_path, WHOLE + junk)
    assert len(report.findings) < KEPT + 10
    assert report.total("error") == 3000
    assert report.counts["message_unreadable"] == 3000


def test_huge_gaps_cost_nothing(tmp_path: Path) -> None:
    logs = [Log(1, "audit", tlv(4, b""), "Log-Aud"), Log(1 << 40, "audit", tlv(4, b""), "Log-Aud", time=BEGIN + 9)]
    value = check(tmp_path, MAKER.members(logs)).json()
    assert value["missing_counters_total"] == (1 << 40) - 2
    assert value["missing_counters"] == list(range(2, 10_002))


def test_the_temporary_file_does_not_change_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from smartecr.tse.checking import records

    members = MAKER.members(MAKER.life(20))
    expected = check(tmp_path, members).json()
    monkeypatch.setattr(records, "_IN_MEMORY", 5)
    monkeypatch.setattr(scan, "_BATCH", 4)
    assert check(tmp_path, members).json() == expected
    random.Random(5).shuffle(members)
    assert check(tmp_path, members).json() == expected


MEASURE = """
import resource, sys
from pathlib import Path
from smartecr.tse.checking.scan import check_export
report = check_export([Path(sys.argv[1])], workers=0)
print(report.total("error"), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_tiny_members(tmp_path: Path) -> None:
    whole = pack(tmp_path, WHOLE).read_bytes().rstrip(b"\x00")
    whole += bytes(-len(whole) % 512)
    names = [
        b"".join(tarfile.TarInfo(f"{place}.log").tobuf() for place in range(start, start + 1000)) for start in (0, 9000)
    ]
    peaks = []
    for times in (5, 100):
        path = tmp_path / "tiny.tar"
        with path.open("wb") as sink:
            sink.write(whole)
            for _ in range(times):
                sink.write(names[0] + names[1])
        done = subprocess.run([sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True)
        errors, peak = map(int, done.stdout.split())
        assert errors == times * 2000
        peaks.append(peak)
    assert peaks[1] - peaks[0] < 10


@given(st.data())
@settings(max_examples=300)
def test_recognised_messages_mean_what_parsing_says(data: st.DataObject) -> None:
    reader = Reader()
    for _, content in WHOLE[FIRST_LOG:]:
        assert reader.read(content) == log_message.parse(content)
    changed = bytearray(data.draw(st.sampled_from(WHOLE[FIRST_LOG:]))[1])
    for _ in range(data.draw(st.integers(1, 2))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    outcomes = []
    for read in (reader.read, log_message.parse):
        try:
            outcomes.append(read(bytes(changed)))
        except log_message.LogMessageError:
            outcomes.append(None)
    assert outcomes[0] == outcomes[1]
