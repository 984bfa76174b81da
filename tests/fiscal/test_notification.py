"""The notification to the tax office: XML, sheet, due dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from defusedxml.ElementTree import fromstring

from smartecr.fiscal import notification
from smartecr.fiscal.notification import Notice, Premises, System

SYSTEM = System(
    serial="SECR-1", maker="smartECR", model="Kasse 1", software="smartECR", version="0.1.0", tse_serial="ab" * 32,
    bsi_id="0500-2023", tse_kind="1", tse_since=date(2026, 1, 2), acquired=date(2026, 1, 1), since=date(2026, 1, 2),
)  # fmt: skip
NOTICE = Notice(
    premises=Premises(
        company="Müller & Töchter", name="Morgenrot", street="Lindenweg 12 a", postcode="10115", city="Berlin",
        tax_number="12/345/67890",
    ),
    systems=(SYSTEM, replace(SYSTEM, serial="SECR-2", until=date(2026, 5, 1), reason="verkauft")),
    due=date(2026, 2, 2),
)  # fmt: skip
SPACE = "{http://finkonsens.de/elster/elsternachricht/aufzeichnung146a/v1}"


def test_the_xml_lists_every_system() -> None:
    data = notification.xml(NOTICE)
    assert data.startswith(b'<?xml version="1.0" encoding="UTF-8" standalone="no"?>')
    root = fromstring(data)
    assert root.get("version") == "1"
    texts = {element.tag.removeprefix(SPACE): element.text for element in root.iter()}
    assert texts["Firmenname"] == "Müller & Töchter"
    assert (texts["Strasse"], texts["Hausnummer"]) == ("Lindenweg", "12 a")
    assert texts["AnzahlAufzeichnungssysteme"] == "2"
    systems = root.findall(f".//{SPACE}AngabenAufzeichnungssystem")
    first = [(element.tag.removeprefix(SPACE), element.text) for element in systems[0]]
    assert first[:3] == [("Art", "1"), ("Software", "smartECR"), ("SoftwareVersion", "0.1.0")]
    assert ("InbetriebnahmeTSE", "02.01.2026") in first
    assert ("BSIID", "0500-2023") in first
    assert "AusserbetriebnahmeAS" not in dict(first)
    assert systems[1].findtext(f"{SPACE}AusserbetriebnahmeAS") == "01.05.2026"


def test_the_sheet_says_everything_and_what_is_missing() -> None:
    text = notification.sheet(NOTICE)
    for part in (
        "Fällig bis 02.02.2026",
        "Lindenweg 12 a, 10115 Berlin",
        "SD- oder microSD-Karte",
        "System 2",
        "verkauft",
    ):
        assert part in text, part
    assert "Noch zu ergänzen" not in text
    bare = replace(SYSTEM, bsi_id="", tse_kind="9", acquired=None, tse_serial="", tse_since=None, since=None)
    gaps = replace(NOTICE, systems=(bare,), due=None, premises=replace(NOTICE.premises, tax_number="", city=""))
    text = notification.sheet(gaps)
    assert "nichts geändert" in text
    assert notification.missing(gaps) == [
        "Steuernummer des Ladens", "Ort des Ladens", "Kasse SECR-1: Tag der Anschaffung",
        "Kasse SECR-1: Tag der Inbetriebnahme", "Kasse SECR-1: TSE",
        "Kasse SECR-1: Tag der Inbetriebnahme der TSE", "Kasse SECR-1: Zertifikat der TSE (BSI-K-TR-nnnn-jjjj)",
        "Kasse SECR-1: Bauart der TSE",
    ]  # fmt: skip
    assert all(gap in text for gap in notification.missing(gaps))


@pytest.mark.parametrize(
    ("changed", "due"),
    [
        (date(2026, 1, 2), date(2026, 2, 2)),
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2028, 1, 30), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2027, 1, 31)),
        (date(2026, 5, 31), date(2026, 6, 30)),
    ],
)
def test_due_a_month_later(changed: date, due: date) -> None:
    assert notification.due_after(changed) == due
