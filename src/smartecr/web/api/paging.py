"""Lists in pages: what comes next is told by a cursor, so that nothing is left out or doubled while the shop sells."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query

from smartecr.web.api.problems import ProblemError
from smartecr.web.api.writes import respond

MOST = 200
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
Cursor = Annotated[
    str,
    Query(pattern=r"^[A-Za-z0-9_=-]{0,100}$", description="`next` of the page before; empty for the first."),
]


def after(cursor: str, check: Callable[[str], bool]) -> str:
    """Return the key a cursor stands for, "" for none. Raises ProblemError."""
    if not cursor:
        return ""
    try:
        key = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
    except (binascii.Error, ValueError):
        key = ""
    if not key or not check(key):
        sentence = _("Diese Stelle gibt es nicht. Von vorn beginnen.")
        raise ProblemError("invalid", sentence, [("?cursor", sentence)])
    return key


def page(rows: Sequence[Any], limit: int, key: Callable[[Any], str], shown: Callable[[Any], Any]) -> HttpResponse:
    """Answer with up to `limit` of `rows`, one more of which says that there is a next page."""
    items = rows[:limit]
    more = base64.urlsafe_b64encode(key(items[-1]).encode()).decode() if len(rows) > limit else None
    return respond({"items": [shown(row) for row in items], "next": more})
