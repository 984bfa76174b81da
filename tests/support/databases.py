"""The same tests on both databases: `--postgres` runs them on a PostgreSQL of our own."""

from __future__ import annotations

import os
from contextlib import ExitStack

import pytest

from support.postgres import PostgresMissingError, cluster

BOTH = (
    "tests/register/", "tests/catalog/", "tests/staff/", "tests/insights/", "tests/api/test_api_access.py",
    "tests/api/test_api_catalog.py", "tests/api/test_api_records.py", "tests/api/test_webhooks.py",
    "tests/web/test_audit.py", "tests/web/test_past_pages.py", "tests/web/test_office_articles.py",
    "tests/web/test_office_hostile.py", "tests/web/test_office_interface.py", "tests/web/test_office_labels.py",
    "tests/web/test_office_stock.py", "tests/web/test_working_times.py",
)  # fmt: skip
_missing = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--postgres`."""
    parser.addoption(
        "--postgres",
        action="store_true",
        help="run the tests meant for both databases, and those marked postgres, on a PostgreSQL cluster of our own",
    )


def choose(config: pytest.Config) -> None:
    """Point DATABASE_URL at the database of this run; call before Django's settings are read.

    Without PostgreSQL on this machine the tests are skipped by name; under CI that is an error.
    """
    os.environ.pop("DATABASE_URL", None)
    if not config.getoption("--postgres"):
        return
    stack = ExitStack()
    try:
        os.environ["DATABASE_URL"] = stack.enter_context(cluster())
    except PostgresMissingError as error:
        if os.environ.get("CI"):
            raise pytest.UsageError(str(error)) from error
        config.stash[_missing] = str(error)
    config.add_cleanup(stack.close)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--postgres` keep what speaks to it; without, skip what needs it."""
    if not config.getoption("--postgres"):
        for item in items:
            if item.get_closest_marker("postgres"):
                item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: ./run test --postgres"))
        return
    chosen = [item for item in items if item.get_closest_marker("postgres") or _for_both(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen
    if reason := config.stash.get(_missing, ""):
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))


def _for_both(item: pytest.Item) -> bool:
    """Tell whether a test of the rooms in `BOTH` uses the database at all, and is not the long form of another."""
    uses = "db" in getattr(item, "fixturenames", ()) or item.get_closest_marker("django_db")
    return bool(uses and item.nodeid.startswith(BOTH) and not item.get_closest_marker("once"))
