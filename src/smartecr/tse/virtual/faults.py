"""Faults on command: what a device in a shop does at the worst moment, for tests and training."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Faults:
    """Switches of a running virtual TSE; change them at any time from any thread.

    ``latency``               seconds every operation takes before it begins
    ``lose_before_signing``   so many signings break off with nothing signed (counts down)
    ``lose_after_signing``    so many signings break off with the message signed and stored (counts down)
    ``storage_full``          no signing, reading works
    ``unplugged``             nobody there
    ``time_lost``             clock unknown until ``update_time`` (which clears the switch)
    ``certificate_expired``   no signing, reading works
    ``signatures_exhausted``  no signing, reading works
    ``busy``                  every call is refused
    ``self_test_due``         no signing until ``run_self_test`` (which clears the switch)
    ``self_test_fails``       ``run_self_test`` finds a fault
    ``sleep``                 how latency passes (seconds); tests put a gate here
    """

    latency: float = 0.0
    lose_before_signing: int = 0
    lose_after_signing: int = 0
    storage_full: bool = False
    unplugged: bool = False
    time_lost: bool = False
    certificate_expired: bool = False
    signatures_exhausted: bool = False
    busy: bool = False
    self_test_due: bool = False
    self_test_fails: bool = False
    sleep: Callable[[float], None] = time.sleep
