"""What training and testing a model will take, before it starts.

Seconds are of one core, fitted to runs on 250 to 4,000 crystals of the embedded prototypes; they
are to be right within a factor of two or so, to tell a minute from half an hour. A machine that is
busy, or much slower, takes longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

from core.config import memory_budget_bytes
from core.descriptors import DESCRIPTORS
from core.errors import MemoryBudgetError
from core.evaluation import SPLITS
from core.evaluation.learning_curve import geometric_sizes
from core.evaluation.splits import elements_left_out
from core.jobs.estimate import duration, size
from core.jobs.learn import read_choice, read_conformal, read_model
from core.models import MODELS, Needs
from core.models.feature_sets import parse_features
from core.models.targets import LARGEST
from core.types import Crystal

_CRYSTAL_US = {  # microseconds for each crystal
    "structure_features": 1000.0, "pores": 3e6, "composition": 10.0, "grid-emd": 10.0,
    "composition-emd": 5.0, "composition_statistics": 70.0,
}  # fmt: skip
_SITE_US = {  # microseconds for each site of a crystal
    "grid-emd": 10.0, "grid-wasserstein": 500.0, "group-composition-emd": 90.0,
    "composition-emd": 3.0, "powder-emd": 70.0, "rdf-emd": 70.0, "rdf-cosine": 70.0,
    "composition": 0.5, "composition_statistics": 5.0, "structure_features": 70.0,
    "soap": 1000.0, "grid": 100.0, "group_composition": 200.0,
}  # fmt: skip
_EACH_GRID = 3e-4  # seconds a crystal to describe it once more, for the search for duplicates
_START = 3.0  # seconds in which a worker loads what it learns with
_EACH_TESTED = 7e-4  # seconds a prediction takes in the bootstrap
_LEAKAGE_US = 0.12  # a pair of test and training crystals under grid-emd
_BASE = 250 * 2**20  # libraries of a worker that learns
_MATRICES = 6  # square arrays of a kernel model, as `core.models.kernels` counts them
_VECTOR_BYTES = 10_000  # GRID of a crystal as quantiles, float32


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningEstimate:
    """What a run will take.

    Attributes:
        n: crystals used.
        fits: of the model, calibration of intervals included.
        describing, fitting: seconds on one core.
        total, budget: bytes it holds at once; that it may hold.
    """

    n: int
    fits: int
    describing: float
    fitting: float
    total: int
    budget: int

    @property
    def seconds(self) -> float:
        return self.describing + self.fitting

    def __str__(self) -> str:
        fits = "1 fit" if self.fits == 1 else f"{self.fits:,} fits"
        return (
            f"{self.n:,} crystals, {fits} of the model: about {duration(self.seconds)} on a free "
            f"core, {size(self.total)} of memory"
        )

    def require(self) -> None:
        """Refuse what does not fit. Raises: MemoryBudgetError with the way out."""
        if self.total <= self.budget:
            return
        most = int(self.n * (self.budget / self.total) ** 0.5)
        raise MemoryBudgetError(
            f"Training on {self.n:,} crystals needs about {size(self.total)} at once; the budget "
            f"is {size(self.budget)}.",
            hint=f"Train on at most {most:,} crystals, choose trees or nearest neighbours instead "
            "of a kernel, or raise GRIDSCOPE_MEMORY_GB.",
            context={"bytes": self.total, "budget": self.budget},
        )


def estimate_learning(crystals: Sequence[Crystal], options: Mapping[str, Any]) -> LearningEstimate:
    """Time and memory of the task `learn` with these options on these crystals.

    Raises: SpecError for options the task refuses.
    """
    key, spec = read_model(options)
    _, how = read_choice(options["split"], SPLITS, "split")
    usable = [c for c in crystals if _has_value(c, options["target"])]
    n = min(len(usable), options.get("at_most") or len(usable))
    used = usable[:n]
    needs = MODELS[key].needs(spec)
    sites = sum(c.n_rows for c in used)
    describing = describing_seconds(needs, n, sites)
    tests = sizes_of_tests(used, options["split"]["key"], how)
    trained = [part for size in (*(n - t for t in tests), n) for part in calibrated(size, options)]
    fitting = sum(fit_seconds(key, spec, part) for part in trained)
    fitting += sum(_LEAKAGE_US * 1e-6 * t * (n - t) for t in tests) + _EACH_GRID * n
    fitting += _START + _EACH_TESTED * sum(tests)
    return LearningEstimate(
        n=n, fits=len(trained), describing=describing, fitting=fitting,
        total=_bytes(key, needs, n), budget=memory_budget_bytes(),
    )  # fmt: skip


def sizes_of_tests(crystals: Sequence[Crystal], key: str, spec: Any) -> list[int]:
    """Crystals left out in each fold of a split, before it is made."""
    n = len(crystals)
    if key == "k-fold":
        return [n // spec.folds] * (spec.folds * spec.repeats)
    if key == "leave-one-element-out":
        return [count for _, count in elements_left_out([c.elements for c in crystals], spec)]
    return [round(n * spec.test_share)] * spec.repeats


def calibrated(n: int, options: Mapping[str, Any]) -> list[int]:
    """Training crystals of each fit that one model with its intervals takes."""
    conformal, _ = read_conformal(options)
    if conformal is None:
        return [n]
    if conformal.method == "split":
        return [round(n * (1 - conformal.kept_back))]
    return [round(n * (1 - 1 / conformal.folds))] * conformal.folds + [n]


def describing_seconds(needs: Needs, n: int, sites: int) -> float:
    """Seconds on one core to describe n crystals with so many sites in all."""
    names = [m.terms[0].key for m in needs.single]
    names += [t.key for t in {t.source: t for t in needs.features}.values()]
    known = ((_CRYSTAL_US.get(name, 200.0), _SITE_US.get(name, 50.0)) for name in names)
    return 1e-6 * sum(each * n + site * sites for each, site in known)


def fit_seconds(key: str, spec: Any, n: int) -> float:
    """Seconds on one core of one fit on n crystals, predictions of its test crystals included."""
    if key == "averaged":
        return sum(
            fit_seconds(name, part, n)
            for name, part in (
                ("gaussian-process", spec.process), ("extra-trees", spec.forest),
                ("hist-gradient-boosting", spec.boosting),
            )
        )  # fmt: skip
    if key == "knn":
        return 2.2e-7 * min(n, 1500) * n + 0.01
    if key in ("kernel-ridge", "gaussian-process"):
        terms = len(MODELS[key].needs(spec).single) + len(MODELS[key].needs(spec).features)
        each = 0.37 if key == "kernel-ridge" else 0.15
        select = each * (min(n, spec.sample) / 1000) ** 2.5 * terms**2
        return 0.01 + select + 1e-8 * terms * n * n + 7.5e-11 * n**3
    if key == "dummy":
        return 0.002
    columns = _columns(spec.features)
    depth = log2(max(2, n))
    if key in ("random-forest", "extra-trees"):
        return spec.n_trees * (4e-4 + 6.5e-9 * n * depth * columns * spec.max_features)
    if key in ("gradient-boosting", "hist-gradient-boosting"):
        again = 1 + max(0, spec.error_folds - 1)
        return again * spec.n_stages * _stage_seconds(key, spec, n, columns)
    return 0.01 + 3e-10 * n * columns**2 + 5e-8 * n * columns * getattr(spec, "folds", 1)


def _stage_seconds(key: str, spec: Any, n: int, columns: int) -> float:
    """One tree of boosting."""
    if key == "hist-gradient-boosting":
        leaves = min(spec.leaves, max(1, n // spec.min_leaf))
        return float(columns * spec.max_features * (8.4e-7 * leaves + 2.4e-8 * n))
    tried = {"sqrt": columns**0.5, "log2": log2(max(2, columns)), "all": columns}
    looked_at = n * spec.subsample * log2(max(2, n)) * spec.depth * tried[spec.max_features]
    return float(4.8e-4 + 1e-9 * looked_at)


def _columns(features: str) -> int:
    """Columns after the transforms."""
    count = 0
    for term in parse_features(features):
        most = [int(t.removeprefix("pca")) for t in term.transforms if t.startswith("pca")]
        own = len(DESCRIPTORS[term.key].labels(term.spec)) if not term.is_given else 1
        count += min([own, *most])
    return max(1, count)


def _bytes(key: str, needs: Needs, n: int) -> int:
    columns = sum(len(DESCRIPTORS[t.key].labels(t.spec)) for t in needs.features if not t.is_given)
    total = _BASE + n * (12 * columns + _VECTOR_BYTES * (2 + len(needs.single)))
    if key in ("averaged", "gaussian-process", "kernel-ridge"):
        total += _MATRICES * 8 * n * n
    if key == "knn":
        total += len(needs.single) * 8 * n * min(n, 1500)
    return total


def _has_value(crystal: Crystal, key: str) -> bool:
    value = crystal.properties.get(key)
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def estimate_curve(run_options: Mapping[str, Any], n: int, points: int, repeats: int) -> float:
    """Seconds on one core of the task `learning-curve` on n crystals, describing left out."""
    key, spec = read_model(run_options)
    _, how = read_choice(run_options["split"], SPLITS, "split")
    kept = 1 - getattr(how, "test_share", 1 / getattr(how, "folds", 10))
    sizes = geometric_sizes(max(4, round(kept * n)), points)
    return repeats * sum(fit_seconds(key, spec, size) for size in sizes.tolist())
