"""Job specs are values; results say what they rest on."""

from __future__ import annotations

import pickle
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import __version__
from core.distances import DISTANCES
from core.errors import InvalidSpecError, SpecError, UnknownNameError
from core.jobs import TASKS, JobSpec, run
from core.jobs.base import id_array, input_digest
from core.jobs.learning_curve import of_run
from core.models import Inputs, Target, fit
from core.models.persistence import save_model

LEARN = {
    "target": "K_GPa", "seed": 1, "model": {"key": "ridge", "features": "composition"},
    "conformal": {"method": "cv+", "by": "formula"},
}  # fmt: skip
RUN = {k: LEARN[k] for k in ("target", "seed", "model")} | {"split": {"key": "random"}}


def model_file() -> str:
    """A small model on disk: `predict` is keyed by its content."""
    inputs = Inputs.given(np.arange(8.0)[:, None])
    model = fit("dummy", inputs, Target("y", np.arange(8.0)))
    path = Path(tempfile.mkdtemp()) / "m.gsmodel"
    save_model(model, path)
    return str(path)


SPECS = {
    "train": JobSpec(task="train", options=LEARN),
    "evaluate": JobSpec(
        task="evaluate", options={**LEARN, "split": {"key": "k-fold"}, "levels": [0.9]}
    ),
    "learn": JobSpec(
        task="learn", options={**LEARN, "split": {"key": "k-fold"}, "levels": [0.9], "at_most": 40}
    ),
    "learning-curve": JobSpec(
        task="learning-curve", options={**of_run(RUN), "points": 4, "repeats": 2}
    ),
    "stage-curve": JobSpec(
        task="stage-curve", options={**of_run(RUN), "model": {"key": "gradient-boosting"}}
    ),
    "importances": JobSpec(task="importances", options={**RUN, "draws": 3}),
    "grid-importances": JobSpec(task="grid-importances", options={**RUN, "folds": 1}),
    "partial-dependence": JobSpec(
        task="partial-dependence", options={"model": model_file(), "features": ["density"]}
    ),
    "predict": JobSpec(task="predict", options={"model": model_file(), "levels": []}),
    "active-round": JobSpec(
        task="active-round", options={**LEARN, "held_out": {"share": 0.3}, "history": []}
    ),
    "zeolites": JobSpec(task="zeolites", options={"part": "families", "repeats": 1, "seed": 0}),
    "candidates": JobSpec(
        task="candidates",
        options={"how": "substitution", "seed": 0, "options": {"count": 5}, "duplicates": 0.1},
    ),
    "candidate-columns": JobSpec(
        task="candidate-columns",
        options={"models": [model_file()], "levels": [], "hull": None, "prototypes": False},
    ),
    "screen": JobSpec(
        task="screen",
        options={
            "models": [model_file()],
            "levels": [],
            "criteria": [{"key": "y", "low": 1.0}],
            "hull": None,
            "novelty": None,
            "pareto": [],
            "order": None,
            "duplicates": 0.0,
            "count": 5,
            "choose": "best",
        },
    ),
    "stability": JobSpec(
        task="stability",
        options={
            "model": {"key": "ridge", "features": "composition"},
            "seeds": 1,
            "test_share": 0.3,
            "states": ["unrelaxed"],
        },
    ),
    "verify": JobSpec(task="verify", options={"rattle": 0.02, "seed": 3}),
    "grid": JobSpec(task="grid", options={"n_groups": 12, "centers": ["O"]}),
    "describe": JobSpec(task="describe", options={"features": "composition+structure_features"}),
    "distance": JobSpec(task="distance", options={"metric": "grid-emd"}),
    "neighbors": JobSpec(task="neighbors", options={"metric": "grid-emd", "k": 1}),
    "similarity": JobSpec(task="similarity", options={"metric": "grid-emd"}),
    "umap": JobSpec(task="umap", options={"metric": "grid-emd", "neighbors": 5, "seed": 1}),
}


def test_there_is_an_example_of_every_task():
    assert set(SPECS) == set(TASKS)


@pytest.mark.parametrize(
    ("task", "options", "said"),
    [
        ("gird", {}, "Did you mean 'grid'?"),
        ("grid", {"n_groups": 0}, "n_groups is 0"),
        ("grid", {"groups": 10}, "'groups'"),
        ("describe", {}, "'features'"),
        ("describe", {"features": ""}, "No features are named"),
        ("describe", {"features": 3}, "The features are 3"),
        ("describe", {"features": "soup"}, "There is no descriptor 'soup'"),
        ("describe", {"features": "tot_geometry(bond_scale=9)"}, "bond_scale is 9"),
        ("describe", {"features": "composition@pca3"}, "composition@pca3 is no descriptor alone"),
        ("train", {}, "'target'"),
        ("train", {**LEARN, "model": "ridge"}, "The model is 'ridge'"),
        ("train", {**LEARN, "model": "ridge"}, "; names: averaged, "),
        ("train", {**LEARN, "model": {"key": "rigde"}}, "Did you mean 'ridge'?"),
        ("train", {**LEARN, "seed": -1}, "The seed is -1"),
        ("train", {**LEARN, "conformal": {"by": "moon"}}, "no grouping 'moon'"),
        ("evaluate", {**LEARN, "split": {"key": "k-fold"}, "levels": [90]}, "Levels are [90"),
        ("evaluate", {**LEARN, "split": {"key": "k-fold", "folds": 1}, "levels": []}, "folds is 1"),
        ("active-round", {**LEARN, "held_out": 0.2, "history": []}, "held_out is 0.2"),
        ("active-round", {**LEARN, "held_out": {}, "history": "x"}, "The history is 'x'"),
        ("verify", {"max_steps": 0}, "max_steps is 0"),
        ("verify", {"max_steps": 2.5}, "max_steps is 2.5"),
        ("verify", {"equation_of_state": 1}, "equation_of_state is 1"),
        ("verify", {"fmax": 0.1}, "no option 'fmax'"),
        ("distance", {}, "'metric'"),
        ("distance", {"metric": 3}, "The metric is 3"),
        ("distance", {"metric": "grid-emd", "tiles": "x.npy"}, "'tiles'"),
        ("distance", {"metric": "emd"}, "'emd'"),
        ("neighbors", {"metric": "grid-emd"}, "'k'"),
        ("neighbors", {"metric": "grid-emd", "k": 0}, "k is 0"),
        ("neighbors", {"metric": "grid-emd", "k": True}, "k is True"),
        ("neighbors", {"metric": "grid-emd", "k": 2.0}, "k is 2.0"),
    ],
)
def test_a_spec_refuses_on_creation_and_quotes_the_value(task, options, said):
    with pytest.raises(SpecError) as info:
        JobSpec(task=task, options=options)
    assert said in str(info.value)


