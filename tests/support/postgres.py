"""A PostgreSQL of our own: a cluster in a temporary folder, heard on a Unix socket only, ended with its user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # processes are killed here, never the machine
    "full_page_writes": "off",
    "autovacuum": "off",  # every test begins with empty tables
    "shared_buffers": "32MB",
    "max_connections": "40",
    "logging_collector": "off",
}


class PostgresMissingError(Exception):
    """There is no PostgreSQL server on this machine, or nobody it could run as."""


def binaries() -> Path:
    """Return the folder of the newest installed server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise PostgresMissingError("PostgreSQL fehlt (sudo apt install postgresql)")
    return Path(on_path).resolve().parent


def _account() -> tuple[str, int | None, int | None]:
    """Return name, uid and gid to run as: our own, or postgres when we are root, whom the server refuses."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name, None, None
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError as error:
        raise PostgresMissingError("Den Benutzer postgres gibt es nicht; als root geht es nicht ohne ihn") from error
    return entry.pw_name, entry.pw_uid, entry.pw_gid


@contextmanager
def cluster() -> Iterator[str]:
    """Run a fresh cluster for the block; yield the DATABASE_URL of its empty database `smartecr`."""
    tools = binaries()
    name, uid, gid = _account()
    with tempfile.TemporaryDirectory(prefix="smartecr-pg-") as folder:
        if uid is not None and gid is not None:
            os.chown(folder, uid, gid)
        data, socket = Path(folder) / "data", Path(folder) / "socket"

        def run(*command: object) -> None:
            subprocess.run(
                [str(part) for part in command],
                user=uid,
                group=gid,
                extra_groups=[] if uid is not None else None,
                cwd=folder,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
                check=True,
                stdout=subprocess.DEVNULL,
                timeout=120,
            )

        run("mkdir", socket)
        run(tools / "initdb", "-D", data, "-U", name, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = " ".join(f"-c {key}={value!r}" for key, value in _SETTINGS.items())
        run(
            tools / "pg_ctl", "-D", data, "-w", "-s", "-l", Path(folder) / "log",
            "-o", f"{options} -c unix_socket_directories='{socket}'", "start",
        )  # fmt: skip
        try:
            run(tools / "createdb", "-h", socket, "-U", name, "smartecr")
            yield f"postgresql://{name}@/smartecr?host={quote(str(socket))}"
        finally:
            run(tools / "pg_ctl", "-D", data, "-w", "-s", "-m", "immediate", "stop")
