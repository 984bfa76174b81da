"""Screens without a browser: PINs of three people, and the words of a page."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpResponse

PINS = {"Jana": "482619", "Murat": "735128", "Christine": "915437"}
ROLES = {"Jana": "cashier", "Murat": "manager", "Christine": "owner"}


def words(response: HttpResponse) -> str:
    """Return the text of a page as the eye reads it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


class _Forms(HTMLParser):
    """Every form of a page as a browser would send it untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = [{}]
        self._select, self._area, self._first = "", "", True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "form":
            self.forms.append({})
        elif tag == "select":
            self._select, self._first = name, True
        elif tag == "option" and (self._first or "selected" in given):
            self.forms[-1][self._select], self._first = [given.get("value", "")], False
        elif tag == "textarea":
            self._area = name
            self.forms[-1][name] = [""]
        elif tag == "input" and name and kind in ("checkbox", "radio"):
            if "checked" in given:
                self.forms[-1].setdefault(name, []).append(given.get("value", "on"))
        elif tag == "input" and name and kind != "file":
            self.forms[-1][name] = [given.get("value", "")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1][self._area][0] += data


def form_of(response: HttpResponse, field: str, **among: str) -> dict[str, str | list[str]]:
    """Return the form of a page that has a `field` and the values of `among`, ready to be changed and sent."""
    reader = _Forms()
    reader.feed(response.content.decode())
    (found,) = [
        form
        for form in reader.forms
        if field in form and all(form.get(name) == [value] for name, value in among.items())
    ]
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}
