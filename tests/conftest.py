"""What all tests share: a data folder of their own, deterministic hypothesis, fixtures by file in `support`.

Nothing here reads or writes a real shop: the data folder is temporary and set before Django's settings are read.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))  # makes `support` importable

FOLDER = Path(tempfile.mkdtemp(prefix="smartecr-tests-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
os.environ["SMARTECR_DATA"] = str(FOLDER)
os.environ["DJANGO_SETTINGS_MODULE"] = "smartecr.server.settings"
for name in ("SMARTECR_HOSTS", "SMARTECR_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"):
    os.environ.pop(name, None)

os.fsync = os.fdatasync = lambda _file: None  # processes are killed here, never the machine

pytest_plugins = ["support.once", "support.servers", "support.browsers", "support.databases", "support.tills"]

settings.register_profile("dev", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True, print_blob=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the database and set Django up. Refuse settings that were read before the data folder was ours."""
    import django
    from django.conf import settings as shop

    from support.databases import choose

    choose(config)

    django.setup()
    if Path(shop.DATA) != FOLDER.resolve():
        raise pytest.UsageError(f"settings were read too early: they point at {shop.DATA}")
