"""Models at hand on Predict: of a file, a run, a workspace, a stranger, and the shipped ones."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from core.hashing import bytes_digest
from core.library import Library
from core.models.kept import find_model, keep_model
from core.store.workspaces import open_store
from tests.core.models.test_persistence import packed, parts
from tests.pages.made_runs import TARGET, made_run, opened
from tests.pages.predicting import PAGE, library_of, numbers, settled, shown


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    monkeypatch.delenv("GRIDSCOPE_DATABASE_URL", raising=False)


@pytest.mark.parametrize("fault", ["tampered", "version", "foreign", "pickle", "bomb"])
def test_files_that_are_not_whole_end_in_words(
    fault: str, model_files: dict[str, bytes], every: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pickle

    manifest, state = parts(model_files["whole"])
    if fault == "tampered":
        manifest["model"]["range"] = [0.0, 1.0]
        data, words = packed(manifest, state, sign=False), "changed after it was saved"
    elif fault == "version":
        manifest["versions"]["scikit-learn"] = "0.1.0"
        data, words = packed(manifest, state), "made with scikit-learn 0.1.0"
    elif fault == "foreign":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("weights.json", "{}")
        data, words = stream.getvalue(), "no model file of Gridscope"
    elif fault == "pickle":
        data, words = pickle.dumps({"model": 1}), "no model file of Gridscope"
    else:
        monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", "0.001")
        data, words = packed(manifest, bytes(2**20)), "more than this machine can hold"
    page = shown(library_of(*every.crystals[3:6]), **{"from": "file"})
    assert "gsmodel" in page.info[0].value
    page.file_uploader(key="kept.file").upload("model.gsmodel", data).run()
    assert not page.exception
    assert words in page.error[0].value.replace("\\", "")
    assert not page.metric


def test_a_good_file_is_taken_from_the_uploader(
    model_files: dict[str, bytes], every: Library
) -> None:
    page = shown(library_of(*every.crystals[3:6]), **{"from": "file"})
    page.file_uploader(key="kept.file").upload("mine.gsmodel", model_files["whole"]).run()
    settled(page)
    assert numbers(page)["Predicted"] == "3"
    assert page.query_params["model"] in (
        bytes_digest(model_files["whole"]),
        [bytes_digest(model_files["whole"])],
    )


def test_a_run_of_the_session_is_applied_and_kept(every: Library) -> None:
    name = made_run(every, {"at_most": 100})
    page = settled(opened(PAGE, run=name))
    assert "from" not in page.query_params, "what is usual is no step for the browser's Back"
    assert numbers(page)["Predicted"] == "5,472"
    assert page.selectbox(key="runs.chosen").value == name
    page.text_input(key="kept.made.0").set_value("my models").run()
    page.text_input(key="kept.name.0").set_value("ridge of mine").run()
    page.button(key="kept.keep").click().run()
    assert not page.exception
    with open_store() as store:
        kept = find_model(store.workspace("my models"), "ridge of mine")
        assert kept.target == TARGET
        assert kept.n == 100
        assert kept.mae is not None
        assert kept.split == "random"


def test_a_kept_model_is_chosen_renamed_and_removed(
    model_files: dict[str, bytes], every: Library
) -> None:
    with open_store() as store:
        key = keep_model(
            store.create("w"), "kept", model_files["whole"], mae=12.0, split="random"
        ).key
    address = {"from": "workspace", "model": f"w#{key}"}
    page = shown(library_of(*every.crystals[3:6]), **address)
    assert numbers(page)["Predicted"] == "3"
    assert any("MAE 12 GPa, random" in t.value for t in page.text)
    page.text_input(key="kept.new.0").set_value("other").run()
    page.button(key="kept.rename").click().run()
    with open_store() as store:
        assert find_model(store.workspace("w"), "other").key == key
    page.button(key="kept.remove").click().run()
    assert not page.exception
    assert "No workspace keeps a model yet" in page.info[0].value


def test_an_imported_model_of_a_stranger_is_tried_first(
    model_files: dict[str, bytes], every: Library, tmp_path: Path
) -> None:
    """A workspace's zip may hold anything under the name of a model, digests and all."""
    manifest, state = parts(model_files["whole"])
    for key, data in (("good", model_files["whole"]), ("bad", _hollow(manifest, state))):
        with open_store() as store:
            workspace = store.create(key)
            (tmp_path / "m").write_bytes(data)
            spec = {"model": "ridge", "target": TARGET, "n": 3, "mae": None, "split": "",
                    "intervals": True}  # fmt: skip
            workspace.results.save_files(
                bytes_digest(data), {"model.gsmodel": tmp_path / "m"}, kind="model", label="x",
                spec=spec,
            )  # fmt: skip
            workspace.export(tmp_path / f"{key}.zip")
            store.remove(key)
            store.import_(tmp_path / f"{key}.zip")
        address = {"from": "workspace", "model": f"{key}#{bytes_digest(data)}"}
        page = shown(library_of(*every.crystals[3:6]), **address)
        assert any("came with an import" in c.value for c in page.caption) == (key == "good")
        if key == "bad":
            assert "lacks what it must hold" in page.error[0].value


def _hollow(manifest: dict[str, Any], state: bytes) -> bytes:
    """A signed file whose manifest does not say which model it is."""
    return packed({k: v for k, v in manifest.items() if k != "model"}, state)


def test_the_librarys_workspaces_name_their_models(
    model_files: dict[str, bytes], every: Library
) -> None:
    with open_store() as store:
        keep_model(store.create("only models"), "kept", model_files["whole"], mae=12.0)
    page = opened("pages/explore/library.py", data="")
    page.session_state["gridscope.library"] = library_of(*every.crystals[3:6])
    page.session_state["library.view"] = "workspaces"
    page.run()
    assert not page.exception
    assert not page.error
    told = "Model kept: Bulk modulus, Extremely randomised trees, 80 crystals, MAE 12 GPa"
    assert told in [t.value for t in page.text]


def test_the_shipped_model_predicts_with_its_card(every: Library) -> None:
    page = shown(library_of(*every.crystals[3:9]), **{"from": "shipped"})
    told = numbers(page)
    assert told["Predicted"] == "6"
    assert any("not from DFT" in w.value for w in page.warning)
    errors = next(t.value for t in page.dataframe if "Tested on" in t.value)
    assert "New chemical systems (split of all crystals)" in errors["Tested on"].tolist()
    assert "Binaries by DFT" in errors["Tested on"].tolist()
