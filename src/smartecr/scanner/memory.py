"""Memory of a process that unpacks pictures: every frame needs megabytes and gives them back at once."""

from __future__ import annotations

import contextlib
import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT = 64 << 20
_MAPPED = 32 << 20  # the most glibc takes


def keep() -> None:
    """Ask the C library to keep what is freed instead of giving it to the kernel and taking it back, page by page.

    That is half of the work of a frame. Source: mallopt(3) of glibc; other libraries are left as they are.
    """
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_TRIM_THRESHOLD, _KEPT)
        mallopt(_MMAP_THRESHOLD, _MAPPED)
