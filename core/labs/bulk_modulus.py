"""Bulk moduli of the Materials Project's binaries: what each model reaches, beside what was asked.

80:20, over seeds, in GPa and log10; `reference` is the subset of the GRID report: elements up to
bismuth, and 100 neighbours within 10 angstrom. Ref.: Cumby & Seth 2021, doi
10.5258/SOTON/P0038, sections 6 and 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluation import Trial, evaluate
from core.evaluation.base import Fold
from core.evaluation.splits import GroupSpec, RandomSpec, make_folds
from core.geometry.neighbors import nearest_distances
from core.metrics import METRICS
from core.models.base import MODELS, Context, ModelSpec
from core.models.inputs import Inputs, Needs, prepare
from core.models.targets import Target, read_target
from core.types import Crystal
from core.uncertainty import confidence_curve, coverage

KEY = "bulk_modulus_vrh_GPa"
LEVEL = 0.95
_LAST = 83  # bismuth
_GROUPS, _REACH = 100, 10.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A model, a split, and the bounds on its figures.

    Attributes:
        name: for tables.
        model, options: the model and what differs from its usual options.
        grouped: whether chemical systems stay together.
        reference: whether on the reference subset alone.
        intervals: whether intervals are calibrated and judged.
        bounds: metric -> (least, most).
        literature: what is known of the same figure, and whether the two can be compared.
    """

    name: str
    model: str
    options: tuple[tuple[str, Any], ...]
    grouped: bool
    reference: bool
    intervals: bool
    bounds: tuple[tuple[str, float, float], ...]
    literature: str = ""

    @property
    def spec(self) -> ModelSpec:
        return MODELS[self.model].spec_type.from_dict(dict(self.options))


_LOG = (("target_scale", "log"),)
_REPORT = (
    "GRID report: 18 GPa by 1-NN on 12,731 materials of all kinds: other and harder data, so not "
    "comparable"
)
_MATBENCH = (
    "Matbench log_kvrh: 0.049 by the leader, on other and harder data (10,987 crystals, not only "
    "binaries): not comparable"
)
ASKED = (
    Asked("k-NN, nested, reference subset, random", "knn", (), False, True, False,
          (("mae", 0, 15.5),), _REPORT),
    Asked("Kernel ridge, GRID + composition, random", "kernel-ridge", _LOG, False, False, False,
          (("mae", 0, 10.5), ("log10_mae", 0, 0.056)), _MATBENCH),
    Asked("Kernel ridge, GRID + composition, by chemical system", "kernel-ridge", _LOG, True,
          False, False, (("mae", 0, 12.5),)),
    Asked("Averaged, random", "averaged", _LOG, False, False, True,
          (("mae", 0, 9.2), ("log10_mae", 0, 0.050), ("coverage", 0.92, 0.98),
           ("half", 0, 0.85)), _MATBENCH),
    Asked("Averaged, by chemical system", "averaged", _LOG, True, False, False,
          (("mae", 0, 10.8),)),
)  # fmt: skip


def reference_subset(crystals: Sequence[Crystal]) -> list[int]:
    """Indices of crystals up to bismuth whose 100 nearest neighbours lie within 10 angstrom."""
    return [
        i
        for i, c in enumerate(crystals)
        if c.numbers.max() <= _LAST and nearest_distances(c, _GROUPS)[:, -1].max() <= _REACH
    ]


def describe_all(
    crystals: Sequence[Crystal], asked: Sequence[Asked], *, processes: int = 1
) -> tuple[Inputs, Target, tuple[Crystal, ...]]:
    """Inputs, targets and crystals for all that is asked: described once.

    Raises: what `read_target` and `prepare` raise.
    """
    target, kept, _ = read_target(crystals, KEY)
    needs = Needs()
    for entry in asked:
        needs += MODELS[entry.model].needs(entry.spec)
    usable = [crystals[i] for i in kept.tolist()]
    inputs, rows, _ = prepare(usable, needs, processes=processes)
    return inputs, target[rows], tuple(usable[i] for i in rows.tolist())


def try_model(
    asked: Asked,
    inputs: Inputs,
    target: Target,
    crystals: Sequence[Crystal],
    *,
    seeds: Sequence[int] = range(5),
    threads: int = 1,
) -> tuple[Trial, ...]:
    """One trial for each seed, of one 80:20 split."""
    if asked.reference:
        rows = np.array(reference_subset(crystals))
        inputs, target = inputs[rows], target[rows]
        crystals = [crystals[i] for i in rows.tolist()]
    trials = []
    for seed in seeds:
        fold = one_fold(asked, crystals, seed)
        trials.append(
            evaluate(
                asked.model,
                inputs,
                target,
                [fold],
                spec=asked.spec,
                seed=seed,
                levels=(LEVEL,) if asked.intervals else (),
                context=Context(threads=threads),
            )
        )
    return tuple(trials)


def one_fold(asked: Asked, crystals: Sequence[Crystal], seed: int) -> Fold:
    """The 80:20 split of a seed."""
    spec = GroupSpec(by="chemical-system", repeats=1) if asked.grouped else RandomSpec(repeats=1)
    return make_folds("group" if asked.grouped else "random", crystals, spec=spec, seed=seed)[0]


def figures(trials: Sequence[Trial]) -> dict[str, float]:
    """Means over the trials: metrics of model and baseline, coverage, error of the surer half."""
    out = {}
    for key in ("mae", "median_ae", "log10_mae"):
        compute = METRICS[key].compute
        out[key] = float(np.mean([compute(t.truth, t.mean) for t in trials]))
        out[f"{key}_baseline"] = float(np.mean([compute(t.truth, t.baseline) for t in trials]))
    if len(trials[0].levels):
        found = [coverage(t.truth, t.intervals, t.levels).covered[0] for t in trials]
        out["coverage"] = float(np.mean(found))
    curves = [confidence_curve(t.truth, t.mean, t.std) for t in trials]
    out["half"] = float(np.mean([c.at(0.5) for c in curves]))
    out["area"] = float(np.mean([c.area for c in curves]))
    return out
