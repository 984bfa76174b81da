"""`smartecr history AT`: a register as it stood at a past moment, and what differs at another one."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from smartecr.core.errors import CoreError
from smartecr.server.cmdline.commands import StopError, open_books
from smartecr.server.cmdline.console import complain, say


def show(folder: Path, at: str, then: str, register: str, *, as_json: bool) -> int:
    """Say how the register stood at `at` (local, "24.11.2026 12:30"), or what differs at `then`; 2 when it cannot be.

    `register` is the end of a register's id, needed when the books hold several.
    """
    try:
        with open_books(folder, alone=False):
            return _show(at, then, register, as_json=as_json)
    except (StopError, CoreError) as error:
        complain(str(error))
        return 2


def _show(at: str, then: str, register: str, *, as_json: bool) -> int:
    from smartecr.core import moments
    from smartecr.register.books import past
    from smartecr.register.errors import RegisterError
    from smartecr.sql import select
    from smartecr.web import past as words

    known = dict(select("SELECT id, name FROM register_register ORDER BY id"))
    chosen = [one for one in known if one.endswith(register)]
    if not known:
        raise StopError("In diesem Ordner ist keine Kasse.")
    if len(chosen) != 1:
        names = ", ".join(f"{one[-6:]} ({name})" if name else one[-6:] for one, name in known.items())
        complain(f"Welche Kasse? --register mit dem Ende ihrer Kennung: {names}")
        return 2
    try:
        first = past.rebuild(chosen[0], moments.read(at))
        second = past.rebuild(chosen[0], moments.read(then)) if then else None
    except RegisterError as error:
        complain(f"{error.message} {error.next_step}".strip())
        return 2
    if as_json:
        found = asdict(first) if second is None else [asdict(one) for one in past.differences(first, second)]
        say(json.dumps(found, ensure_ascii=False, indent=2))
    elif second is not None:
        for what, before, after in words.changed(first, second):
            say(f"{what}: {before} → {after}")
    else:
        say(f"Stand {moments.write(first.at)}, nach Eintrag {first.entry.seq}: {words.told(first)}")
        say(f"Kassensoll: {words.euros(first.drawer_cents)}")
        for block in words.blocks(first):
            say("")
            say(block.title)
            for word, value in block.lines or (("–", ""),):
                say(f"  {word}: {value}".rstrip(": "))
    return 0
