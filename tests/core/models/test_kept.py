"""Models in a workspace: kept, listed, renamed, removed; exported and imported with it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import InvalidSpecError, ModelFileError, SchemaError, UnknownNameError
from core.models import fit
from core.models.kept import (
    find_model,
    keep_model,
    kept_models,
    model_path,
    remove_model,
    rename_model,
)
from core.models.persistence import load_model, model_bytes
from core.store.workspaces import Store, open_store
from core.types import ParseReport
from tests.core.models.test_contract import small_spec
from tests.core.models.training import table


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GRIDSCOPE_DATABASE_URL", raising=False)
    with open_store() as opened:
        yield opened


@cache
def data(seed: int = 0) -> bytes:
    inputs, target = table(20, 2, noise=0.1, seed=seed)
    return model_bytes(fit("ridge", inputs, target, spec=small_spec("ridge")))


def test_what_is_known_of_a_kept_model(store: Store) -> None:
    workspace = store.create("w")
    kept = keep_model(workspace, "first", data(), mae=0.25, split="random", notes={"seed": 0})
    assert kept == find_model(workspace, "first") == find_model(workspace, kept.key)
    assert (kept.model, kept.target, kept.n, kept.intervals) == ("ridge", "y", 20, False)
    assert kept.error == "MAE 0.25, random"
    assert str(kept) == "first: y, Linear ridge, 20 crystals, MAE 0.25, random"
    assert not kept.imported
    assert model_path(workspace, kept.key).read_bytes() == data()
    assert keep_model(workspace, "unmeasured", data(1)).error == "error not stated"


def test_listed_newest_first_renamed_and_removed(store: Store) -> None:
    workspace = store.create("w")
    a, b = keep_model(workspace, "a", data()), keep_model(workspace, "b", data(1))
    assert [m.name for m in kept_models(workspace)] == ["b", "a"]
    rename_model(workspace, a.key, "c")
    assert find_model(workspace, "c").key == a.key
    for wrong in ("b", "", " x", "x" * 81, "a\n"):
        with pytest.raises(InvalidSpecError):
            rename_model(workspace, a.key, wrong)
    remove_model(workspace, b.key)
    assert [m.name for m in kept_models(workspace)] == ["c"]
    with pytest.raises(UnknownNameError, match="no model 'b'"):
        find_model(workspace, "b")
    with pytest.raises(UnknownNameError):
        rename_model(workspace, b.key, "d")


def test_the_same_file_is_kept_once(store: Store) -> None:
    workspace = store.create("w")
    keep_model(workspace, "a", data())
    keep_model(workspace, "again", data())
    assert [m.name for m in kept_models(workspace)] == ["again"]
    with pytest.raises(InvalidSpecError, match="already"):
        keep_model(workspace, "again", data(1))


def test_models_travel_with_the_workspace(store: Store, tmp_path: Path, rocksalt) -> None:
    workspace = store.save("w", ParseReport((rocksalt,), ()))
    kept = keep_model(workspace, "travels", data(), mae=0.5, split="by chemical system")
    workspace.export(tmp_path / "w.zip")
    store.remove("w")
    again = store.import_(tmp_path / "w.zip")
    (found,) = kept_models(again)
    assert found == replace(kept, imported=True)
    inputs, _ = table(20, 2, noise=0.1)
    model = load_model(model_path(again, found.key))
    np.testing.assert_array_equal(
        model.predict(inputs).mean, load_model(data()).predict(inputs).mean
    )
    rename_model(again, found.key, "renamed")
    assert find_model(again, "renamed").imported, "a new name does not make it ours"


def test_saving_the_workspace_anew_keeps_its_models(store: Store, rocksalt) -> None:
    keep_model(store.save("w", ParseReport((rocksalt,), ())), "stays", data())
    store.save("w", ParseReport((rocksalt,), ()), replace=True)
    store.rename("w", "v")
    assert [m.name for m in kept_models(store.workspace("v"))] == ["stays"]


def test_what_is_no_model_is_not_kept(store: Store) -> None:
    workspace = store.create("w")
    broken = bytearray(data())
    broken[len(broken) // 2] ^= 1
    for bad in (b"", b"PK", bytes(broken)):
        with pytest.raises(ModelFileError):
            keep_model(workspace, "bad", bad)
    assert kept_models(workspace) == []


def test_a_file_that_was_changed_on_disk_is_told(store: Store) -> None:
    workspace = store.create("w")
    kept = keep_model(workspace, "a", data())
    path = model_path(workspace, kept.key)
    changed = bytearray(path.read_bytes())
    changed[100] ^= 1
    path.write_bytes(bytes(changed))
    with pytest.raises(ModelFileError, match="not the file that was kept"):
        model_path(workspace, kept.key)
    path.unlink()
    with pytest.raises(SchemaError):
        model_path(workspace, kept.key)


def test_claims_of_an_import_that_make_no_sense_are_left_out(store: Store, tmp_path: Path) -> None:
    workspace = store.create("w")
    (tmp_path / "x.gsmodel").write_bytes(data())
    claims: tuple[dict[str, Any], ...] = (
        {},
        {"model": "ridge", "target": "y", "n": "many"},
        {"model": "ridge", "target": "y", "n": float("inf"), "mae": None, "split": "",
         "intervals": False},
    )  # fmt: skip
    for i, spec in enumerate(claims):
        workspace.results.save_files(
            f"k{i}", {"model.gsmodel": tmp_path / "x.gsmodel"}, kind="model", spec=spec
        )
    keep_model(workspace, "good", data())
    assert [m.name for m in kept_models(workspace)] == ["good"]
