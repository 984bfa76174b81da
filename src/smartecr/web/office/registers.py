"""Which of the shop's registers a page of the office looks at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest

from smartecr.register import queries
from smartecr.register.till import Till
from smartecr.web.ports import till


def looked_at(request: HttpRequest) -> Till:
    """Return the register `?register=` names, to be read only; this one without it, or where the shop has none such."""
    own, wanted = till(), request.GET.get("register", "")
    if wanted == own.register_id or wanted not in dict(queries.registers(own.shop_id)):
        return own
    return replace(own, register_id=wanted, memory=None)


def choice(register: Till) -> dict[str, Any]:
    """Return what `till/_registers.html` needs: the shop's registers and the one looked at."""
    return {"registers": queries.registers(register.shop_id), "register_id": register.register_id}