def test_an_unknown_task_is_an_unknown_name():
    with pytest.raises(UnknownNameError):
        JobSpec(task="nothing")


def test_another_schema_is_refused():
    with pytest.raises(InvalidSpecError, match="schema 99"):
        JobSpec(task="distance", options={"metric": "grid-emd"}, schema=99)


def test_options_can_not_be_changed_afterwards():
    options = {"metric": "grid-emd"}
    spec = JobSpec(task="distance", options=options)
    options["metric"] = "rdf-emd"
    assert spec.options["metric"] == "grid-emd"
    with pytest.raises(TypeError):
        spec.options["metric"] = "rdf-emd"


@pytest.mark.parametrize("task", SPECS)
def test_specs_survive_pickle_and_dict_with_their_digest(task):
    spec = SPECS[task]
    for again in (pickle.loads(pickle.dumps(spec)), JobSpec(**spec.to_dict())):
        assert again == spec
        assert again.digest == spec.digest


def test_the_digest_changes_with_every_part():
    spec = SPECS["neighbors"]
    others = [
        JobSpec(task="neighbors", options={"metric": "grid-emd", "k": 2}),
        JobSpec(task="neighbors", options={"metric": "grid-emd(n_groups=99)", "k": 1}),
        JobSpec(task="distance", options={"metric": "grid-emd"}),
        JobSpec(task="neighbors", options=dict(spec.options), seed=1),
    ]
    assert len({spec.digest, *(other.digest for other in others)}) == 5


def test_the_digest_changes_with_the_version_of_an_algorithm(monkeypatch):
    spec = SPECS["distance"]
    before = spec.digest
    newer = replace(DISTANCES["grid-emd"], version=DISTANCES["grid-emd"].version + 1)
    monkeypatch.setitem(DISTANCES._entries, "grid-emd", newer)
    assert spec.digest != before


def test_the_input_digest_sees_structure_id_order_and_role(rocksalt, perovskite):
    base = input_digest({"crystals": [rocksalt, perovskite]})
    moved = rocksalt.with_(frac=rocksalt.frac + 1e-12)
    variants = [
        {"crystals": [perovskite, rocksalt]},
        {"crystals": [moved, perovskite]},
        {"crystals": [rocksalt.with_(id="salt"), perovskite]},
        {"library": [rocksalt, perovskite]},
        {"crystals": [rocksalt]},
    ]
    digests = {input_digest(inputs) for inputs in variants}
    assert len(digests) == 5
    assert base not in digests
    again = {"crystals": [rocksalt.with_(properties={"energy_eV": 1.0}), perovskite]}
    assert input_digest(again) == base


def test_provenance_is_complete(rocksalt, perovskite):
    inputs = {"crystals": [rocksalt, perovskite]}
    spec = SPECS["distance"]
    origin = run(spec, inputs).provenance
    assert origin.spec["digest"] == spec.digest
    assert origin.spec["task"] == "distance"
    (term,) = origin.spec["resolved"]["terms"]
    assert term["spec"]["n_groups"] == 100  # defaults are written out
    assert term["version"] == DISTANCES["grid-emd"].version
    assert origin.input_digest == input_digest(inputs)
    assert origin.versions["gridscope"] == __version__
    assert origin.versions["numpy"] == np.__version__
    assert set(origin.versions) >= {"python", "scipy", "numba", "pymatgen", "spglib"}
    assert origin.seconds > 0
    assert origin.created.endswith("+00:00")


def test_results_are_read_only_and_survive_pickle(rocksalt, perovskite):
    result = run(SPECS["distance"], {"crystals": [rocksalt, perovskite]})
    with pytest.raises(TypeError):
        result.outputs["matrix"] = None
    again = pickle.loads(pickle.dumps(result))
    np.testing.assert_array_equal(again.outputs["matrix"], result.outputs["matrix"])
    assert again.provenance == result.provenance


def test_ids_are_plain_unicode(rocksalt):
    ids = id_array([rocksalt, rocksalt.with_(id="βeta")])
    assert ids.dtype.kind == "U"
    assert ids.tolist() == ["NaCl", "βeta"]
