"""Tasks that explain: outputs that fit together, seeds that decide, refusals in words."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.data import load_embedded
from core.errors import InvalidSpecError, JobCancelled, ModelFileError, SchemaError
from core.jobs import JobSpec, run
from core.jobs.base import Resources
from core.jobs.results import result_key, save_result

TARGET = "volume_per_atom_A3"
MODEL = {"key": "random-forest", "features": "composition+structure_features", "n_trees": 20}
RUN = {
    "target": TARGET, "seed": 1, "model": MODEL,
    "split": {"key": "group", "by": "chemical-system", "repeats": 3},
}  # fmt: skip
QUICK = {"folds": 2, "draws": 2, "seeds": 15, "most": 12}


@pytest.fixture(scope="module")
def crystals():
    return list(load_embedded("prototype-elastic")[::60])


@pytest.fixture(scope="module")
def importances(crystals):
    spec = JobSpec(task="importances", options={**RUN, **QUICK})
    return run(spec, {"crystals": crystals}).outputs


def test_importances_fit_together(importances) -> None:
    out = importances
    assert out["rises"].shape == (4, len(out["parts"]))
    assert out["errors"].shape == (4,)
    assert out["kinds"].tolist().count("column") == 12
    assert out["impurity"].shape[0] == 15
    np.testing.assert_allclose(out["impurity"].sum(axis=1), 1)
    ranked = out["impurity_names"][np.argsort(-out["impurity"].mean(axis=0))]
    columns = out["parts"][out["kinds"] == "column"]
    assert set(columns) == set(ranked[:12])
    groups = json.loads(str(out["groups"]))
    told = {g["name"] for g in groups}
    assert set(out["parts"][out["kinds"] == "group"]) <= told
    assert all(g["rho"] >= 0.9 and len(g["members"]) > 1 for g in groups)
    assert {"density [g/cm³]"} & set(columns) or "volume per atom [Å³/atom]" in columns


def test_the_volume_itself_is_what_matters(importances) -> None:
    """The target is one of the features: no other comes near it."""
    out = importances
    mean = out["rises"].mean(axis=0)
    single = np.flatnonzero(out["kinds"] == "column")
    best = single[np.argmax(mean[single])]
    assert out["parts"][best] == "volume per atom [Å³/atom]"


def test_the_seed_decides(crystals, importances) -> None:
    again = run(JobSpec(task="importances", options={**RUN, **QUICK}), {"crystals": crystals})
    np.testing.assert_array_equal(again.outputs["rises"], importances["rises"])
    np.testing.assert_array_equal(again.outputs["impurity"], importances["impurity"])
    other = JobSpec(task="importances", options={**RUN, **QUICK, "seed": 2})
    assert other.digest != JobSpec(task="importances", options={**RUN, **QUICK}).digest


def test_models_without_impurities_have_none(crystals) -> None:
    model = {"key": "ridge", "features": "structure_features"}
    spec = JobSpec(task="importances", options={**RUN, **QUICK, "model": model})
    out = run(spec, {"crystals": crystals}).outputs
    assert out["impurity"].shape == (0, 0)
    assert str(out["impurity_model"]) == ""
    assert out["kinds"].tolist().count("column") == int(out["n_columns"])


def test_grid_importances_name_terms_and_blocks(crystals) -> None:
    model = {"key": "kernel-ridge", "metric": "grid-emd(n_groups=16)+composition-emd"}
    spec = JobSpec(task="grid-importances", options={**RUN, "model": model, "folds": 1, "draws": 2})
    out = run(spec, {"crystals": crystals}).outputs
    assert out["parts"][:2].tolist() == ["grid-emd(n_groups=16)", "composition-emd"]
    blocks = out["kinds"] == "block"
    assert blocks.sum() == 9
    assert out["rises"].shape == (2, 11)
    assert (out["low"][blocks] < out["high"][blocks]).all()
    assert np.isnan(out["low"][~blocks]).all()
    assert out["first"][blocks].tolist() == [1] * 3 + [5] * 3 + [9] * 3


@pytest.fixture
def trained(crystals, tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    options = {"target": TARGET, "seed": 1, "model": MODEL, "conformal": None}
    spec = JobSpec(task="train", options=options)
    key = result_key(spec, "digest")
    result = run(spec, {"crystals": crystals})
    save_result(key, result)
    path = tmp_path / "m.gsmodel"
    path.write_bytes(result.outputs["model"].tobytes())
    return f"result:{key}", str(path)


def test_partial_dependence_of_a_stored_model_and_of_its_file(crystals, trained) -> None:
    found = []
    for source in trained:
        options = {
            "model": source, "features": ["density [g/cm³]", "volume per atom [Å³/atom]"],
            "points": 5, "sample": 30,
        }  # fmt: skip
        spec = JobSpec(task="partial-dependence", options=options)
        found.append(run(spec, {"crystals": crystals}).outputs)
    a, b = found
    assert a["average"].shape == (5, 5)
    assert a["individual"].shape == (30, 5, 5)
    assert a["values"].shape == (30, 2)
    np.testing.assert_array_equal(a["average"], b["average"])
    np.testing.assert_allclose(a["individual"].mean(axis=0), a["average"])
    assert 0 < a["supported"].sum() < 25  # density and volume go together
    volume = a["average"].mean(axis=0)
    assert volume[-1] > volume[0]  # the target itself


def test_options_that_make_no_sense_are_refused(trained, crystals, tmp_path) -> None:
    source, _ = trained
    for change in ({"folds": 0}, {"draws": True}, {"rho": 2}, {"seeds": 1}, {"at_most": 1}):
        with pytest.raises(InvalidSpecError):
            JobSpec(task="importances", options={**RUN, **change})
    with pytest.raises(InvalidSpecError, match="no option 'rho'"):
        JobSpec(task="grid-importances", options={**RUN, "rho": 0.5})
    for features in ("density", [], ["a", "b", "c"]):
        with pytest.raises(InvalidSpecError):
            JobSpec(task="partial-dependence", options={"model": source, "features": features})
    with pytest.raises(SchemaError):
        JobSpec(task="partial-dependence", options={"model": "result:none", "features": ["a"]})
    with pytest.raises(ModelFileError):
        JobSpec(
            task="partial-dependence",
            options={"model": str(tmp_path / "no.gsmodel"), "features": ["a"]},
        )
    knn = {**RUN, "model": {"key": "knn", "metric": "composition-emd"}}
    with pytest.raises(InvalidSpecError, match="no feature by name"):
        run(JobSpec(task="importances", options=knn), {"crystals": crystals})
    options = {"model": source, "features": ["Si-O-Si angle mean [°]"]}
    with pytest.raises(InvalidSpecError, match="sees no feature"):
        run(JobSpec(task="partial-dependence", options=options), {"crystals": crystals})


def test_a_stop_is_heard_and_progress_is_told(crystals) -> None:
    told: list[str] = []
    resources = Resources(on_progress=lambda done, total, what: told.append(what))
    spec = JobSpec(task="importances", options={**RUN, **QUICK, "folds": 1, "seeds": 2})
    run(spec, {"crystals": crystals}, resources)
    assert list(dict.fromkeys(told)) == [
        "describing crystals", "growing trees", "fitting a fold", "shuffling on held-out crystals",
    ]  # fmt: skip
    with pytest.raises(JobCancelled):
        run(spec, {"crystals": crystals}, Resources(should_stop=lambda: True))
