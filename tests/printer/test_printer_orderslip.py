"""Slips for kitchen and bar: what has changed, and how it stands on paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.printer import escpos, orderslip, selftest, text
from smartecr.printer.document import Big
from smartecr.printer.orderslip import Change, Ordered, Slip, changes
from smartecr.printer.profile import PROFILES
from smartecr.printer.virtual import VirtualPrinter

AT = datetime(2026, 11, 24, 12, 30, tzinfo=ZoneInfo("Europe/Berlin"))


def line(name: str, quantity: int = 1, remark: str = "") -> Ordered:
    return Ordered(line_id=name, text=name.title(), quantity=quantity * 1000, remark=remark)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([], [line("schnitzel", 2)], ["new 2 Schnitzel"]),
        ([line("schnitzel", 2)], [line("schnitzel", 2)], []),
        ([line("schnitzel", 2)], [line("schnitzel", 5)], ["more 3 Schnitzel"]),
        ([line("schnitzel", 5)], [line("schnitzel", 2)], ["less 3 Schnitzel"]),
        ([line("schnitzel", 2)], [], ["void 2 Schnitzel"]),
        ([line("schnitzel", 2)], [line("schnitzel", 0)], ["void 2 Schnitzel"]),
        ([line("schnitzel", 0)], [line("schnitzel", 1)], ["new 1 Schnitzel"]),
        ([line("schnitzel", 0)], [], []),
        ([line("cola")], [line("cola", 1, "außer Haus")], ["void 1 Cola", "new 1 Cola"]),
        ([line("cola")], [replace(line("cola"), wish="ohne Eis")], ["void 1 Cola", "new 1 Cola"]),
        ([line("a", 1), line("b", 2)], [line("b", 1), line("c", 1), line("d", 3)],
         ["void 1 A", "less 1 B", "new 1 C", "new 3 D"]),
    ],
)  # fmt: skip
def test_a_slip_says_only_what_changed(before: list[Ordered], now: list[Ordered], expected: list[str]) -> None:
    assert [f"{one.kind} {one.quantity // 1000} {one.text}" for one in changes(before, now)] == expected


lines = st.lists(
    st.builds(line, st.sampled_from("abcdef"), st.integers(0, 4), st.sampled_from(["", "außer Haus"])),
    max_size=6,
    unique_by=lambda one: one.line_id,
)


@given(lines, lines)
def test_who_follows_the_slips_knows_the_basket(before: list[Ordered], now: list[Ordered]) -> None:
    pot: dict[tuple[str, str], int] = {}
    for known in before:
        pot[known.text, known.remark] = pot.get((known.text, known.remark), 0) + known.quantity
    for one in changes(before, now):
        sign = 1 if one.kind in ("new", "more") else -1
        pot[one.text, one.remark] = pot.get((one.text, one.remark), 0) + sign * one.quantity
    wanted: dict[tuple[str, str], int] = {}
    for there in now:
        wanted[there.text, there.remark] = wanted.get((there.text, there.remark), 0) + there.quantity
    assert {key: value for key, value in pot.items() if value} == {key: v for key, v in wanted.items() if v}
    assert changes(now, now) == ()


SLIP = Slip(
    station="Küche",
    number=17,
    person="Jana",
    at=AT,
    label="Tisch 7",
    moved_from="Tisch 4",
    changes=(
        Change(kind="void", text="Suppe", quantity=1000),
        Change(kind="new", text="Wiener Schnitzel mit Kartoffelsalat und Preiselbeeren", quantity=2000),
        Change(kind="more", text="Käsespätzle", quantity=1000, remark="außer Haus"),
    ),
)


def test_a_slip_is_read_from_afar_and_is_no_receipt() -> None:
    paper = text.render(orderslip.document(SLIP), 32)
    assert "KÜCHE" in paper
    assert "*** Umgezogen von Tisch 4 ***" in paper
    assert paper.index("STORNO") < paper.index("Wiener") < paper.index("DAZU") < paper.index("Käsespätzle")
    assert "außer Haus" in paper
    assert "Orderbon – kein Beleg" in paper
    assert max(map(len, paper.splitlines())) <= 32
    assert sum(isinstance(block, Big) for block in orderslip.document(SLIP).blocks) == 4


def test_a_slip_survives_journal_and_queue() -> None:
    assert orderslip.slip_of(SLIP.data()) == SLIP
    with pytest.raises((KeyError, TypeError, ValueError)):
        orderslip.slip_of({"number": 1})


def test_a_stand_in_says_for_whom() -> None:
    assert "Ersatz: Küche druckt nicht" in text.render(orderslip.document(orderslip.reissued(SLIP, "Küche")), 48)


@pytest.mark.parametrize("profile", list(PROFILES.values()), ids=lambda profile: profile.key)
def test_test_page_and_slip_fit_every_printer(profile: object) -> None:
    for document in (selftest.document("Bon", profile, AT), orderslip.document(SLIP)):  # type: ignore[arg-type]
        printer = VirtualPrinter(profile)  # type: ignore[arg-type]
        printer.feed(escpos.render(document, profile))  # type: ignore[arg-type]
        assert printer.unknown == []
        sheet = printer.sheets[-1] if printer.sheets else printer.tear_off()
        for part in sheet.parts:
            if hasattr(part, "text"):
                assert len(part.text) * part.style.wide <= printer.profile.columns, part
    ruler = "".join(str(number % 10) for number in range(1, printer.profile.columns + 1))
    printer.feed(escpos.render(selftest.document("Bon", printer.profile, AT), printer.profile))
    page = printer.sheets[-1] if printer.profile.cutter else printer.tear_off()
    assert ruler in page.text().splitlines()
