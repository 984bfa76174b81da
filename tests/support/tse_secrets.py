"""PINs and PUKs of the cards the tests put into operation, and the file that entrusts them to the register."""

from __future__ import annotations

import json
from pathlib import Path

from smartecr.tse.credentials import NewCredentials, Secret

PINS = {"admin": "11111111", "timeAdmin": "22222222"}
SECRETS = NewCredentials(
    admin_pin=Secret(PINS["admin"]),
    admin_puk=Secret("1234567890"),
    time_admin_pin=Secret(PINS["timeAdmin"]),
    time_admin_puk=Secret("0987654321"),
)


def write_secrets(folder: Path, content: object = None, mode: int = 0o600) -> None:
    """Write `tse-secrets.json` into a data folder, with the PINs above unless told otherwise."""
    file = folder / "tse-secrets.json"
    file.write_text(json.dumps({"pins": PINS} if content is None else content), encoding="utf-8")
    file.chmod(mode)
