"""Who is acting: what every use case of the register is told about the person behind it."""

from __future__ import annotations

from smartecr.core.records import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A logged-in (or approving) person; `role` is "cashier", "manager" or "owner"."""

    person_id: str
    name: str
    role: str
