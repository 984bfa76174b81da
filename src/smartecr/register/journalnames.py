"""How sentences name the journal of a register: by the name its shop gave it, by its id where that is too little."""

from __future__ import annotations

from smartecr.sql import select


def called(register_id: str) -> str:
    """Return 'Journal „Kasse 2“'; with the end of the id where two have the name, with that alone without one."""
    end = register_id[-6:]
    rows = select(
        "SELECT r.name, (SELECT count(*) FROM register_register o WHERE o.name = r.name) "
        "FROM register_register r WHERE r.id = %s",
        [register_id],
    )
    name, bearers = rows[0] if rows else ("", 0)
    if not name:
        return f"Journal {end}"
    return f"Journal „{name}“ ({end})" if bearers > 1 else f"Journal „{name}“"


def entry(register_id: str, seq: int, kind: str) -> str:
    """Return 'Journal „Kasse 2“, Eintrag 17 (receipt_issued)'."""
    return f"{called(register_id)}, Eintrag {seq} ({kind})"
