"""What an operation may answer, for the description of the interface."""

from __future__ import annotations

from typing import Any

from smartecr.web.api.schemas import Problem

_READ = (401, 403, 404, 422, 429)
_WRITE = (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)


def reads(model: Any, *more: int) -> dict[int, Any]:
    """Return the answers of an operation that reads `model`."""
    return {200: model, **dict.fromkeys(_READ + more, Problem)}


def writes(model: Any, *more: int, status: int = 200) -> dict[int, Any]:
    """Return the answers of an operation that writes and answers with `model`."""
    return {status: model, **dict.fromkeys(_WRITE + more, Problem)}
