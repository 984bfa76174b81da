"""The contracts for customers' codes, as the settings name them.

`SMARTECR_CODES` is `off`, or one or more of these, by commas; where two contracts take a code, the first does:

    virtual                a practice provider with a phone on a port of this machine; virtual:alipay speaks Alipay+
    bluecode:FILIALE       Bluecode and its partners, by the external id of the branch; ?sandbox=1 for its test service
    alipay:CLIENT-ID?store=4711&name=Laden&mcc=5812
                           Alipay+ through Antom: the client id, our number for this shop, its name and category (MCC);
                           also &sandbox=1, and &notify=https://… where the contract wants an address for notifications

User, password and keys lie in the data folder (`payment_secrets`).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, urlsplit

from smartecr.register.till import ZONE, Till
from smartecr.server.equipment import payment_secrets
from smartecr.server.equipment.settingerror import DeviceSettingError
from smartecr.terminal.qr.provider import Provider
from smartecr.terminal.qr.terminal import QrTerminal
from smartecr.terminal.qr.virtual import WalletServer, WalletService
from smartecr.terminal.qr.virtual.dialects import BRANCH, CLIENT, PASSWORD, USERNAME, AntomDialect
from smartecr.terminal.qr.virtual.service import ALIPAY_PLUS

if TYPE_CHECKING:
    import httpx

TERMINAL_ID = "q1"
_VIRTUAL = ("virtual", "virtual:alipay")
_POSSIBLE = "Möglich: off, virtual, virtual:alipay, bluecode:FILIALE, alipay:CLIENT-ID?store=…&name=…&mcc=…"


def open_codes(setting: str, folder: Path, till: Till) -> tuple[QrTerminal | None, WalletServer | None]:
    """Return the driver and, for `virtual`, the twin it speaks to. Raises DeviceSettingError."""
    if setting == "off":
        return None, None
    names = [one.strip() for one in setting.split(",")]
    practice = [name for name in names if name in _VIRTUAL]
    if len(practice) > 1:
        raise DeviceSettingError("SMARTECR_CODES: nur ein Übungsanbieter zugleich.")
    clock = till.clock
    providers = {name: _real(name, folder, clock) for name in names if name not in practice}
    twin = None
    if practice:
        providers[practice[0]], twin = (_alipay_twin if ":" in practice[0] else _bluecode_twin)(folder, clock)
    ordered = [providers[name] for name in names]
    driver = QrTerminal(ordered, now=lambda: clock().timestamp(), zone=ZONE, terminal=till.serial)
    if len(driver.providers) < len(names):
        driver.close()
        if twin is not None:
            twin.close()
        raise DeviceSettingError("SMARTECR_CODES: ein Anbieter steht zweimal da.")
    return driver, twin


def _bluecode_twin(folder: Path, clock: Callable[[], datetime]) -> tuple[Provider, WalletServer]:
    service = WalletService(lambda: clock().timestamp(), random.SystemRandom(), folder / "wallet.json")
    service.hold = True
    twin = WalletServer(service)
    return _bluecode(twin.api, BRANCH, USERNAME, PASSWORD), twin


def _alipay_twin(folder: Path, clock: Callable[[], datetime]) -> tuple[Provider, WalletServer]:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from smartecr.terminal.qr.alipay import Alipay, Merchant

    ours, theirs = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    state = folder / "wallet-alipay.json"
    service = WalletService(lambda: clock().timestamp(), random.SystemRandom(), state, shows=ALIPAY_PLUS)
    service.hold = True
    twin = WalletServer(service, dialect=AntomDialect(theirs, ours.public_key(), lambda: clock().isoformat()))
    merchant = Merchant(client=CLIENT, store=BRANCH, name="smartECR", category="5812")
    return Alipay(_http(), twin.api, merchant, ours, theirs.public_key(), now=clock), twin


def _real(setting: str, folder: Path, clock: Callable[[], datetime]) -> Provider:
    parts = urlsplit(setting)
    if parts.scheme == "bluecode" and parts.path:
        from smartecr.terminal.qr.bluecode import LIVE, SANDBOX

        secrets = payment_secrets.of(folder, "bluecode", "username", "password")
        address = SANDBOX if _option(parts, "sandbox") == "1" else LIVE
        return _bluecode(address, parts.path, secrets["username"], secrets["password"])
    if parts.scheme == "alipay" and parts.path and _option(parts, "store"):
        return _alipay(parts, folder, clock)
    raise DeviceSettingError(f"SMARTECR_CODES: {setting!r} ist kein Anbieter. {_POSSIBLE}.")


def _alipay(parts: SplitResult, folder: Path, clock: Callable[[], datetime]) -> Provider:
    from smartecr.terminal.qr.alipay import LIVE, SANDBOX, Alipay, KeyTextError, Merchant, private_key, public_key

    secrets = payment_secrets.of(folder, "alipay", "private_key", "public_key")
    category = _option(parts, "mcc")
    if len(category) != 4 or not category.isdecimal():
        raise DeviceSettingError("SMARTECR_CODES: alipay braucht mcc, die Branche mit vier Ziffern (&mcc=5812).")
    merchant = Merchant(
        client=parts.path,
        store=_option(parts, "store"),
        name=_option(parts, "name") or _option(parts, "store"),
        category=category,
        notify=_option(parts, "notify"),
    )
    try:
        ours, theirs = private_key(secrets["private_key"]), public_key(secrets["public_key"])
    except KeyTextError:
        raise DeviceSettingError(
            f"alipay: private_key und public_key in {folder / payment_secrets.NAME} sind RSA-Schlüssel (PEM)."
        ) from None
    address = SANDBOX if _option(parts, "sandbox") == "1" else LIVE
    return Alipay(_http(), address, merchant, ours, theirs, now=clock)


def _bluecode(address: str, branch: str, username: str, password: str) -> Provider:
    from smartecr.terminal.qr.bluecode import Bluecode

    return Bluecode(_http(), address, branch, username, password)


def _http() -> httpx.Client:
    """Return a client that goes straight to the service."""
    import httpx  # only where codes are taken: a start without them does not wait for it

    return httpx.Client(trust_env=False)


def _option(parts: SplitResult, name: str) -> str:
    return parse_qs(parts.query).get(name, [""])[0]
