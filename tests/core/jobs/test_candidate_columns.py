"""Columns predicted once give what the task `screen` finds with the same limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial import Delaunay
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from core.data import load_embedded
from core.errors import InvalidSpecError
from core.jobs import JobSpec, run
from core.jobs.screening import read_request
from core.models.feature_sets import parse_features
from core.models.inputs import Needs, prepare
from core.screening.limits import ABOVE_HULL
from core.screening.screen import screen
from core.screening.table import CandidateColumns

FORMATION = "formation_energy_eV_per_atom"
LIBRARY = tuple(c for c in load_embedded("prototype-elastic") if c.id.startswith("B1-"))[::4]
NEW = tuple(c for c in load_embedded("prototype-elastic") if c.id.startswith("B2-"))[::4]


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    options = {
        "target": FORMATION, "seed": 0, "conformal": {"method": "cross", "folds": 2},
        "model": {"key": "extra-trees", "features": "composition_statistics", "n_trees": 20},
    }  # fmt: skip
    result = run(JobSpec(task="train", options=options), {"crystals": LIBRARY})
    path: Path = tmp_path_factory.mktemp("models") / "formation.gsmodel"
    path.write_bytes(result.outputs["model"].tobytes())
    return str(path)


def columns(model: str, **options: Any) -> CandidateColumns:
    usual = {"models": [model], "levels": [0.9], "hull": None, "prototypes": False}
    spec = JobSpec(task="candidate-columns", options=usual | options)
    return CandidateColumns.from_arrays(run(spec, {"crystals": NEW, "known": LIBRARY}).outputs)


def test_a_screen_of_the_columns_is_the_screen(model: str) -> None:
    limits = {
        "criteria": [{"key": FORMATION, "high": -0.5, "how": "shifted", "k": 1.0}],
        "hull": {"threshold": 0.3}, "novelty": {"farthest": 0.99, "unseen_prototypes": "keep"},
        "pareto": [], "order": None, "duplicates": 0.0,
    }  # fmt: skip
    found = columns(model, hull={"energy": FORMATION, "formation": True})
    mine = screen(read_request(limits), found.columns, found.known, len(found))
    spec = JobSpec(task="screen", options={
        **limits, "models": [model], "levels": [0.9], "count": 10, "choose": "best",
    })  # fmt: skip
    theirs = run(spec, {"crystals": NEW, "known": LIBRARY}).outputs
    assert mine.funnel.counts.tolist() == theirs["counts"].tolist()
    assert mine.ranked[:10].tolist() == theirs["shortlist"].tolist()
    assert 0 < mine.funnel.counts[1] < len(NEW)
    assert ABOVE_HULL in found.columns


def test_what_is_known_of_candidates_comes_along(model: str) -> None:
    found = columns(model)
    wanted = [c.properties["bulk_modulus_GPa"] for c in NEW]
    assert np.allclose(found.truth["bulk_modulus_GPa"], wanted)
    values = [c.properties[FORMATION] for c in LIBRARY]
    assert found.trained_on[FORMATION][[0, -1]] == pytest.approx([min(values), max(values)])
    assert found.levels == (0.9,)


def test_candidates_in_the_hull_of_known_compositions(model: str) -> None:
    """By another route: principal directions by PCA, the hull by its triangulation."""
    (term,) = parse_features("composition_statistics")

    def statistics(crystals):
        return prepare(crystals, Needs(features=(term,)))[0].block(term).values

    scale = StandardScaler().fit(statistics(LIBRARY))
    pca = PCA(3).fit(scale.transform(statistics(LIBRARY)))
    corners = Delaunay(pca.transform(scale.transform(statistics(LIBRARY))))
    wanted = corners.find_simplex(pca.transform(scale.transform(statistics(NEW)))) >= 0
    known = columns(model).known
    assert known is not None
    assert known.within_hull is not None
    assert known.within_hull.tolist() == wanted.tolist()
    assert 0 < wanted.sum() < len(wanted)


def test_a_hull_without_known_crystals_is_refused(model: str) -> None:
    spec = JobSpec(task="candidate-columns", options={
        "models": [model], "levels": [], "hull": {"energy": FORMATION}, "prototypes": False,
    })  # fmt: skip
    with pytest.raises(InvalidSpecError, match="known crystals"):
        run(spec, {"crystals": NEW})


@pytest.mark.parametrize(
    "wrong", [{"hull": {"threshold": 1}}, {"prototypes": 1}, {"models": []}, {"more": 2}]
)
def test_wrong_options_are_refused(model: str, wrong: dict[str, Any]) -> None:
    usual = {"models": [model], "levels": [], "hull": None, "prototypes": False}
    with pytest.raises(InvalidSpecError):
        JobSpec(task="candidate-columns", options=usual | wrong)
