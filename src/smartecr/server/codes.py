"""The contracts for customers' codes, as the settings name them.

`SMARTECR_CODES` is `virtual` (a practice provider with a phone on a port of this machine), `off`, or
`bluecode:FILIALE` (the external id of the branch; `?sandbox=1` for the provider's test service). User and password lie
in the data folder (`payment_secrets`).
"""

from __future__ import annotations

import random
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from smartecr.register.till import ZONE, Till
from smartecr.server import payment_secrets
from smartecr.server.settingerror import DeviceSettingError
from smartecr.terminal.qr.provider import Provider
from smartecr.terminal.qr.terminal import QrTerminal
from smartecr.terminal.qr.virtual import WalletServer, WalletService
from smartecr.terminal.qr.virtual.server import BRANCH, PASSWORD, USERNAME

TERMINAL_ID = "q1"


def open_codes(setting: str, folder: Path, till: Till) -> tuple[QrTerminal | None, WalletServer | None]:
    """Return the driver and, for `virtual`, the twin it speaks to. Raises DeviceSettingError."""
    if setting == "off":
        return None, None
    clock = till.clock
    twin = None
    if setting == "virtual":
        service = WalletService(lambda: clock().timestamp(), random.SystemRandom(), folder / "wallet.json")
        service.hold = True
        twin = WalletServer(service)
        provider = _bluecode(twin.api, BRANCH, USERNAME, PASSWORD)
    else:
        provider = _real(setting, folder)
    driver = QrTerminal([provider], now=lambda: clock().timestamp(), zone=ZONE, terminal=till.serial)
    return driver, twin


def _real(setting: str, folder: Path) -> Provider:
    from smartecr.terminal.qr.bluecode import LIVE, SANDBOX

    parts = urlsplit(setting)
    if parts.scheme != "bluecode" or not parts.path:
        raise DeviceSettingError(
            f"SMARTECR_CODES: {setting!r} ist kein Anbieter. Möglich: virtual, off, bluecode:FILIALE."
        )
    secrets = payment_secrets.of(folder, "bluecode", "username", "password")
    sandbox = parse_qs(parts.query).get("sandbox", [""])[0] == "1"
    return _bluecode(SANDBOX if sandbox else LIVE, parts.path, secrets["username"], secrets["password"])


def _bluecode(address: str, branch: str, username: str, password: str) -> Provider:
    import httpx  # only where codes are taken: a start without them does not wait for it

    from smartecr.terminal.qr.bluecode import Bluecode

    return Bluecode(httpx.Client(trust_env=False), address, branch, username, password)
