"""What predicting will take, before it starts: describing crystals costs most.

Constants are from one core of a laptop-class machine, right within a factor of two or three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.config import memory_budget_bytes
from core.descriptors import DESCRIPTORS
from core.jobs.estimate import Estimate
from core.models import MODELS
from core.types import Crystal

_SITE_MS = {  # milliseconds to describe a crystal, for each of its sites
    "composition": 0.002, "composition_statistics": 0.02, "group_composition": 0.06,
    "structure_features": 1.4, "hkl": 1.3, "soap": 0.4, "pores": 40.0,
}  # fmt: skip
_SITE_OTHER_MS = 0.12
_DISTANCE_MS = 0.05  # of a distance's vectors, for each site
_PAIR_US = 3.0  # a new crystal against a training crystal, models that compare them
_TREES_MS = 0.1  # a crystal through trees or lines
_START = 0.3  # seconds: reading the file


def estimate_predict(
    crystals: Sequence[Crystal], manifest: Mapping[str, Any], n_bytes: int
) -> Estimate:
    """Time and memory of predicting these crystals.

    Args:
        manifest: of the model file.
        n_bytes: of the model file.

    Raises: UnknownNameError, InvalidSpecError for a model this version does not know.
    """
    said = manifest["model"]
    model = MODELS[said["key"]]
    needs = model.needs(model.spec_type.from_dict(said["spec"]))
    sites, n = sum(crystal.n_rows for crystal in crystals), len(crystals)
    each = sum(_SITE_MS.get(term.key, _SITE_OTHER_MS) for term in needs.features)
    each += _DISTANCE_MS * len(needs.single)
    width = sum(len(DESCRIPTORS[t.key].labels(t.spec)) for t in needs.features if not t.is_given)
    pairs = n * len(said["ids"]) if model.space is not None else 0
    folds = len(manifest["conformal"]["folds"]) if manifest["conformal"] else 0
    seconds = _START + 1e-3 * (each * sites + _TREES_MS * n * (1 + folds))
    seconds += 1e-6 * _PAIR_US * pairs * (2 + folds)
    return Estimate(
        n=n, seconds=seconds, features=8 * n * (width + 10_000 * len(needs.single)),
        distances=4 * n_bytes, budget=memory_budget_bytes(),
    )  # fmt: skip
