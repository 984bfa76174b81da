"""The command line `smartecr`. Each command imports what it needs when it runs, so that `--help` is instant.

Exit codes: 0 done and all well, 1 something does not hold (a check failed, a file has errors), 2 could not start.
"""

from __future__ import annotations

from smartecr.server import entry

if __name__ == "__main__":
    entry.hush()

import argparse
import gc
import os
import signal
import sys
from collections.abc import Sequence
from datetime import date, datetime
from io import TextIOWrapper
from pathlib import Path

from smartecr.core import oswords
from smartecr.server.cmdline.arguments import DEFAULT_PORT, parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. `arguments` default to the process's own."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names and terminals that know no UTF-8
    try:
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        options = parser(*given[:1]).parse_args(given)
        command: str = options.command
        return int(_COMMANDS[command](options))
    except KeyboardInterrupt:
        return _interrupted()
    except RuntimeError as error:  # so it comes when a class was just being made
        if not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        return _interrupted()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        sys.stderr.write(f"Das ging nicht. {where}{oswords.reason(error)}. Was gebucht ist, bleibt gebucht.\n")
        return 2


def _interrupted() -> int:
    sys.stderr.write("\nAbgebrochen.\n")
    return 130


def data_folder() -> Path:
    """Return the folder all data lies in (SMARTECR_DATA, default ./data), without making it."""
    return Path(os.environ.get("SMARTECR_DATA") or "data").resolve()


def _serve(options: argparse.Namespace) -> int:
    gc.disable()  # it would look again and again at what is being loaded for good; serving enables it
    try:
        from smartecr.server.startpack import PACK

        PACK.use()
        from smartecr.server.cmdline import commands

        days = options.days if options.demo else None
        return commands.serve(data_folder(), options.host, options.port, demo_days=days, open_page=options.open)
    finally:
        gc.enable()


def _demo(options: argparse.Namespace) -> int:
    from smartecr.server.cmdline import commands

    return commands.demo(data_folder(), options.days)


def _doctor(_options: argparse.Namespace) -> int:
    from smartecr.server.cmdline import doctor

    return doctor.run(data_folder(), DEFAULT_PORT)


def _history(options: argparse.Namespace) -> int:
    from smartecr.server.cmdline import command_history

    return command_history.show(data_folder(), options.at, options.then, options.register, as_json=options.json)


def _verify(options: argparse.Namespace) -> int:
    if options.what == "dsfinvk":
        from smartecr.server.cmdline import command_dsfinvk

        return command_dsfinvk.verify(options.file, as_json=options.json, signatures=not options.no_signatures)
    if options.what == "books":
        from smartecr.server.cmdline import commands

        return commands.verify_books(data_folder(), options.upgrade)
    from smartecr.server.cmdline import command_verify_tse

    if options.what == "tse":
        return command_verify_tse.verify_tse(options.files, as_json=options.json, complete=options.complete)
    return command_verify_tse.verify_receipt(options.text, as_json=options.json)


def _articles(options: argparse.Namespace) -> int:
    from smartecr.server.cmdline import commands

    if options.what == "import":
        return commands.import_articles(data_folder(), options.file)
    return commands.export_articles(data_folder(), options.file)


def _export(options: argparse.Namespace) -> int:
    if options.what == "dsfinvk":
        from smartecr.server.cmdline import command_export_dsfinvk

        return command_export_dsfinvk.export(data_folder(), options.out, options.first, options.last)
    if options.what == "datev":
        return _export_datev(options)
    if options.what == "notification":
        from smartecr.server.cmdline import command_export_notification

        return command_export_notification.export(data_folder(), options.out)
    from smartecr.server.cmdline import command_export_tse

    return command_export_tse.export(data_folder(), options.out, options.first, options.last, own=options.client)


def _insights(_options: argparse.Namespace) -> int:
    from smartecr.server.cmdline import command_insights

    return command_insights.rebuild(data_folder())


def _export_datev(options: argparse.Namespace) -> int:
    from smartecr.server.cmdline import command_export_datev
    from smartecr.server.cmdline.period import Period

    given = {name: value for name in ("consultant", "client", "chart") if (value := getattr(options, name))}
    return command_export_datev.export(data_folder(), options.out, Period(options.first, options.last), given)


def _zvt(options: argparse.Namespace) -> int:
    from smartecr.server.cmdline import command_zvt

    return command_zvt.decode(options.hex)


def _virtual(options: argparse.Namespace) -> int:
    from smartecr.server.cmdline import command_virtual

    if options.what == "linedisplay":
        return command_virtual.linedisplay(options.port, options.language)
    if options.what == "scale":
        return command_virtual.scale(options.port)
    if options.what == "tse":
        return command_virtual.tse(options.folder)
    return command_virtual.terminal(options.port, options.page_port, options.state, serial=options.serial)


def _barcode(options: argparse.Namespace) -> int:
    from smartecr.server.cmdline import command_scan

    return command_scan.barcode(options.text, date.today(), typed=options.typed)  # noqa: DTZ011 - the shop's day


def _scan(options: argparse.Namespace) -> int:
    from smartecr.server.cmdline import command_scan

    return command_scan.scan(options.file, date.today())  # noqa: DTZ011 - the shop's day


def _printers(options: argparse.Namespace) -> int:
    from smartecr.server.cmdline import command_printers

    if options.test:
        return command_printers.test(options.test, datetime.now().astimezone())
    return command_printers.show(options.address)


def _backup(options: argparse.Namespace) -> int:
    from smartecr.server.cmdline import command_backup

    if options.what == "key":
        return command_backup.key(data_folder())
    if options.what == "create":
        return command_backup.create(data_folder(), options.to, options.keep)
    secret = command_backup.secret(options.key)
    if options.what == "check":
        return command_backup.check(options.file, secret)
    return command_backup.restore(options.file, secret, data_folder())


def _kiosk(options: argparse.Namespace) -> int:
    from smartecr.server.cmdline import command_kiosk

    if options.write_units:
        return command_kiosk.write_units(options.write_units, data_folder(), options.address)
    return command_kiosk.run(data_folder(), options.address, options.screen, options.browser)


_COMMANDS = {
    "kiosk": _kiosk,
    "backup": _backup,
    "printers": _printers,
    "barcode": _barcode,
    "scan": _scan,
    "serve": _serve,
    "demo": _demo,
    "doctor": _doctor,
    "verify": _verify,
    "history": _history,
    "export": _export,
    "articles": _articles,
    "insights": _insights,
    "zvt": _zvt,
    "virtual": _virtual,
}

if __name__ == "__main__":
    raise SystemExit(main())
