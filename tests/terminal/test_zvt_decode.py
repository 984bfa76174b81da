"""`smartecr zvt decode`: one JSON object a line, errors told, card data and passwords hidden."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from smartecr.server.cli import main
from support.zvt_vectors import COMMANDS, RESULTS, SERIAL


def decode(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[dict[str, Any]]]:
    code = main(["zvt", "decode", *words])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_result_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    code, (told,) = decode(capsys, RESULTS[42][0])
    assert code == 0
    assert (told["frame"], told["command"], told["name"]) == ("apdu", "040F", "status information")
    assert told["fields"]["04"] == {"name": "amount", "hex": "000000005050", "cents": 5050}
    assert told["fields"]["22"]["text"] == "***************1229"
    assert told["tlv"][1] == {"tag": "43", "name": "application id", "hex": "A0000000043060"}


@pytest.mark.parametrize(
    "words",
    [
        ("06 0F 00",),
        ("06", "0f", "00"),
        ("0x06,0x0F,0x00",),
        ("06:0f:00",),
        ("\\x06\\x0f\\x00",),
        ("06-0F-00",),
        ("1002060F001003C633",),
    ],
)
def test_dumps_of_any_kind_are_read(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    code, (told,) = decode(capsys, *words)
    assert (code, told["name"]) == (0, "completion")


def test_serial_frames_and_link_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode(capsys, SERIAL[87][0])[1][0]["fields"]["04"]["cents"] == 11000
    assert decode(capsys, "06")[1] == [{"frame": "link", "name": "ACK"}]
    assert decode(capsys, "15")[1] == [{"frame": "link", "name": "NAK"}]


def test_one_frame_a_line_of_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("800000\n\nnonsense\n04 FF 01 0A\n"))
    code, told = decode(capsys, "-")
    assert code == 1
    assert [("error" in one) for one in told] == [False, True, False]
    assert told[2]["meaning"]


@pytest.mark.parametrize(
    "wrong",
    ["", "0", "zz", "0601", "040F0500", "10020601", "1002800000 1003 0000", "123400", "06D3FF", "6" * 400_000],
)
def test_what_is_no_frame_has_an_error(capsys: pytest.CaptureFixture[str], wrong: str) -> None:
    code = main(["zvt", "decode", wrong])
    out = capsys.readouterr().out
    if not wrong:
        assert (code, out) == (2, "")
    else:
        assert code == 1
        assert list(json.loads(out)) == ["error"]


def test_passwords_are_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    _, (told,) = decode(capsys, COMMANDS[236][0])
    assert (told["password"], told["config"], told["currency"]) == ("******", "BE", "0978")
    assert "123456" not in json.dumps(told)
    assert told["tlv"][0]["name"] == "permitted commands"


def test_other_kinds_of_messages(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode(capsys, "84 9C 00")[1][0]["meaning"] == "Das Terminal ist beschäftigt"
    assert decode(capsys, "061E016C")[1][0]["code"] == "6C"
    assert decode(capsys, "060F019C")[1][0]["status"] == "9C"
    assert decode(capsys, "06D10140")[1][0] | {"text": ""} == decode(capsys, "06D10140")[1][0]
    assert decode(capsys, RESULTS[64][0])[1][0]["totals"] == {"girocard": {"count": 5, "cents": 6000}}
