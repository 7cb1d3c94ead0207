"""Workers must be able to import what the tests give them to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = str(Path(__file__).resolve().parent)
if HERE not in sys.path:
    sys.path.append(HERE)


@pytest.fixture(autouse=True)
def _import_path(monkeypatch) -> None:
    monkeypatch.setenv("PYTHONPATH", HERE)
