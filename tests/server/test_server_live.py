"""Announcements reach every page, in order, the latest only, and let the server stop."""

from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.server.serving.live import TOPICS, Hub, stream

START = 1000


def drain(hub: Hub, seen: int, actions: list[str]) -> list[tuple[str, int]]:
    """Subscribe, announce from another thread, return what the page is told."""

    async def scene() -> list[tuple[str, int]]:
        hub.attach(asyncio.get_running_loop())
        page = hub.subscribe(seen)
        told = list(await page.take(0.01) or [])
        await asyncio.to_thread(lambda: [hub.publish(topic) for topic in actions])
        await asyncio.sleep(0)
        while news := await page.take(0.01):
            told += news
        hub.unsubscribe(page)
        return told

    return asyncio.run(scene())


def test_a_new_page_is_told_every_topic_once() -> None:
    assert sorted(drain(Hub(START), 0, [])) == sorted((topic, START) for topic in TOPICS)


def test_a_page_that_saw_all_is_told_nothing() -> None:
    assert drain(Hub(START), START, []) == []


def test_a_returning_page_is_told_only_what_it_missed() -> None:
    hub = Hub(START)
    hub.publish("basket")
    hub.publish("status")
    hub.publish("basket")
    assert drain(hub, START + 2, []) == [("basket", START + 3)]


def test_a_restart_refreshes_everything() -> None:
    before = Hub(START)
    for _ in range(50):
        before.publish("basket")
    after = Hub(START + 60_000)
    assert len(drain(after, START + 50, [])) == len(TOPICS)


@given(st.lists(st.sampled_from(TOPICS), max_size=40))
def test_the_latest_version_of_each_topic_arrives_in_order(actions: list[str]) -> None:
    told = drain(Hub(START), START, actions)
    latest = {topic: START + index for index, topic in enumerate(actions, 1)}
    assert dict(told) == latest
    assert [version for _topic, version in told] == sorted({version for _topic, version in told})


def test_a_slow_page_keeps_one_version_per_topic() -> None:
    async def scene() -> list[tuple[str, int]] | None:
        hub = Hub(START)
        hub.attach(asyncio.get_running_loop())
        page = hub.subscribe(START)
        for _ in range(10_000):
            hub.publish("basket")
        await asyncio.sleep(0.01)
        return await page.take(1)

    assert asyncio.run(scene()) == [("basket", START + 10_000)]


def test_many_threads_lose_no_announcement() -> None:
    hub = Hub(START)
    threads = [threading.Thread(target=lambda: [hub.publish("basket") for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drain(hub, START, []) == [("basket", START + 4000)]


def test_a_stream_names_topic_and_version_and_pulses() -> None:
    async def scene() -> list[bytes]:
        hub = Hub(START)
        hub.attach(asyncio.get_running_loop())
        parts: list[bytes] = []
        async for part in stream(hub, START, 0.01):
            parts.append(part)
            if part.startswith(b": pulse"):
                if hub.listeners and len(parts) > 3:
                    hub.close()
                else:
                    hub.publish("basket")
        assert hub.listeners == 0
        return parts

    parts = asyncio.run(scene())
    assert parts[0] == b"retry: 1000\n\n"
    assert b": pulse\n\n" in parts
    assert b"event: basket\nid: 1001\ndata: 1001\n\n" in parts


@pytest.mark.parametrize("seen", [0, START])
def test_a_closed_hub_ends_new_streams_too(seen: int) -> None:
    async def scene() -> int:
        hub = Hub(START)
        hub.close()
        return len([part async for part in stream(hub, seen, 60)])

    assert asyncio.run(asyncio.wait_for(scene(), 5)) == (1 if seen else 1 + len(TOPICS))


def test_publishing_after_the_loop_is_gone_does_not_fail() -> None:
    hub = Hub(START)
    drain(hub, 0, ["basket"])
    hub.publish("basket")
    hub.close_soon()
    assert hub.subscribe(0) is not None
