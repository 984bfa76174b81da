"""How far each receiver was told, and what came of it. Written beside the books: no sale waits for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from smartecr.register.ledger import WRITE_LOCK
from smartecr.register.till import Till
from smartecr.register.webhooks import Event, Webhook
from smartecr.sql import fetch, transaction, write
from smartecr.web.hooks.reply import Reply

LOGGED = 200
"""Attempts kept for each receiver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """As in `models.HookState`."""

    webhook_id: str
    seq: int
    attempts: int = 0
    next_at: str = ""
    stopped: str = ""
    stopped_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Attempt `number` (from 1) to tell an event, what came back, the milliseconds it took."""

    event: Event
    number: int
    reply: Reply
    ms: int


def of(webhook: Webhook) -> State:
    """Return how far a receiver was told: at first up to the fact that added it."""
    rows = fetch("SELECT * FROM api_hook_state WHERE webhook_id = %s", [webhook.id])
    return State(**rows[0]) if rows else State(webhook_id=webhook.id, seq=webhook.since)


def keep(till: Till, state: State, tried: Attempt | None = None) -> None:
    """Write a state down, with the attempt that led to it."""
    row = {name: getattr(state, name) for name in State.__dataclass_fields__}
    rest = ", ".join(f"{name} = excluded.{name}" for name in row if name != "webhook_id")
    sql = (
        f"INSERT INTO api_hook_state ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))}) "  # noqa: S608 our names
        f"ON CONFLICT (webhook_id) DO UPDATE SET {rest}"
    )
    with WRITE_LOCK, transaction(synced=False):
        write(sql, list(row.values()))
        if tried is not None:
            _log(till, state.webhook_id, tried)
    till.unsynced()


def _log(till: Till, webhook_id: str, tried: Attempt) -> None:
    event, reply = tried.event, tried.reply
    row = {
        "webhook_id": webhook_id, "event_id": event.id, "event_type": event.type, "seq": event.seq,
        "attempt": tried.number, "at": till.now(), "ms": tried.ms, "status": reply.status, "error": reply.error,
    }  # fmt: skip
    marks = ", ".join(["%s"] * len(row))
    write(f"INSERT INTO api_delivery ({', '.join(row)}) VALUES ({marks})", list(row.values()))  # noqa: S608 our names
    write(
        "DELETE FROM api_delivery WHERE webhook_id = %s AND id <= "
        "(SELECT id FROM api_delivery WHERE webhook_id = %s ORDER BY id DESC LIMIT 1 OFFSET %s)",
        [webhook_id, webhook_id, LOGGED],
    )


def log(webhook_id: str, limit: int = LOGGED) -> list[dict[str, Any]]:
    """Return the latest attempts at a receiver, newest first."""
    return fetch("SELECT * FROM api_delivery WHERE webhook_id = %s ORDER BY id DESC LIMIT %s", [webhook_id, limit])


def resume(till: Till, webhook: Webhook, *, skip_to: int | None = None) -> None:
    """Tell a receiver that was given up again: from where it stood, or only what comes after entry `skip_to`."""
    state = of(webhook)
    seq = state.seq if skip_to is None else max(state.seq, skip_to)
    keep(till, replace(state, seq=seq, attempts=0, next_at="", stopped="", stopped_at=""))
