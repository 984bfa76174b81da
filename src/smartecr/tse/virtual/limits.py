"""What a virtual TSE can hold and how long it trusts itself: the figures a real device gives about itself."""

from smartecr.core.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of a device; seconds, bytes, counts. None: without limit.

    ``self_test_interval`` passes between two self tests (one is made at opening), ``time_sync_interval``
    between two settings of the time. ``gathers_updates``: updates are signed with the finish, at the latest
    ``protection_delay`` after they came (MAX_PROTECTION_DELAY, TR-03116-5). ``login_lasts`` without use.
    PINs and PUKs are digits, as many as the device behind whose wire it stands takes.
    """

    max_clients: int = 100
    max_open: int = 512
    max_signatures: int = 20_000_000
    storage: int = 8 << 30
    self_test_interval: int | None = 25 * 3600
    time_sync_interval: int | None = 24 * 3600
    pin_length: int = 5
    puk_length: int = 6
    pin_tries: int = 3
    puk_tries: int = 3
    login_lasts: int = 15 * 60
    gathers_updates: bool = False
    protection_delay: int = 45
