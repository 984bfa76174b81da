"""The handbook in the office: every page as it is meant, the help of every section, and the forms it is written in."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import TYPE_CHECKING

import pytest

from smartecr.web.office import handbookpages, pagewords
from smartecr.web.office.frame import SECTIONS
from support.screens import words

if TYPE_CHECKING:
    from django.test import Client

AtTill = Callable[..., "Client"]

PAGES = [handbookpages.CONTENTS, *handbookpages.titles()]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_all_its_words_and_no_marks_of_its_spelling(name: str) -> None:
    text = handbookpages.text_of(name)
    title, body = pagewords.page(text, lambda target: f"/to/{target}")
    assert title and title == text.splitlines()[0].removeprefix("# ")
    for row in re.findall(r"<table.*?</table>", body, re.DOTALL):
        assert len({one.count("</th>") + one.count("</td>") for one in row.split("</tr>")[:-1]}) == 1, row
    plain = re.sub(r"<(code|pre)\b.*?</\1>", "", body, flags=re.DOTALL)
    shown = unescape(re.sub(r"<[^>]+>", "", plain))
    assert not re.search(r"\*\*|`|\]\(|^\s*\||^#|^\s*- ", shown, re.MULTILINE), shown
    letters = re.compile(r"[^\W_]+")
    links = re.sub(r"\]\([^)]*\)", "]", text)
    assert letters.findall(unescape(re.sub(r"<[^>]+>", " ", body))) == [
        word for line in links.splitlines()[1:] for word in letters.findall(re.sub(r"^```\w*$|^ *\d+\. ", "", line))
    ]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("`40*6` ist *ein* **Träger**", "<code>40*6</code> ist <em>ein</em> <strong>Träger</strong>"),
        ("a & b <script>", "a &amp; b &lt;script&gt;"),
        ("[Lager](lager.md) und [draußen](../adr/1.md)", '<a href="/lager">Lager</a> und draußen'),
        ("**[Lager](lager.md)**", '<strong><a href="/lager">Lager</a></strong>'),
        ("`**nichts**`", "<code>**nichts**</code>"),
        ("2 * 3 * 4", "2 * 3 * 4"),
    ],
)
def test_the_forms_within_a_line(text: str, html: str) -> None:
    assert pagewords.line(text, lambda target: "/lager" if target == "lager.md" else "") == html


def test_a_list_holds_another() -> None:
    _title, body = pagewords.page(
        "# T\n\n1. eins\n   geht weiter\n   - a\n     b\n   - c\n2. zwei\n", lambda _target: ""
    )
    assert body == "<ol><li>eins geht weiter<ul><li>a b</li><li>c</li></ul></li><li>zwei</li></ol>"


def test_commands_stay_on_lines_of_their_own() -> None:
    _title, body = pagewords.page("# T\n\nSo:\n\n    mkdir kasse && *ja*\n    cd kasse\n\nDann weiter.", str)
    code = '<pre tabindex="0"><code>mkdir kasse &amp;&amp; *ja*\ncd kasse</code></pre>'
    assert f"<p>So:</p>\n{code}\n<p>Dann weiter.</p>" in body


def test_every_section_has_a_page_that_helps(at_till: AtTill) -> None:
    assert [one.key for one in SECTIONS if not handbookpages.helping(one.key)] == []
    client = at_till("Christine")
    for address, page in (
        ("stock", "lager"),
        ("books/auditors", "kassen-nachschau"),
        ("books/papers", "steuerberater"),
    ):
        assert f'href="/office/handbook/{page}"' in client.get(f"/office/{address}").content.decode()
    contents = client.get("/office/handbook").content.decode()
    assert {f"/office/handbook/{name}" for name in handbookpages.titles()} <= set(
        re.findall(r'href="([^"]+)"', contents)
    )
    assert "Zählen, während verkauft wird." in words(client.get("/office/handbook/lager"))
    assert "Kassen-Nachschau" in words(client.get("/office/find?q=Anleitung Nachschau"))
    for name in ("nirgends", "..%2Fmeasurements"):
        assert client.get(f"/office/handbook/{name}").status_code == 404
    assert at_till("Jana").get("/office/handbook/lager").status_code == 403
