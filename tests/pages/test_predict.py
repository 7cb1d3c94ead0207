"""Predict shows the core's numbers, says where a model is out of its depth, refuses bad files."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from components.predicted_files import bundle, csv_bytes, parquet_bytes
from core.hashing import bytes_digest
from core.jobs import JobSpec, run
from core.jobs.predicted import Predicted
from core.library import Library
from core.models.held import hold
from core.models.kept import find_model, keep_model
from core.models.persistence import load_model
from core.store.workspaces import open_store
from core.types import Crystal, Examination, ParseReport
from tests.core.models.test_persistence import packed, parts
from tests.pages.made_runs import SET, TARGET, made_run, opened

PAGE = "pages/model/predict.py"
OPTIONS: dict[str, Any] = {
    "target": TARGET, "seed": 0, "conformal": {"method": "cross"},
    "model": {"key": "extra-trees", "features": "composition_statistics", "n_trees": 20},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    monkeypatch.delenv("GRIDSCOPE_DATABASE_URL", raising=False)


@pytest.fixture(scope="module")
def every() -> Library:
    return Library.embedded(SET)


@pytest.fixture(scope="module")
def files(every: Library) -> dict[str, bytes]:
    """Files of models of 80 crystals, with and without intervals."""
    members = {"crystals": every.crystals[::68][:80]}
    out = {}
    for name, changed in (("whole", {}), ("bare", {"conformal": None})):
        done = run(JobSpec(task="train", options={**OPTIONS, **changed}), members)
        out[name] = done.outputs["model"].tobytes()
    return out


def held(data: bytes, library: Library, **address: str) -> AppTest:
    """The page with a model file that was brought before."""
    return shown(library, **{"from": "file", "model": hold(data).stem, **address})


def shown(library: Library, **address: str) -> AppTest:
    page = opened(PAGE, data="", **address)
    page.session_state["gridscope.library"] = library
    for key, value in address.items():
        page.query_params[key] = value
    page.run()
    return settled(page)


def settled(page: AppTest, seconds: float = 90.0) -> AppTest:
    """Run again until the job that the page waits for is over."""
    end = time.monotonic() + seconds
    while not page.metric and not page.error and not page.info and time.monotonic() < end:
        time.sleep(0.3)
        page.run()
    assert not page.exception
    return page


def library_of(*crystals: Crystal) -> Library:
    cards = tuple(Examination(c.id, c.source, "green") for c in crystals)
    return Library("mine", "files", ParseReport(crystals, (), cards))


def numbers(page: AppTest) -> dict[str, str]:
    return {box.label: box.value for box in page.metric}


def table(page: AppTest) -> Any:
    return next(t.value for t in page.dataframe if "In training" in t.value)


def test_without_crystals_it_offers_a_set() -> None:
    page = opened(PAGE, data="")
    assert not page.exception
    assert "No crystals yet" in page.info[0].value


def test_the_table_holds_the_cores_numbers(files: dict[str, bytes], every: Library) -> None:
    some = every.keeping(every.ids[5:400:10], "a few")
    page = held(files["whole"], some)
    spec = JobSpec(task="predict", options={"model": str(hold(files["whole"])), "levels": [0.9]})
    expected = Predicted.of(run(spec, {"crystals": some.crystals}).outputs)
    found = table(page)
    assert found["Id"].tolist() == list(expected.ids)
    np.testing.assert_allclose(found["Predicted [GPa]"], expected.mean, atol=expected.std.max())
    bounds = expected.interval_at(0.9)
    wide = expected.std.max()
    np.testing.assert_allclose(found["90% from [GPa]"], bounds[:, 0], atol=wide)
    np.testing.assert_allclose(found["90% to [GPa]"], bounds[:, 1], atol=wide)
    assert found["In training"].tolist() == [expected.standing(i) for i in range(len(expected))]
    assert found["Look twice"].tolist() == list(expected.reasons)
    assert found["Known [GPa]"].tolist() == [c.properties[TARGET] for c in some.crystals]
    told = numbers(page)
    assert told["Predicted"] == "40"
    assert told["To look at twice"] == str(int(expected.flagged.sum()))
    assert told["Not described"] == "0"


def test_training_crystals_are_told(files: dict[str, bytes], every: Library) -> None:
    known = every.crystals[::68][:10]
    page = held(files["whole"], library_of(*known, every.crystals[3]))
    assert table(page)["In training"].tolist() == ["yes"] * 10 + ["no"]
    assert numbers(page)["New to the model"] == "1"


def test_a_level_of_a_link_is_shown_and_another_chosen(
    files: dict[str, bytes], every: Library
) -> None:
    some = library_of(*every.crystals[3:9])
    page = held(files["whole"], some, level="0.5")
    narrow = table(page)
    assert "50% from [GPa]" in narrow
    page.segmented_control(key="predict.level").set_value(0.95).run()
    wide = table(page)
    assert (wide["95% to [GPa]"] > narrow["50% to [GPa]"]).all()
    assert page.query_params["level"] in ("0.95", ["0.95"])


def test_a_model_without_intervals_says_so(files: dict[str, bytes], every: Library) -> None:
    page = held(files["bare"], library_of(*every.crystals[3:9]))
    assert any("states no intervals" in c.value for c in page.caption)
    assert not [name for name in table(page) if "%" in name]
    assert numbers(page)["Predicted"] == "6"


def test_a_model_of_an_earlier_version_says_that_it_cannot_judge(
    files: dict[str, bytes], every: Library
) -> None:
    import skops.io

    from core.models.audit import TREE_TYPES

    manifest, state = parts(files["whole"])
    content = skops.io.loads(state, trusted=list(TREE_TYPES))
    content.pop("domain")
    manifest["schema"] = 1
    page = held(packed(manifest, skops.io.dumps(content)), library_of(*every.crystals[3:9]))
    assert any("does not carry what its training crystals were like" in w.value
               for w in page.warning)  # fmt: skip
    assert numbers(page)["To look at twice"] == "unknown"
    assert "Look twice" not in table(page)


@pytest.mark.parametrize("fault", ["tampered", "version", "foreign", "pickle", "bomb"])
def test_files_that_are_not_whole_end_in_words(
    fault: str, files: dict[str, bytes], every: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pickle

    manifest, state = parts(files["whole"])
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


def test_a_good_file_is_taken_from_the_uploader(files: dict[str, bytes], every: Library) -> None:
    page = shown(library_of(*every.crystals[3:6]), **{"from": "file"})
    page.file_uploader(key="kept.file").upload("mine.gsmodel", files["whole"]).run()
    settled(page)
    assert numbers(page)["Predicted"] == "3"
    assert page.query_params["model"] in (
        bytes_digest(files["whole"]),
        [bytes_digest(files["whole"])],
    )


def test_disordered_crystals_only_are_explained(every: Library, tmp_path: Path) -> None:
    changed = {"model": {**OPTIONS["model"], "features": "structure_features"}}
    done = run(JobSpec(task="train", options={**OPTIONS, **changed}),
               {"crystals": every.crystals[::200]})  # fmt: skip
    mixed = [
        c.with_(id=f"mixed {c.id}", occupancy=np.full(c.n_rows, 0.5)) for c in every.crystals[3:6]
    ]
    page = held(done.outputs["model"].tobytes(), library_of(*mixed))
    assert not page.metric
    assert "partially occupied" in page.error[0].value
    page = held(done.outputs["model"].tobytes(), library_of(*mixed, every.crystals[9]))
    told = numbers(page)
    assert (told["Predicted"], told["Not described"]) == ("1", "3")
    reasons = next(t.value for t in page.dataframe if "Reason" in t.value)
    assert reasons["Id"].tolist() == [c.id for c in mixed]


def test_a_run_of_the_session_is_applied_and_kept(every: Library) -> None:
    name = made_run(every, {"at_most": 100})
    page = settled(opened(PAGE, **{"run": name, "from": "session"}))
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
    files: dict[str, bytes], every: Library
) -> None:
    with open_store() as store:
        key = keep_model(store.create("w"), "kept", files["whole"], mae=12.0, split="random").key
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
    files: dict[str, bytes], every: Library, tmp_path: Path
) -> None:
    """A workspace's zip may hold anything under the name of a model, digests and all."""
    manifest, state = parts(files["whole"])
    for key, data in (("good", files["whole"]), ("bad", _hollow(manifest, state))):
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


