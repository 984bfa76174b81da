"""Where a webhook may go: https to public addresses; others only where the shop's setting names their network.

A till stands in the shop's network, where an address could reach what nobody outside may reach (server-side request
forgery). So names are looked up here, every address they have is checked, and the connection goes to the one checked.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext_noop as _

from smartecr.core.records import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

_PORTS = {"https": 443, "http": 80}


class TargetError(Exception):
    """An address nothing is sent to; `message` is a German sentence."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was checked: connect to `ip` and `port`, ask for `path`, be called `host` (with port)."""

    scheme: str
    name: str
    host: str
    ip: str
    port: int
    path: str


def networks(setting: str) -> tuple[Network, ...]:
    """Return the networks of SMARTECR_WEBHOOKS ("127.0.0.0/8, 192.168.178.20"). Raises ValueError."""
    return tuple(ipaddress.ip_network(part.strip()) for part in setting.split(",") if part.strip())


def resolve(name: str, port: int) -> list[str]:
    """Return the addresses of a host name. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]


def check(address: str, allowed: Sequence[Network], look_up: Resolve = resolve) -> Target:
    """Return where an address leads. Raises TargetError when it must not be reached, OSError when it has no address."""
    parts, port = _split(address)
    ips = [ipaddress.ip_address(one) for one in look_up(str(parts.hostname), port)]
    named = [any(ip in network for network in allowed if network.version == ip.version) for ip in ips]
    if parts.scheme == "http" and not all(named):
        raise TargetError(_("Nur https: Unterwegs könnte sonst jeder mitlesen."))
    if not ips or not all(known or _public(ip) for known, ip in zip(named, ips, strict=True)):
        raise TargetError(_("Diese Adresse liegt nicht im öffentlichen Netz (SMARTECR_WEBHOOKS erlaubt einzelne)."))
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    return Target(
        scheme=parts.scheme,
        name=str(parts.hostname),
        host=host if port == _PORTS[parts.scheme] else f"{host}:{port}",
        ip=str(ips[0]),
        port=port,
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )


def _split(address: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise TargetError(_("Diese Adresse ist unlesbar.")) from None
    if parts.scheme not in _PORTS or not parts.hostname or not address.isascii() or not address.isprintable():
        raise TargetError(_("Eine Adresse beginnt mit https:// und enthält keine Umlaute."))
    if parts.username is not None or parts.password is not None or parts.fragment or " " in address:
        raise TargetError(_("Die Adresse darf weder Anmeldung noch # noch Leerzeichen enthalten."))
    return parts, port


def _public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return _public(inner)
        if ip in _NAT64:
            return _public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return ip.is_global and not ip.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
