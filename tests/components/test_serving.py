"""What the server does once, when it starts."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from components import serving
from core.io import garbage
from tests.conftest import REPOSITORY

_WARM = """
import gc
from components import serving
serving._import_heavy()
print(gc.get_freeze_count(), len(gc.get_objects()))
"""


def test_the_collector_is_spared_what_was_imported() -> None:
    """Streamlit has it look through everything after every run of a script."""
    out = subprocess.run(
        [sys.executable, "-c", _WARM], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    spared, left = map(int, out.stdout.split())
    assert spared > 100_000
    assert left < spared / 20


def test_what_can_not_be_imported_does_not_end_the_warm_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A broken library must cost its own page, not the others their speed."""
    imported: list[str] = []
    monkeypatch.setattr(garbage, "_is_aside", False)  # and put back at the end
    monkeypatch.setattr(serving, "_HEAVY", ("json", "no_such_library", "csv"))
    monkeypatch.setattr(gc, "freeze", lambda: imported.append("set aside"))
    monkeypatch.delitem(sys.modules, "csv", raising=False)
    serving._import_heavy()
    assert "csv" in sys.modules
    assert imported == ["set aside"]
    assert "no_such_library" in caplog.text