def test_the_librarys_workspaces_name_their_models(files: dict[str, bytes], every: Library) -> None:
    with open_store() as store:
        keep_model(store.create("only models"), "kept", files["whole"], mae=12.0)
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


def test_predictions_join_the_library_under_their_own_name(
    files: dict[str, bytes], every: Library
) -> None:
    page = held(files["whole"], library_of(*every.crystals[3:9]), view="files")
    page.button(key="predict.join").click().run()
    assert not page.exception
    joined: Library = page.session_state["gridscope.library"]
    assert "The library has" in page.success[0].value
    assert all(f"predicted_{TARGET}" in c.properties for c in joined.crystals)
    assert all(c.properties[TARGET] == o.properties[TARGET]
               for c, o in zip(joined.crystals, every.crystals[3:9], strict=True))  # fmt: skip
    assert bytes_digest(files["whole"])[:16] in joined.decisions[-1]


def test_known_values_are_compared_by_kind(files: dict[str, bytes], every: Library) -> None:
    page = held(files["whole"], library_of(*every.crystals[::68][:5], *every.crystals[3:60]),
                view="known")  # fmt: skip
    found = next(t.value for t in page.dataframe if "Crystals" in t.value and "Number" in t.value)
    assert found["Crystals"].tolist()[-1] == "In training, or the same to the model"
    assert found["Number"].sum() == 62


