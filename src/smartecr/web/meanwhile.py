"""Forms that overwrite: what somebody else changed since a form was shown is never lost without a word.

A form brings back in its hidden field `was` what the books said when it was shown. What was not touched in it follows
the books as they are now; what was touched here and changed elsewhere meanwhile is refused once, with what stands there
now, and saved when it comes again. A key without fields (block, issue anew, end) brings `was` too: it does nothing
when what it was shown with stands otherwise by now. The REST API asks the same by ETag (`web.api.etags`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from smartecr.core.records import dataclass
from smartecr.register.ledger import beside
from smartecr.sql import alone
from smartecr.web.till.access import refusal
from smartecr.web.till.words import said

Fields = dict[str, str | bool | list[str]]
"""A form's fields by name as its page shows them: text as typed, a tick as bool, many ticks of one name as a list.

What the form does not hold but what is saved with it may stand here too: it never counts as touched.
"""


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that came back: `fields` to save, what the books say `now`, what was touched here but changed elsewhere.

    `was` is what the form must bring back next time when its page stays as it is; `refusal` is why it was not saved.
    A `key` has no fields of its own.
    """

    fields: Fields
    now: Fields
    crossed: tuple[str, ...]
    was: Fields
    refusal: Any = None
    key: bool = False

    def wrong(self, words: Mapping[str, Any], tell: Callable[[str, Any], str] | None = None) -> str:
        """Return why the form was not saved, whatever it was, "" when it was; `words` and `tell` as in `problem`."""
        return f"{why(self.refusal)} {self.problem(words, tell)}".strip()

    def problem(self, words: Mapping[str, Any], tell: Callable[[str, Any], str] | None = None) -> str:
        """Return the sentence that says what stands there now, "" when nothing crossed.

        `words` name the fields, `tell` a field's value.
        """
        if not self.crossed:
            return ""
        now = ", ".join(f"{words[name]} {self._said(name, tell)}" for name in self.crossed)
        if self.key:
            return _("Inzwischen hat jemand anders geändert: {now}. Es ist nichts weiter geschehen.").format(now=now)
        return _("Inzwischen hat jemand anders geändert: {now}. Noch einmal speichern übernimmt deine Eingabe.").format(
            now=now
        )

    def _said(self, name: str, tell: Callable[[str, Any], str] | None) -> str:
        value = self.now[name]
        if isinstance(value, bool):
            return _("ja") if value else _("nein")
        parts = [value] if isinstance(value, str) else value
        text = ", ".join(tell(name, one) if tell else day(one) for one in parts)
        return f"„{text}“" if text else _("leer")


class _ChangedError(Exception):
    """The books have moved between reading the form and saving it."""


def as_shown(fields: Fields) -> str:
    """Return the value of a form's field `was`."""
    return json.dumps(fields, ensure_ascii=False)


def read(post: QueryDict, now: Fields) -> Typed:
    """Return a form over what the books say `now`. One that brings no `was` was touched wherever it differs."""
    was = _brought(post, now)
    typed = {name: _typed(post, name, value) for name, value in now.items()}
    touched = {name: value for name, value in typed.items() if value != was[name] and not _untold(post, name, value)}
    crossed = tuple(name for name, value in touched.items() if now[name] not in (was[name], value))
    return Typed(now | touched, now, crossed, was | {name: now[name] for name in crossed})


def _brought(post: QueryDict, now: Fields) -> Fields:
    try:
        brought = json.loads(post.get("was", ""))
    except ValueError:
        return now
    return now | {name: value for name, value in brought.items() if name in now} if isinstance(brought, dict) else now


def pressed(post: QueryDict, now: Fields) -> Typed:
    """Return a key over what stands there `now`: all of it that was otherwise when the key was shown crossed."""
    was = _brought(post, now)
    return Typed(now, now, tuple(name for name in now if was[name] != now[name]), now, key=True)


def press(
    post: QueryDict,
    now: Callable[[], Fields],
    act: Callable[[], object],
    *refusals: type[Exception],
    matter: str = "forms",
) -> Typed:
    """Do what a key without fields says, unless something of what it was shown with (`now`) crossed; else as `take`."""
    return _unless_crossed(pressed, post, now, lambda _fields: act(), refusals, matter)


def take(
    post: QueryDict,
    now: Callable[[], Fields],
    save: Callable[[Fields], object],
    *refusals: type[Exception],
    matter: str = "forms",
) -> Typed:
    """Read a form and save it by `save`, unless something crossed. Which `refusals` of `save` come back is said here.

    `matter` is what no other process of the shop may write from the last look at the books on (`sql.alone`).
    """
    return _unless_crossed(read, post, now, save, refusals, matter)


def _unless_crossed(
    reading: Callable[[QueryDict, Fields], Typed],
    post: QueryDict,
    now: Callable[[], Fields],
    save: Callable[[Fields], object],
    refusals: tuple[type[Exception], ...],
    matter: str,
) -> Typed:
    while True:
        typed = reading(post, now())
        if typed.crossed:
            return typed

        def check(before: Fields = typed.now) -> None:
            alone(matter)
            if now() != before:
                raise _ChangedError

        try:
            with beside(check, lambda: None):
                save(typed.fields)
        except _ChangedError:
            continue
        except refusals as error:
            return replace(reading(post, now()), refusal=error)
        return typed


def why(refusal: Any) -> str:
    """Return why a form was refused and what to do, in the reader's language; "" for None."""
    if refusal is None:
        return ""
    return f"{said(refusal.message)} {said(getattr(refusal, 'next_step', ''))}".strip()


def refused(request: HttpRequest, typed: Typed, problem: str, was_id: str = "was") -> HttpResponse:
    """Refuse a form that a script sent: its page stays as it is, with `problem` as a strip and a fresh `was`.

    `was_id` tells this form's from others of the page.
    """
    response = refusal(request, problem)
    fresh = {"was": as_shown(typed.was), "was_id": was_id, "beside": True}
    response.write(render_to_string("web/_was.html", fresh))
    return response


def mark(*secrets: str) -> str:
    """Return what changes with `secrets` and tells nothing of them."""
    return hashlib.sha256("\n".join(secrets).encode()).hexdigest()[:16]


def day(text: str) -> str:
    """Return a day as people write it, any other text as it is."""
    try:
        return f"{date.fromisoformat(text):%d.%m.%Y}" if len(text) == len("2029-12-31") else text
    except ValueError:
        return text


def _typed(post: QueryDict, name: str, like: str | bool | list[str]) -> str | bool | list[str]:
    if isinstance(like, bool):
        return name in post
    if isinstance(like, list):
        return sorted(post.getlist(name))
    return post.get(name, "").strip().replace("\r\n", "\n")


def _untold(post: QueryDict, name: str, value: str | bool | list[str]) -> bool:
    """Tell whether a text is not in the form at all."""
    return isinstance(value, str) and name not in post
