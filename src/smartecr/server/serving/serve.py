"""`smartecr serve`: bind first, then load; stop cleanly on SIGTERM although pages keep their streams open."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import uvicorn

from smartecr.core import oswords
from smartecr.server import boot
from smartecr.server.backups.backup_schedule import BackupSettingError, Schedule, target_of
from smartecr.server.cmdline.console import complain, say
from smartecr.server.owner import FolderBusyError, ForeignFolderError, Ownership
from smartecr.server.serving import notify
from smartecr.server.serving.live import hub
from smartecr.server.serving.packets import Protocol
from smartecr.server.startpack import PACK

GRACE_SECONDS = 1
AFTERWARDS_SECONDS = 1.0
LOOPBACK = ("127.0.0.1", "::1", "localhost")
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 only when asked for

_log = logging.getLogger(__name__)


class CannotServeError(Exception):
    """The server cannot start; the message is German and says what to do."""


class StoppableServer(uvicorn.Server):
    """Ends the pages' streams as soon as a stop is asked for; uvicorn alone would wait for them."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note the signal and close the hub in the event loop."""
        super().handle_exit(sig, frame)
        hub.close_soon()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and tell systemd."""
        await super().startup(sockets)
        notify.tell("READY=1")

    async def on_tick(self, counter: int) -> bool:
        """Tell systemd that the event loop lives, every ten seconds (100 ticks)."""
        if counter % 100 == 0:
            notify.tell("WATCHDOG=1")
        return await super().on_tick(counter)


def bind(host: str, port: int) -> socket.socket:
    """Return a listening TCP socket on `host` and `port` (0: any free port).

    Raises CannotServeError when the port is taken or the address is not one of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # with the protocol named asyncio sets TCP_NODELAY; without, every small answer waits 40 ms for an acknowledgement
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except PermissionError as error:
        listener.close()
        raise CannotServeError(f"Port {port} darf nur der Systemverwalter öffnen. Anderer Port: --port 8766") from error
    except OSError as error:
        listener.close()
        raise CannotServeError(_why_not(host, port, error)) from error
    listener.setblocking(False)
    return listener


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno != errno.EADDRINUSE:
        return f"Die Adresse {host} gibt es auf diesem Gerät nicht ({oswords.reason(error)})."
    return (
        f"Port {port} ist belegt. Läuft smartECR schon? Dann einfach {address(host, port)} öffnen.\n"
        f"Sonst einen anderen Port nehmen: --port {port + 1} (oder --port 0 für irgendeinen freien)."
    )


def address(host: str, port: int) -> str:
    """Return the address a person types into a browser on this machine."""
    name = EVERYWHERE.get(host, host)
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


def has_screen() -> bool:
    """Tell whether a person sits in front of this process with a graphical screen."""
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(screen) and not os.environ.get("CI")


def serve(host: str, port: int, *, folder: Path, prepare: Callable[[], None], open_page: bool = False) -> int:
    """Serve the shop in `folder` until SIGTERM or SIGINT; return the exit code (0 stopped, 2 could not start).

    `prepare` runs when the folder is ours and the port is bound, with Django's settings not yet loaded.
    """
    try:
        backups = os.environ.get("SMARTECR_BACKUP", "")
        target_of(backups)
        listener = bind(host, port)
        try:
            owner = Ownership(folder)
        except Exception:
            listener.close()
            raise
    except (CannotServeError, FolderBusyError, ForeignFolderError, BackupSettingError) as error:
        complain(str(error))
        return 2
    except OSError as error:
        why = oswords.reason(error)
        complain(f"Der Datenordner {folder} ist nicht beschreibbar ({why}). Anderer Ordner: SMARTECR_DATA.")
        return 2
    where = address(host, listener.getsockname()[1])
    _tell_settings(host, where)
    with owner, listener:
        prepare()
        schedule = Schedule(folder, backups, _now)
        try:
            schedule.start()
            _run(listener, where, open_page=open_page)
        except CannotServeError as error:
            complain(str(error))
            return 2
        finally:
            schedule.close()
    return 0


def _now() -> datetime:
    return datetime.now(UTC)


def _tell_settings(host: str, where: str) -> None:
    """Receipts name the address served, and the server answers to the name it was given."""
    os.environ.setdefault("SMARTECR_ADDRESS", where.rstrip("/"))
    if host not in LOOPBACK and host not in EVERYWHERE:
        os.environ["SMARTECR_HOSTS"] = ",".join(filter(None, [os.environ.get("SMARTECR_HOSTS", ""), host]))


def _run(listener: socket.socket, where: str, *, open_page: bool) -> None:
    from django.conf import settings

    from smartecr.server import wiring
    from smartecr.server.asgi import application
    from smartecr.server.equipment import twins
    from smartecr.server.equipment.settingerror import DeviceSettingError
    from smartecr.server.equipment.tse_secrets import TseSettingError
    from smartecr.server.serving.letter_post import LetterPost
    from smartecr.server.serving.price_clock import PriceClock

    config = uvicorn.Config(
        application(hub),
        http=Protocol,
        ws="none",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=30,
    )
    server = StoppableServer(config)
    try:
        wiring.till()
        if not settings.ONLY_TWINS:
            wiring.devices()
        wiring.serve()
    except (DeviceSettingError, TseSettingError) as error:
        raise CannotServeError(str(error)) from error
    letters = LetterPost(wiring.till)
    letters.start()
    turning = PriceClock(wiring.till())
    # A signal may come before uvicorn listens for it, and uvicorn raises it again once it has stopped.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    say(f"smartECR läuft: {where}   (Beenden mit Strg+C)")
    stopped = threading.Event()
    rest = threading.Timer(AFTERWARDS_SECONDS, _afterwards, [stopped])
    rest.start()
    turning.start()
    boot.settle()
    gc.enable()
    _log.info("serving", extra={"address": where})
    page = where
    if twins.possible():
        page = f"{where}device/"
        say(f"Das ganze Gerät: {page}")
    if open_page and has_screen():
        import webbrowser

        threading.Thread(target=webbrowser.open, args=(page,), daemon=True).start()
    try:
        asyncio.run(server.serve(sockets=[listener]))
    finally:
        from smartecr.register.books.bookproof import PROOF  # a start need not load it

        stopped.set()
        rest.cancel()
        rest.join()
        letters.close()
        turning.close()
        PROOF.close()
        twins.close()
        wiring.close()
        _log.info("stopped")


def _afterwards(stopped: threading.Event) -> None:
    """Do what the first answer need not wait for: open the devices, load what pages need, bring figures up to date."""
    from django.db import connection
    from django.urls import get_resolver

    from smartecr.server import wiring

    try:
        devices = wiring.devices()
        if devices.terminal_page:
            say(f"Virtuelles Kartenterminal: {devices.terminal_page}")
        if devices.wallet is not None:
            say(f"Virtuelles Handy:          {devices.wallet.address}")
        hub.publish("status")
        get_resolver().reverse_dict  # noqa: B018 loads every page's module
        wiring.catch_up(stopped.wait)
        wiring.describe()
        wiring.tell_others()
    finally:
        connection.close()
    threading.Thread(target=_keep_modules, daemon=True).start()  # a stop does not wait for it


def _keep_modules() -> None:
    PACK.keep()
    _log.info("settled")
