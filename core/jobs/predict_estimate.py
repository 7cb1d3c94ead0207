"""What predicting will take, before it starts: describing crystals costs most.

Constants are from one core of a laptop-class machine, right within a factor of two or three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.config import memory_budget_bytes
from core.descriptors import DESCRIPTORS
from core.jobs.estimate import Estimate
from core.jobs.estimate_learning import describing_seconds
from core.models import MODELS
from core.types import Crystal

_PAIR_US = 0.4  # a new crystal against a training crystal, models that compare them
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
    width = sum(len(DESCRIPTORS[t.key].labels(t.spec)) for t in needs.features if not t.is_given)
    pairs = n * len(said["ids"]) if model.space is not None else 0
    folds = len(manifest["conformal"]["folds"]) if manifest["conformal"] else 0
    seconds = _START + describing_seconds(needs, n, sites) + 1e-3 * _TREES_MS * n * (1 + folds)
    seconds += 1e-6 * _PAIR_US * pairs * (2 + folds)
    return Estimate(
        n=n, seconds=seconds, features=8 * n * (width + 10_000 * len(needs.single)),
        distances=4 * n_bytes, budget=memory_budget_bytes(),
    )  # fmt: skip
