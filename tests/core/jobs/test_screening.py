"""Candidates, then a screen of them by trained models, as jobs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data import load_embedded
from core.errors import InvalidSpecError
from core.jobs import JobSpec, run
from core.jobs.base import JobResult
from core.models.persistence import load_model
from core.screening.candidates import Candidates
from core.screening.hull import Hull, Phases, element_shares
from core.types import Crystal

FORMATION, BULK = "formation_energy_eV_per_atom", "bulk_modulus_GPa"
USUAL: dict[str, Any] = {
    "models": [], "levels": [], "criteria": [], "hull": None, "novelty": None, "pareto": [],
    "order": None, "duplicates": 0.0, "count": 10, "choose": "best",
}  # fmt: skip


@cache
def library() -> tuple[Crystal, ...]:
    wanted = ("B1", "B2", "C1", "L1_2")
    return tuple(
        c for c in load_embedded("prototype-elastic") if c.id.split("-")[0] in wanted
    )[::6]  # fmt: skip


@cache
def made() -> JobResult:
    spec = JobSpec(task="candidates", options={
        "how": "substitution", "seed": 0, "options": {"per_parent": 2, "count": 120},
        "duplicates": 0.05,
    })  # fmt: skip
    return run(spec, {"crystals": library()})


@cache
def new() -> tuple[Crystal, ...]:
    found = Candidates.from_arrays(made().outputs)
    return tuple(c for _, batch in found.batches() for c in batch)


def trained(folder: Path, target: str, model: dict[str, Any], intervals: bool = False) -> str:
    options = {
        "target": target, "model": model, "seed": 0,
        "conformal": {"method": "cross", "folds": 2} if intervals else None,
    }  # fmt: skip
    result = run(JobSpec(task="train", options=options), {"crystals": library()})
    path = folder / f"{target}.gsmodel"
    path.write_bytes(result.outputs["model"].tobytes())
    return str(path)


FOREST = {"key": "extra-trees", "features": "composition+composition_statistics", "n_trees": 20}


@pytest.fixture(scope="module")
def energy(tmp_path_factory: pytest.TempPathFactory) -> str:
    return trained(tmp_path_factory.mktemp("energy"), FORMATION, FOREST)


@pytest.fixture(scope="module")
def bulk(tmp_path_factory: pytest.TempPathFactory) -> str:
    return trained(tmp_path_factory.mktemp("bulk"), BULK, FOREST, intervals=True)


def screened(options: dict[str, Any], **inputs: Any) -> JobResult:
    spec = JobSpec(task="screen", options={**USUAL, **options})
    return run(spec, {"crystals": new(), "known": library(), **inputs})


def test_candidates_are_new_counted_and_the_same_again() -> None:
    out = made().outputs
    counts = json.loads(str(out["made"]))
    assert counts["candidates"] == len(out["ids"]) == len(new())
    assert counts["proposed"] == sum(
        counts[k] for k in ("known", "duplicates", "unlikely", "near_duplicates", "candidates")
    )
    assert counts["pairs_mined"] > 10
    assert not {c.formula for c in library()} & {c.formula for c in new()}
    again = run(JobSpec(task="candidates", options=dict(made().provenance.spec["options"])),
                {"crystals": library()})  # fmt: skip
    assert again.outputs["ids"].tolist() == out["ids"].tolist()


def test_a_screen_is_its_filters_one_by_one(energy: str, bulk: str) -> None:
    criteria = [{"key": BULK, "low": 60, "how": "shifted", "k": 0.5}]
    result = screened({
        "models": [energy, bulk], "criteria": criteria, "levels": [0.5],
        "hull": {"threshold": 0.1, "how": "shifted", "k": 0.5},
    })  # fmt: skip
    out = result.outputs
    phases, _ = Phases.of(library(), FORMATION)
    floor = Hull(phases).energies(element_shares(new()))
    above = out[FORMATION] - floor
    assert out["energy_above_known_hull_eV_per_atom"] == pytest.approx(above)
    first = out[BULK] - 0.5 * out[f"{BULK}_std"] >= 60
    both = first & (above + 0.5 * out[f"{FORMATION}_std"] <= 0.1)
    assert out["counts"].tolist() == [len(new()), int(first.sum()), int(both.sum())]
    assert (out["passed"].all(axis=1) == both).all()
    assert set(out["shortlist"].tolist()) <= set(np.flatnonzero(both).tolist())
    assert len(out["shortlist"]) == min(10, both.sum()) > 0
    assert out[f"{BULK}_intervals"].shape == (len(new()), 2, 1)
    assert "wanted from 60 GPa" in out["reasons"][0]
    told = json.loads(str(out["thresholds"]))
    assert [t["unit"] for t in told] == ["GPa", "eV/atom"]
    assert result.provenance.spec["resolved"]["thresholds"] == told
    assert (np.diff(out["score"][out["shortlist"]]) >= 0).all()
    assert load_model(Path(bulk)).range == tuple(out[f"{BULK}_trained"].tolist())


def test_an_empty_shortlist_says_which_filter_emptied_it(bulk: str) -> None:
    out = screened({"models": [bulk], "criteria": [{"key": BULK, "low": 1e4}]}).outputs
    assert out["counts"].tolist()[-1] == 0
    assert len(out["shortlist"]) == len(out["reasons"]) == 0
    assert "Bulk modulus from 10000 GPa" in str(out["message"])
    assert "No candidate is left" in str(out["message"])


def test_novelty_prototypes_fronts_and_diversity(energy: str, bulk: str) -> None:
    out = screened({
        "models": [energy, bulk],
        "novelty": {"farthest": 0.9, "unseen_elements": "drop", "unseen_prototypes": "drop"},
        "criteria": [{"key": BULK, "low": 1}], "count": 5, "choose": "diverse",
    }).outputs  # fmt: skip
    assert out["stages"].tolist() == [BULK, "elements", "distance", "prototype"]
    assert not out["new_prototype"].any()  # all are of prototypes of their parents
    kept = out["lost_at"] < 0
    assert (out["percentile"][kept] <= 0.9).all()
    assert len(out["shortlist"]) == min(5, kept.sum())
    front = screened({
        "models": [energy, bulk],
        "pareto": [{"key": BULK, "sense": "high"}, {"key": FORMATION, "sense": "low"}],
    }).outputs  # fmt: skip
    b, f = front[BULK], front[FORMATION]
    for i in front["shortlist"]:
        assert not ((b >= b[i]) & (f <= f[i]) & ((b > b[i]) | (f < f[i]))).any()


def test_no_uncertainty_no_criterion_on_it(tmp_path: Path) -> None:
    constant = trained(tmp_path, "n_atoms", {"key": "dummy"})
    with pytest.raises(InvalidSpecError, match=r"n_elements_x"):
        screened({"models": [constant], "criteria": [{"key": "n_elements_x", "low": 1}]})
    same = tuple(c.with_(properties={"n_atoms": 4}) for c in library()[:8])
    options = {"target": "n_atoms", "model": {"key": "dummy"}, "seed": 0, "conformal": None}
    flat = run(JobSpec(task="train", options=options), {"crystals": same})
    path = tmp_path / "flat.gsmodel"
    path.write_bytes(flat.outputs["model"].tobytes())
    with pytest.raises(InvalidSpecError, match="there is none"):
        screened({"models": [str(path)],
                  "criteria": [{"key": "n_atoms", "low": 1, "how": "shifted"}]})  # fmt: skip


def test_what_can_not_be_described_is_a_row_and_two_models_of_one_property_are_refused(
    energy: str,
) -> None:
    hull = {"models": [energy], "hull": {"threshold": 1.0}}
    odd = new()[0].with_(id="odd", occupancy=[0.5] * new()[0].n_rows)
    forest = screened(hull, crystals=(*new()[:5], odd))
    assert len(forest.outputs["ids"]) + len(forest.failures) == 6
    with pytest.raises(InvalidSpecError, match="Two models predict one"):
        screened({**hull, "models": [energy, energy]})


@pytest.mark.parametrize(
    ("change", "words"),
    [({}, "Nothing is asked"), ({"criteria": [{"key": BULK}]}, "no bound"),
     ({"criteria": {}}, "criteria is"), ({"criteria": ["x"]}, "a criterion is"),
     ({"count": 0, "criteria": [{"key": BULK, "low": 1}]}, "count is 0"),
     ({"choose": "luck", "criteria": [{"key": BULK, "low": 1}]}, "luck"),
     ({"duplicates": -1, "criteria": [{"key": BULK, "low": 1}]}, "duplicates is -1"),
     ({"levels": [0.9], "criteria": [{"key": BULK, "low": 1}], "intervals": 1}, "intervals"),
     ({"models": "x", "criteria": [{"key": BULK, "low": 1}]}, "models are 'x'")],
)  # fmt: skip
def test_bad_requests_are_refused(energy: str, change: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidSpecError, match=words):
        JobSpec(task="screen", options={**USUAL, "models": [energy], **change})


def test_hulls_need_known_phases_and_levels_calibrated_models(energy: str) -> None:
    with pytest.raises(InvalidSpecError, match="need known crystals"):
        screened({"models": [energy], "hull": {}}, known=())
    with pytest.raises(InvalidSpecError, match="with intervals"):
        JobSpec(task="screen", options={**USUAL, "models": [energy], "hull": {}, "levels": [0.9]})
    for options, words in (
        ({"how": "magic", "seed": 0, "options": {}, "duplicates": 0}, "magic"),
        ({"how": "substitution", "seed": -1, "options": {}, "duplicates": 0}, "seed is -1"),
        ({"how": "decoration", "seed": 0, "options": {"source": "mined"}, "duplicates": 0},
         "mined"),
    ):  # fmt: skip
        with pytest.raises(InvalidSpecError, match=words):
            JobSpec(task="candidates", options=options)