def test_the_chosen_crystal_is_told_with_its_reasons(
    files: dict[str, bytes], every: Library, rocksalt: Crystal
) -> None:
    odd = rocksalt.with_(id="odd", numbers=np.where(rocksalt.numbers == 11, 94, 53))
    page = held(files["whole"], library_of(*every.crystals[3:6], odd), crystal="odd")
    assert any("Holds Pu" in w.value or "holds Pu" in w.value for w in page.warning)
    assert any(t.value.startswith("odd: ") for t in page.text)


class FakeChosen:
    """What files need of a chosen model."""

    def __init__(self, path: Path) -> None:
        from core.models.persistence import read_manifest

        self.path, self.name, self.digest, self.card = path, "m", "0" * 64, None
        self.manifest, self.error = read_manifest(path), ""
        self.recorded, self.has_intervals = "model 'm'", True


@pytest.fixture
def parts_of_page(files: dict[str, bytes], every: Library) -> Any:
    from components.predicted import Shown

    path = hold(files["whole"])
    odd = every.crystals[3].with_(id='=HYPERLINK("x")')
    library = library_of(odd, *every.crystals[4:9])
    spec = JobSpec(task="predict", options={"model": str(path), "levels": [0.5, 0.9]})
    result = run(spec, {"crystals": library.crystals})
    chosen: Any = FakeChosen(path)
    return Shown(Predicted.of(result.outputs), result, library, chosen, 0.9)


def test_files_hold_all_figures_with_units_in_their_names(parts_of_page: Any) -> None:
    import csv

    rows = list(csv.DictReader(csv_bytes(parts_of_page).decode().splitlines()))
    assert rows[0]["id"] == '\'=HYPERLINK("x")', "a spreadsheet must not run it"
    names = [TARGET, f"{TARGET}_std", f"{TARGET}_low_0.9", f"{TARGET}_high_0.9"]
    assert set(names) < set(rows[0])
    expected = parts_of_page.found.mean
    np.testing.assert_allclose([float(r[TARGET]) for r in rows], expected, rtol=1e-5)
    again = pq.read_table(io.BytesIO(parquet_bytes(parts_of_page)))
    np.testing.assert_allclose(again.column(TARGET).to_numpy(), expected, rtol=1e-5)
    assert json.loads(again.schema.metadata[b"gridscope"])["target"] == TARGET


def test_the_bundle_runs_again(
    parts_of_page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(io.BytesIO(bundle(parts_of_page))) as archive:
        archive.extractall(tmp_path / "b")
    found = {path.name for path in (tmp_path / "b").iterdir()}
    assert found == {"predictions.csv", "model.gsmodel", "model.json", "script.py",
                     "references.bib", "provenance.json"}  # fmt: skip
    assert load_model(tmp_path / "b" / "model.gsmodel").target_key == TARGET
    script = (tmp_path / "b" / "script.py").read_text("utf-8")
    script = script.replace('read(["my_files/"]).crystals', "MEMBERS")
    monkeypatch.chdir(tmp_path / "b")
    space: dict[str, Any] = {"MEMBERS": parts_of_page.library.crystals}
    exec(compile(script, "script.py", "exec"), space)
    np.testing.assert_allclose(space["result"].mean, parts_of_page.found.mean)
