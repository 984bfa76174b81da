"""The table of mounts as Linux writes it in ``/proc/self/mountinfo`` (proc_pid_mountinfo(5))."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TABLE = Path("/proc/self/mountinfo")

#: file systems that hold no card and might hang or wake something when they are looked into
_NEVER = {
    *("proc", "sysfs", "devtmpfs", "devpts", "mqueue", "hugetlbfs", "cgroup", "cgroup2", "debugfs", "tracefs", "bpf"),
    *("configfs", "securityfs", "pstore", "efivarfs", "fusectl", "binfmt_misc", "nsfs", "rpc_pipefs", "squashfs"),
    *("autofs", "nfs", "nfs4", "nfsd", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs"),
}
_REMOTE = re.compile(r"fuse\.(?!exfat|exfat-fuse|ntfs|fatfs)")
_ESCAPE = re.compile(rb"\\([0-7]{3})")


class Mount(NamedTuple):
    """A line of the table: number of the mount, where it is seen, type of its file system, its source."""

    number: int
    point: Path
    file_system: str
    source: str


def parse(table: bytes) -> Iterator[Mount]:
    """Read the table; lines of another form are passed over."""
    for line in table.splitlines():
        fields = line.split(b" ")
        try:
            separator = fields.index(b"-", 6)
            number, point = int(fields[0]), _plain(fields[4])
            file_system, source = fields[separator + 1], _plain(fields[separator + 2])
        except (ValueError, IndexError):
            continue
        if point.startswith("/"):
            yield Mount(number, Path(point), file_system.decode("ascii", "replace"), source)


def may_hold_a_card(mount: Mount) -> bool:
    """Tell whether it is worth (and safe) to look into this mount."""
    return mount.file_system not in _NEVER and not _REMOTE.match(mount.file_system)


def _plain(field: bytes) -> str:
    """Undo the octal spelling of blanks and other odd characters."""
    raw = _ESCAPE.sub(lambda match: bytes((int(match[1], 8) & 0xFF,)), field)
    return raw.decode("utf-8", "surrogateescape")
