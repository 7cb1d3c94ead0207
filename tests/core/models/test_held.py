"""Model files held under their digest: found by it alone, tried before they are held, forgotten."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from core.errors import ModelFileError, StoreUnavailableError
from core.hashing import bytes_digest
from core.models.held import forget_old_models, held, hold
from tests.core.models.test_persistence import small_file


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


def test_a_file_is_found_by_its_digest_alone() -> None:
    data = small_file()
    path = hold(data)
    assert path.read_bytes() == data
    assert hold(data) == path == held(bytes_digest(data))
    for other in ("", "0" * 64, "../x", bytes_digest(data)[:-1]):
        assert held(other) is None


def test_what_is_no_model_is_not_held(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError):
        hold(b"nonsense")
    assert list(tmp_path.rglob("*.gsmodel")) == []


def test_a_folder_that_can_not_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("in the way")
    with pytest.raises(StoreUnavailableError, match="can't be written"):
        hold(small_file())


def test_a_changed_file_is_not_found() -> None:
    data = small_file()
    path = hold(data)
    path.write_bytes(data[:-1])
    assert held(bytes_digest(data)) is None
    assert hold(data).read_bytes() == data


def test_files_nobody_asks_for_are_forgotten() -> None:
    path = hold(small_file())
    assert forget_old_models() == 0
    os.utime(path, (time.time() - 20 * 86_400,) * 2)
    assert forget_old_models() == 1
    assert not path.exists()
