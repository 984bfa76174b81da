"""Tells the receivers, one thread a process: each in the order of the journal, each for itself.

After a failure the same event is tried again, at first after seconds, at last once a day, `TRIES` times over about five
days. Then the receiver is given up until a person looks: the journal keeps what it missed.
"""

from __future__ import annotations

import logging
import random
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from datetime import timedelta

from django.db import DatabaseError, connection

from smartecr.core.records import dataclass
from smartecr.register.outside import webhooks
from smartecr.register.outside.webhooks import Event, Webhook
from smartecr.register.till import Till, instant
from smartecr.web.hooks import states
from smartecr.web.hooks.reply import Reply
from smartecr.web.hooks.sending import post
from smartecr.web.hooks.signing import body_of, headers_of
from smartecr.web.hooks.states import Attempt, State
from smartecr.web.hooks.target import Network, Resolve, TargetError, check, resolve

WAITS = (5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 86_400, 86_400, 86_400)
"""Seconds after each failure of an event."""
TRIES = len(WAITS) + 1
IDLE_SECONDS = 5.0
PAUSE_SECONDS = 0.2
"""Between two events and after a call: the sale that woke us goes first."""
GONE = 410
"""A receiver that answers so wants to hear nothing more (standard-webhooks)."""
_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Messenger:
    """Tells receivers once: what is due goes out, everything else waits. `key` is the shop's."""

    till: Till
    key: str
    allowed: Sequence[Network] = ()
    look_up: Resolve = resolve
    trust: ssl.SSLContext | None = None
    spread: Callable[[], float] = field(default=random.random)

    def run(self) -> bool:
        """Tell every receiver at most one event; return whether one was heard, so that more may be waiting."""
        heard = [self._tell(webhook) for webhook in webhooks.standing(self.till)]
        return any(heard)

    def _tell(self, webhook: Webhook) -> bool:
        state = states.of(webhook)
        if state.stopped or state.next_at > self.till.now():
            return False
        event, seq = (state.event, state.seq) if state.pending else self._next(webhook, state)
        if event is None:
            if seq - state.seq > _FAR:
                states.keep(self.till, replace(state, seq=seq))
            return False
        claimed = states.claim(self.till, state, event)
        if claimed is None:
            return False
        tried = self.attempt(webhook, event, state.attempts + 1)
        states.keep(self.till, self._after(claimed, tried), tried)
        return tried.reply.heard

    def attempt(self, webhook: Webhook, event: Event, number: int = 1) -> Attempt:
        """Send an event now, whatever came before; nothing is written down."""
        began = time.monotonic()
        reply = self._send(webhook, event)
        return Attempt(event=event, number=number, reply=reply, ms=round((time.monotonic() - began) * 1000))

    def _next(self, webhook: Webhook, state: State) -> tuple[Event | None, int]:
        """Return the first event a receiver has not heard, and up to where the journal was read."""
        seq = state.seq
        while True:
            events, end = webhooks.events_after(self.till, seq, webhook.events)
            if events or end == seq:
                return (events[0] if events else None), end
            seq = end

    def _send(self, webhook: Webhook, event: Event) -> Reply:
        body = body_of(event)
        secrets = webhooks.secrets_now(self.key, webhook, self.till)
        headers = headers_of(event, body, int(self.till.clock().timestamp()), secrets)
        try:
            target = check(webhook.address, self.allowed, self.look_up)
        except TargetError:
            return Reply(0, "address")
        except OSError:
            return Reply(0, "name")
        return post(target, body, headers, self.trust)

    def _after(self, state: State, tried: Attempt) -> State:
        if tried.reply.heard:
            return replace(state, seq=tried.event.seq, attempts=0, next_at="", pending="")
        attempts = tried.number
        if tried.reply.status == GONE or attempts >= TRIES:
            why = "gone" if tried.reply.status == GONE else "tries"
            return replace(state, attempts=attempts, next_at="", stopped=why, stopped_at=self.till.now())
        wait = WAITS[attempts - 1] * (1 + 0.1 * self.spread())
        return replace(state, attempts=attempts, next_at=instant(self.till.clock() + timedelta(seconds=wait)))


_FAR = 1000
"""Entries without an event after which the place in the journal is written down."""


class Worker:
    """The thread: woken when something was published, and every few seconds for what is due again."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        self._woken = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at the journal soon; returns at once."""
        self._woken.set()

    def close(self) -> None:
        """End the thread after what it is just sending."""
        self._stop.set()
        self._woken.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._woken.clear()
                try:
                    more = self._messenger.run()
                except DatabaseError as error:
                    _log.error("webhooks wait", exc_info=error)
                    more = False
                if not more:
                    self._woken.wait(IDLE_SECONDS)
                self._stop.wait(PAUSE_SECONDS)
        finally:
            connection.close()
