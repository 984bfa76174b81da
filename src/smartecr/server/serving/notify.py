"""What systemd is told of this process (sd_notify), where it asked for it."""

from __future__ import annotations

import contextlib
import os
import socket


def tell(state: str) -> None:
    """Send `state` ("READY=1", "WATCHDOG=1") to the service manager; harmless without one."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path:
        return
    address = f"\0{path[1:]}" if path.startswith("@") else path
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as messenger:
        messenger.sendto(state.encode(), address)
