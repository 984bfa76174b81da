"""What every test would do again with the same result, done once a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from whitenoise.middleware import WhiteNoiseMiddleware


def pytest_collection_finish() -> None:
    """Keep the garbage collector from what was loaded, as the product does: thousands of tests, and none is garbage."""
    from smartecr.server import boot

    boot.settle()


@pytest.fixture(scope="session", autouse=True)
def static_files_once() -> Iterator[None]:
    """Look at the static files for the first of Django's test clients; every further one is told what was seen."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    look, seen = WhiteNoiseMiddleware.add_files_from_finders, dict[str, object]()

    def remember(middleware: WhiteNoiseMiddleware) -> None:
        if not seen:
            look(middleware)
            seen.update(middleware.files)
        middleware.files.update(seen)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", remember)
        yield
