"""How far each receiver was told, and what came of it. Written beside the books: no sale waits for it."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import orjson

from smartecr.core.records import dataclass
from smartecr.register.ledger import WRITE_LOCK
from smartecr.register.outside.webhooks import Event, Webhook
from smartecr.register.till import Till, instant
from smartecr.sql import fetch, transaction, write
from smartecr.web.hooks.reply import Reply

LOGGED = 200
"""Attempts kept for each receiver."""
LEASE = timedelta(seconds=60)
"""So long nobody else tells a receiver an event that is on its way; longer than sending waits for an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """As in `models.HookState`."""

    webhook_id: str
    seq: int
    attempts: int = 0
    next_at: str = ""
    pending: str = ""
    stopped: str = ""
    stopped_at: str = ""

    @property
    def event(self) -> Event | None:
        """Return the event that was sent and not heard yet, as it was sent."""
        return Event(**orjson.loads(self.pending)) if self.pending else None


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


def claim(till: Till, state: State, event: Event) -> State | None:
    """Write down what is about to be sent; return the state now, None when another process was quicker."""
    row: dict[str, Any] = {
        "seq": event.seq - 1,
        "next_at": instant(till.clock() + LEASE),
        "pending": orjson.dumps(asdict(event)).decode(),
    }
    seen = {name: getattr(state, name) for name in ("webhook_id", "seq", "attempts", "next_at", "stopped")}
    with WRITE_LOCK, transaction(synced=False):
        first = "INSERT INTO api_hook_state ({}) VALUES ({}) ON CONFLICT (webhook_id) DO NOTHING"
        columns = asdict(state)
        write(first.format(", ".join(columns), ", ".join(["%s"] * len(columns))), list(columns.values()))
        sql = (
            f"UPDATE api_hook_state SET {', '.join(f'{name} = %s' for name in row)} "  # noqa: S608 our names
            f"WHERE {' AND '.join(f'{name} = %s' for name in seen)} RETURNING webhook_id"
        )
        mine = bool(fetch(sql, [*row.values(), *seen.values()]))
    till.unsynced()
    return replace(state, **row) if mine else None


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


def note(till: Till, webhook: Webhook, tried: Attempt) -> None:
    """Write an attempt down that says nothing of how far the receiver was told."""
    with WRITE_LOCK, transaction(synced=False):
        _log(till, webhook.id, tried)
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
    state = replace(of(webhook), attempts=0, next_at="", stopped="", stopped_at="")
    if skip_to is not None:
        state = replace(state, seq=max(state.seq, skip_to), pending="")
    keep(till, state)
