"""Static files by version: `{% static %}` gives an address that changes with the content, so browsers may keep it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


@lru_cache(maxsize=1024)
def version(name: str) -> str:
    """Return the first 12 hex digits of the SHA-256 of static file `name`, "" when there is no such file."""
    path = finders.find(name)
    if not isinstance(path, str):
        return ""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


class VersionedStorage(StaticFilesStorage):
    """Appends `?v=` and the content's version to every address."""

    def url(self, name: str | None) -> str:
        """Return the address of static file `name`."""
        address = super().url(name)
        known = version(name) if name else ""
        return f"{address}?v={known}" if known else address
