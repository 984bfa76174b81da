from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smartecr.printer.wrap import SOFT_HYPHEN, clean, plain, width, wrap


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("", 10, []),
        ("   ", 10, []),
        (SOFT_HYPHEN * 3, 10, []),
        ("Cappuccino", 10, ["Cappuccino"]),
        ("Rührei mit Kräutern", 10, ["Rührei mit", "Kräutern"]),
        ("Mohn\u00adschnecke", 12, ["Mohnschnecke"]),
        ("Mohn\u00adschnecke", 11, ["Mohn-", "schnecke"]),
        ("Heiße Scho\u00adko\u00adlade", 12, ["Heiße", "Schokolade"]),
        ("Frühstücks\u00adspezialitäten\u00adteller", 18, ["Frühstücks-", "spezialitäten-", "teller"]),
        ("Frühstücks\u00adspezialitäten\u00adteller", 24, ["Frühstücksspezialitäten-", "teller"]),
        ("Bio-Apfel-Direktsaft", 12, ["Bio-Apfel-", "Direktsaft"]),
        ("Donaudampfschiff", 8, ["Donaudam", "pfschiff"]),
        ("Apfelschorle 0,33\u00a0l", 17, ["Apfelschorle", "0,33 l"]),
        ("Zeile\nzwei\tdrei\x00", 20, ["Zeile zwei drei"]),
        ("抹茶ラテ", 4, ["抹茶", "ラテ"]),
    ],
)
def test_lines(text: str, columns: int, lines: list[str]) -> None:
    assert wrap(text, columns) == lines


@pytest.mark.parametrize(("text", "columns"), [("Tee", 3), ("Käse", 4), ("Ka\u0308se", 4), ("抹茶", 4), ("", 0)])
def test_width(text: str, columns: int) -> None:
    assert width(text) == columns


def test_clean_composes_and_keeps_soft_hyphens() -> None:
    assert clean(" Ka\u0308se\u00adkuchen\u200b ") == "Käse\u00adkuchen"
    assert plain("Mohn\u00adschnecke 0,33\u202fl") == "Mohnschnecke 0,33 l"


texts = st.text(st.sampled_from("aäßW-/ \u00ad\u00a0\u0308抹\n0") | st.characters(codec="utf-8"), max_size=80)


@given(texts, st.integers(4, 60))
@example("\u0ec8", 4)
def test_no_line_is_too_wide_and_no_character_is_lost(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    marks = {word for word in plain(text).split() if not width(word)}  # that sit on nothing
    assert all(0 < width(line) <= columns or not line.strip() or line in marks for line in lines)
    before = plain(text).replace(" ", "").replace("-", "")
    assert "".join(lines).replace(" ", "").replace("-", "") == before


@given(texts, st.integers(4, 60))
def test_a_text_that_fits_is_one_line(text: str, columns: int) -> None:
    words = plain(text)
    if words.strip() and width(words) <= columns and not {"\u00a0", "\u202f"} & set(text):
        assert wrap(text, columns) == [words]
