"""Models called by name: shipped, kept in a workspace, or a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import UnknownNameError
from core.models.kept import keep_model
from core.models.named import model_file
from core.models.shipped import shipped_models
from core.store.workspaces import open_store
from tests.core.models.test_kept import data


@pytest.fixture
def _kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GRIDSCOPE_DATABASE_URL", raising=False)
    with open_store() as store:
        keep_model(store.create("mine"), "first", data(), mae=None, split="", notes={})


def test_a_path_is_itself() -> None:
    assert model_file("some/where.gsmodel") == Path("some/where.gsmodel")


@pytest.mark.parametrize("key", list(shipped_models()))
def test_shipped_ones_are_the_files_there(key: str) -> None:
    assert model_file(f"shipped:{key}") == shipped_models()[key].path


@pytest.mark.usefixtures("_kept")
def test_a_kept_one_is_the_file_that_was_kept() -> None:
    assert model_file("workspace:mine#first").read_bytes() == data()


@pytest.mark.usefixtures("_kept")
@pytest.mark.parametrize(
    ("text", "quoted"),
    [("shipped:nonsense", "nonsense"), ("workspace:yours#first", "yours"),
     ("workspace:mine#second", "second")],
)  # fmt: skip
def test_one_that_is_not_there_is_named(text: str, quoted: str) -> None:
    with pytest.raises(UnknownNameError, match=quoted) as caught:
        model_file(text)
    assert caught.value.hint
