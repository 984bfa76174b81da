"""Live push: what changed is announced by topic, and every open page hears it.

One counter counts all announcements. A topic's version is the counter at its latest announcement, so a page that
remembers the last number it saw is told exactly the topics it missed. The counter starts at the clock's milliseconds:
numbers keep rising over restarts, and a page that lived through one refreshes everything.

Announcements carry no content. A slow page loses nothing by being told only the latest version of a topic, which also
bounds what is kept for it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator

TOPICS = ("basket", "receipt", "payment", "status", "catalog", "scan", "device")


class Subscription:
    """One open page. Lives in the event loop only; `pending` holds at most one version per topic."""

    def __init__(self, pending: dict[str, int]) -> None:
        self._pending = pending
        self._known = dict(pending)
        self._wake = asyncio.Event()
        self._closed = False
        if pending:
            self._wake.set()

    def put(self, topic: str, version: int) -> None:
        """Remember that `topic` is now at `version`; an older version still waiting is replaced."""
        if version > self._known.get(topic, 0):
            self._known[topic] = self._pending[topic] = version
            self._wake.set()

    def close(self) -> None:
        """Let the page's stream end after what is pending."""
        self._closed = True
        self._wake.set()

    async def take(self, patience: float) -> list[tuple[str, int]] | None:
        """Wait up to `patience` seconds; return the (topic, version) pairs by rising version, None when closed."""
        try:
            async with asyncio.timeout(patience):
                await self._wake.wait()
        except TimeoutError:
            return []
        if self._closed and not self._pending:
            return None
        news = sorted(self._pending.items(), key=lambda item: item[1])
        self._pending = {}
        if not self._closed:
            self._wake.clear()
        return news


class Hub:
    """Topics and the pages that listen. `publish` may be called from any thread, all else from the event loop."""

    def __init__(self, start: int) -> None:
        """`start` is the first version number: milliseconds since 1970 when the process started."""
        self._lock = threading.Lock()
        self._counter = start
        self._versions = dict.fromkeys(TOPICS, start)
        self._subscriptions: set[Subscription] = set()
        self._news: dict[str, int] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def listeners(self) -> int:
        """How many pages listen now."""
        return len(self._subscriptions)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver in `loop` from now on. Without a loop announcements are only counted."""
        with self._lock:
            self._loop, self._news = loop, {}

    def publish(self, topic: str) -> None:
        """Announce that `topic` changed. Thread-safe, returns at once, never raises because of listeners.

        The loop is woken only if somebody listens, and once for all that is announced until it gets there.
        """
        with self._lock:
            self._counter += 1
            self._versions[topic] = self._counter
            loop = self._loop if self._subscriptions else None
            if loop is None or loop.is_closed():
                return
            asleep = not self._news
            self._news[topic] = self._counter
        if asleep:
            loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        with self._lock:
            news, self._news = self._news, {}
        for topic, version in news.items():
            for subscription in self._subscriptions:
                subscription.put(topic, version)

    def subscribe(self, seen: int) -> Subscription:
        """Open a subscription for a page that saw everything up to version `seen` (0: nothing)."""
        with self._lock:
            missed = {topic: version for topic, version in self._versions.items() if version > seen}
            subscription = Subscription(missed)
            self._subscriptions.add(subscription)
        if self._closed:
            subscription.close()
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a page that went away."""
        self._subscriptions.discard(subscription)

    def close_soon(self) -> None:
        """Close from a signal handler or another thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.close)

    def close(self) -> None:
        """End all streams, so that the server can stop while pages are open."""
        self._closed = True
        for subscription in self._subscriptions:
            subscription.close()


async def stream(hub: Hub, seen: int, pulse: float) -> AsyncIterator[bytes]:
    """Yield server-sent events (WHATWG HTML, section 9.2) for one page until it goes away or the hub closes.

    Event name is the topic, data and id are its version. A comment goes out every `pulse` seconds of silence, so that
    proxies keep the connection and a vanished page is noticed.
    """
    subscription = hub.subscribe(seen)
    try:
        yield b"retry: 1000\n\n"
        while (news := await subscription.take(pulse)) is not None:
            if not news:
                yield b": pulse\n\n"
            for topic, version in news:
                yield f"event: {topic}\nid: {version}\ndata: {version}\n\n".encode()
    finally:
        hub.unsubscribe(subscription)


hub = Hub(start=time.time_ns() // 1_000_000)
"""The hub of this process: devices and use cases publish here, the shell reads."""
