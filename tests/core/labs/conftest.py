"""The zeolites of the paper, read and described once for all tests of labs."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.labs.zeolites import Zeolites, load_zeolites


@pytest.fixture(scope="session")
def zeolites(shared_data: Path) -> Zeolites:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDSCOPE_DATA_MIRROR", str(shared_data))
        return load_zeolites()
