"""Real data of other makers, beside the project and never in it; tests on it are skipped where it is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2].parent / "shared" / "samples"


def sample(name: str) -> Path:
    """Return the path of a sample; skips the test, naming it, where the collection is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"real sample data is not here: ../shared/samples/{name}")
    return path
