"""Screens without a browser: PINs of three people, and the words of a page."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpResponse

PINS = {"Jana": "482619", "Murat": "735128", "Christine": "915437"}
ROLES = {"Jana": "cashier", "Murat": "manager", "Christine": "owner"}


def words(response: HttpResponse) -> str:
    """Return the text of a page as the eye reads it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())
