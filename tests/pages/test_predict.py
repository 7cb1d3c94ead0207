"""Predict shows the core's numbers, says where a model is out of its depth, refuses bad files."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from components.model.predicted_files import bundle, csv_bytes, parquet_bytes
from core.hashing import bytes_digest
from core.jobs import JobSpec, run
from core.jobs.predicted import Predicted
from core.library import Library
from core.models.held import hold
from core.models.persistence import load_model
from core.types import Crystal
from tests.core.models.test_persistence import packed, parts
from tests.pages.made_runs import TARGET, opened
from tests.pages.predicting import OPTIONS, PAGE, held, library_of, numbers


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    monkeypatch.delenv("GRIDSCOPE_DATABASE_URL", raising=False)


def table(page: AppTest) -> Any:
    return next(t.value for t in page.dataframe if "In training" in t.value)


def test_without_crystals_it_offers_a_set() -> None:
    page = opened(PAGE, data="")
    assert not page.exception
    assert "No crystals yet" in page.info[0].value


def test_the_table_holds_the_cores_numbers(model_files: dict[str, bytes], every: Library) -> None:
    some = every.keeping(every.ids[5:400:10], "a few")
    page = held(model_files["whole"], some)
    spec = JobSpec(
        task="predict", options={"model": str(hold(model_files["whole"])), "levels": [0.9]}
    )
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


def test_training_crystals_are_told(model_files: dict[str, bytes], every: Library) -> None:
    known = every.crystals[::68][:10]
    page = held(model_files["whole"], library_of(*known, every.crystals[3]))
    assert table(page)["In training"].tolist() == ["yes"] * 10 + ["no"]
    assert numbers(page)["New to the model"] == "1"


def test_a_level_of_a_link_is_shown_and_another_chosen(
    model_files: dict[str, bytes], every: Library
) -> None:
    some = library_of(*every.crystals[3:9])
    page = held(model_files["whole"], some, level="0.5")
    narrow = table(page)
    assert "50% from [GPa]" in narrow
    page.segmented_control(key="predict.level").set_value(0.95).run()
    wide = table(page)
    assert (wide["95% to [GPa]"] > narrow["50% to [GPa]"]).all()
    assert page.query_params["level"] in ("0.95", ["0.95"])


def test_a_model_without_intervals_says_so(model_files: dict[str, bytes], every: Library) -> None:
    page = held(model_files["bare"], library_of(*every.crystals[3:9]))
    assert any("states no intervals" in c.value for c in page.caption)
    assert not [name for name in table(page) if "%" in name]
    assert numbers(page)["Predicted"] == "6"


def test_a_model_of_an_earlier_version_says_that_it_cannot_judge(
    model_files: dict[str, bytes], every: Library
) -> None:
    import skops.io

    from core.models.audit import TREE_TYPES

    manifest, state = parts(model_files["whole"])
    content = skops.io.loads(state, trusted=list(TREE_TYPES))
    content.pop("domain")
    manifest["schema"] = 1
    page = held(packed(manifest, skops.io.dumps(content)), library_of(*every.crystals[3:9]))
    assert any("does not carry what its training crystals were like" in w.value
               for w in page.warning)  # fmt: skip
    assert numbers(page)["To look at twice"] == "unknown"
    assert "Look twice" not in table(page)


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


def test_predictions_join_the_library_under_their_own_name(
    model_files: dict[str, bytes], every: Library
) -> None:
    page = held(model_files["whole"], library_of(*every.crystals[3:9]), view="files")
    page.button(key="predict.join").click().run()
    assert not page.exception
    joined: Library = page.session_state["gridscope.library"]
    assert "The library has" in page.success[0].value
    assert all(f"predicted_{TARGET}" in c.properties for c in joined.crystals)
    assert all(c.properties[TARGET] == o.properties[TARGET]
               for c, o in zip(joined.crystals, every.crystals[3:9], strict=True))  # fmt: skip
    assert bytes_digest(model_files["whole"])[:16] in joined.decisions[-1]


def test_known_values_are_compared_by_kind(model_files: dict[str, bytes], every: Library) -> None:
    page = held(model_files["whole"], library_of(*every.crystals[::68][:5], *every.crystals[3:60]),
                view="known")  # fmt: skip
    found = next(t.value for t in page.dataframe if "Crystals" in t.value and "Number" in t.value)
    assert found["Crystals"].tolist()[-1] == "In training, or the same to the model"
    assert found["Number"].sum() == 62


def test_a_known_value_with_its_unit_in_the_text_is_missing_and_hides_no_other(
    model_files: dict[str, bytes], every: Library
) -> None:
    first, *others = every.crystals[3:60]
    odd = first.with_(properties={**first.properties, TARGET: "82 GPa"})
    page = held(model_files["whole"], library_of(odd, *others))
    known = table(page)["Known [GPa]"]
    assert known.isna().tolist() == [True] + [False] * 56
    assert known.tolist()[1:] == [c.properties[TARGET] for c in others]

    def errors(library: Library) -> Any:
        page = held(model_files["whole"], library, view="known")
        return next(t.value for t in page.dataframe if {"Crystals", "Number"} <= set(t.value))

    assert errors(library_of(odd, *others)).equals(errors(library_of(*others)))


def test_errors_are_resampled_once_for_the_same_numbers(
    model_files: dict[str, bytes], every: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = held(model_files["whole"], library_of(*every.crystals[3:60]), view="known")
    before = [t.value for t in page.dataframe]

    def again(*_: object, **__: object) -> None:
        raise AssertionError("Resampled again.")

    monkeypatch.setattr("core.metrics.score", again)
    page.run()
    assert not page.exception
    assert [t.value.to_dict() for t in page.dataframe] == [t.to_dict() for t in before]


def test_errors_of_rounding_are_told_as_zero(every: Library) -> None:
    """Trees of every crystal give the training values back, but for the last digit."""
    members = {"crystals": every.crystals[::100][:40]}
    model = {"key": "extra-trees", "features": "structure_features", "n_trees": 30}
    done = run(JobSpec(task="train", options={**OPTIONS, "model": model}), members)
    library = library_of(*members["crystals"])
    page = held(done.outputs["model"].tobytes(), library, view="known")
    found = next(t.value for t in page.dataframe if "Crystals" in t.value and "Number" in t.value)
    assert found["MAE [GPa]"].tolist() == ["0 (0 to 0)"]


def test_the_chosen_crystal_is_told_with_its_reasons(
    model_files: dict[str, bytes], every: Library, rocksalt: Crystal
) -> None:
    odd = rocksalt.with_(id="odd", numbers=np.where(rocksalt.numbers == 11, 94, 53))
    page = held(model_files["whole"], library_of(*every.crystals[3:6], odd), crystal="odd")
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
def parts_of_page(model_files: dict[str, bytes], every: Library) -> Any:
    from components.model.predicted import Shown

    path = hold(model_files["whole"])
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
                     "references.bib", "provenance.json", "gridscope-library.json"}  # fmt: skip
    assert load_model(tmp_path / "b" / "model.gsmodel").target_key == TARGET
    script = (tmp_path / "b" / "script.py").read_text("utf-8")
    monkeypatch.chdir(tmp_path / "b")
    space: dict[str, Any] = {}
    exec(compile(script, "script.py", "exec"), space)
    np.testing.assert_allclose(space["result"].mean, parts_of_page.found.mean)
