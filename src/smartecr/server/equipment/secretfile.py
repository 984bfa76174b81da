"""Files in the data folder that hold what a shop entrusts to its register: readable by their owner alone."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from smartecr.core import oswords

_LARGEST = 64 << 10

Parts = Mapping[str, set[str]]


class SecretFileError(ValueError):
    """The file cannot be used; the message is German and quotes nothing of it."""


def read(path: Path, parts: Parts, example: str) -> dict[str, dict[str, str]]:
    """Return the content, {} without a file. `parts` are the names allowed, `example` shows how it should look.

    Raises SecretFileError for a file that others may read, or that holds anything else.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SecretFileError(f"{path} ist nicht lesbar ({oswords.reason(error)}).") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or stat.S_IMODE(status.st_mode) & 0o077:
            raise SecretFileError(f"{path} darf nur der Besitzer lesen: chmod 600 {path}")
        content = _parsed(os.read(descriptor, _LARGEST), parts)
    finally:
        os.close(descriptor)
    if content is None:
        raise SecretFileError(f"{path} ist nicht zu verstehen. So sieht es aus: {example}")
    return content


def _parsed(data: bytes, parts: Parts) -> dict[str, dict[str, str]] | None:
    """Return the parts with their texts, None when anything else stands there."""
    try:
        content: dict[str, dict[str, str]] = json.loads(data)
    except (ValueError, RecursionError):
        return None
    known = isinstance(content, dict) and all(
        part in parts
        and isinstance(values, dict)
        and values.keys() <= parts[part]
        and all(isinstance(value, str) and value for value in values.values())
        for part, values in content.items()
    )
    return content if known else None
