"""The one worker of this process: started with the first receiver, woken by what is published."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from smartecr.register.till import Till
    from smartecr.web.hooks.worker import Messenger, Worker

TOPICS = frozenset({"receipt", "status", "catalog", "stock"})
"""What is published when a receipt, a closing, the catalogue or stock has changed; all else is looked for at times."""

_lock = threading.Lock()
_worker: Worker | None = None


def messenger(till: Till) -> Messenger:
    """Return what tells this shop's receivers, by its settings."""
    from smartecr.web.hooks.target import networks
    from smartecr.web.hooks.worker import Messenger

    return Messenger(till=till, key=settings.SECRET_KEY, allowed=networks(settings.WEBHOOKS))


def start(till: Till) -> None:
    """Begin to tell, if there is anybody to tell and it has not begun."""
    from smartecr.register.outside import webhooks

    global _worker
    with _lock:
        if _worker is None and webhooks.standing(till):
            from smartecr.web.hooks.worker import Worker

            _worker = Worker(messenger(till))


def published(topic: str) -> None:
    """Have the worker look when a topic may mean something to tell; returns at once. Taps on a basket never do."""
    if _worker is not None and topic in TOPICS:
        _worker.wake()


def wake() -> None:
    """Have the worker look now."""
    if _worker is not None:
        _worker.wake()


def close() -> None:
    """End the worker after what it is just sending."""
    global _worker
    with _lock:
        if _worker is not None:
            _worker.close()
            _worker = None
