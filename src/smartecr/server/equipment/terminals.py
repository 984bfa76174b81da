"""The card terminal a setting names.

`SMARTECR_TERMINAL` is `virtual`, `off`, or one of

    tcp://192.168.1.60:20007?password=123456    ZVT over the network; also &tip=… and &tid=… (below)
    serial:/dev/ttyUSB1?password=123456         ZVT over a serial line
    stripe:rdr-id                               a reader at Stripe Terminal, by its id there
    sumup:haendlercode/leser-id?app=kennung     a reader at SumUp; `app` is the application of the affiliate key

`password` is the terminal's (six digits), `tip` none, before, terminal or after, `tid` the terminal id that has to
answer. Keys of the services lie in the data folder (`payment_secrets`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast
from urllib.parse import SplitResult, urlsplit

from smartecr.server.equipment import payment_secrets
from smartecr.server.equipment.paper_devices import option, port_of
from smartecr.server.equipment.settingerror import DeviceSettingError
from smartecr.terminal.api import PaymentTerminal
from smartecr.terminal.zvt.driver import ZvtTerminal
from smartecr.terminal.zvt.link_serial import SerialLink
from smartecr.terminal.zvt.link_tcp import DEFAULT_PORT, TcpLink
from smartecr.terminal.zvt.profile import TerminalProfile

_Tip = Literal["none", "before", "terminal", "after"]
_TIPS = ("none", "before", "terminal", "after")


def open_terminal(setting: str, folder: Path) -> PaymentTerminal:
    """Return the driver of a real terminal, not connected yet. Raises DeviceSettingError."""
    parts = urlsplit(setting)
    if parts.scheme == "tcp" and parts.hostname:
        profile, port = _profile(parts), port_of("SMARTECR_TERMINAL", parts, DEFAULT_PORT)
        return ZvtTerminal(TcpLink(parts.hostname, port), profile)
    if parts.scheme == "serial" and parts.path:
        profile = _profile(parts)
        return ZvtTerminal(SerialLink(parts.path), profile)
    if parts.scheme == "stripe" and parts.path:
        return _stripe(parts, folder)
    if parts.scheme == "sumup" and parts.path.count("/") == 1 and option(parts, "app", ""):
        return _sumup(parts, folder)
    shown = parts._replace(query="").geturl()
    raise DeviceSettingError(
        f"SMARTECR_TERMINAL: {shown!r} ist kein Kartenterminal. Möglich: virtual, off, tcp://adresse:20007, "
        "serial:/dev/ttyUSB1, jeweils mit ?password=…; stripe:leser; sumup:haendler/leser?app=kennung"
    )


def _profile(parts: SplitResult) -> TerminalProfile:
    password, tip = option(parts, "password", "000000"), option(parts, "tip", "none")
    if len(password) != 6 or not password.isdecimal():
        raise DeviceSettingError("SMARTECR_TERMINAL: das Passwort des Terminals hat sechs Ziffern (?password=123456).")
    if tip not in _TIPS:
        raise DeviceSettingError(f"SMARTECR_TERMINAL: tip ist {', '.join(_TIPS)}.")
    return TerminalProfile(password=password, tip=cast("_Tip", tip), tid=option(parts, "tid", ""), columns=48)


def _stripe(parts: SplitResult, folder: Path) -> PaymentTerminal:
    secrets = payment_secrets.of(folder, "stripe", "api_key")
    from smartecr.terminal.rest.stripe import (
        StripeService,  # the makers' SDKs take their time: only who needs them waits
    )
    from smartecr.terminal.rest.terminal import RestTerminal

    return RestTerminal(StripeService(secrets["api_key"], parts.path))


def _sumup(parts: SplitResult, folder: Path) -> PaymentTerminal:
    secrets = payment_secrets.of(folder, "sumup", "api_key", "affiliate_key")
    from smartecr.terminal.rest.sumup import SumupService
    from smartecr.terminal.rest.terminal import RestTerminal

    merchant, reader = parts.path.split("/")
    service = SumupService(secrets["api_key"], merchant, reader, option(parts, "app", ""), secrets["affiliate_key"])
    return RestTerminal(service)
