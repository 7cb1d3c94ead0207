"""The averaged model: Gaussian process, extremely randomised trees and binned boosting.

The three err in different ways (smooth under distances; piecewise constant; additive), so their
mean errs less than each. This is what Gridscope recommends when nothing is known of the data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.models.base import MODELS, Context, Model, ModelSpec, State
from core.models.feature_sets import parse_features, required_features
from core.models.inputs import Inputs, Needs
from core.models.kernels import (
    GaussianProcessSpec,
    chosen_metric,
    fit_kernel,
    kernel_needs,
    predict_kernel,
)
from core.models.prediction import Raw
from core.models.space import kernel_space
from core.models.trees import ExtraTreesSpec, HistBoostingSpec, fit_trees, predict_trees
from core.registry import option
from core.types import FloatArray

_NAMES = ("gaussian-process", "extra-trees", "hist-gradient-boosting")
_FLOOR = 0.1  # of the process's deviation: three models that agree are not certain


@dataclass(frozen=True, slots=True, kw_only=True)
class AveragedSpec(ModelSpec):
    """Options of the averaged model."""

    metric: str = option(
        "grid-emd+composition-emd", label="Distances",
        help="Distances of the process's kernel, multiplied. May be empty.",
    )  # fmt: skip
    features: str = option(
        "composition_statistics+structure_features", label="Descriptors",
        help="Of the process (as distances, after scaling) and of the trees.",
    )  # fmt: skip
    tree_features: str = option(
        "composition", label="More for the trees", help="Descriptors that only trees see."
    )
    n_trees: int = option(200, label="Trees", ge=10, le=5000, help="Of the randomised trees.")
    n_stages: int = option(500, label="Stages", ge=1, le=20000, help="Of boosting.")
    sample: int = option(
        1000, label="Crystals for selection", ge=20, le=5000,
        help="The kernel's rates and noise are chosen on at most so many training crystals.",
    )  # fmt: skip

    @property
    def process(self) -> GaussianProcessSpec:
        return GaussianProcessSpec(metric=self.metric, features=self.features, sample=self.sample)

    @property
    def of_trees(self) -> str:
        """The features of the trees: each source once."""
        own = {t.source: t for text in (self.features, self.tree_features)
               for t in parse_features(text)}  # fmt: skip
        return "+".join(map(str, own.values()))

    @property
    def forest(self) -> ExtraTreesSpec:
        return ExtraTreesSpec(features=self.of_trees, n_trees=self.n_trees)

    @property
    def boosting(self) -> HistBoostingSpec:
        return HistBoostingSpec(
            features=self.of_trees, n_stages=self.n_stages, learning_rate=0.04, max_features=0.3,
            error_folds=0,
        )  # fmt: skip


def averaged_needs(spec: AveragedSpec) -> Needs:
    """What the three need. Raises: InvalidSpecError as the kernel does, or for bare trees."""
    kernel_needs(spec.process)
    metric = chosen_metric(spec.metric, "a kernel")
    return Needs(required_features(spec.of_trees), metric.terms if metric else ())


def fit_averaged(spec: AveragedSpec, inputs: Inputs, y: FloatArray, context: Context) -> State:
    """Fit each of the three."""
    process = fit_kernel(spec.process, inputs, y, context)
    return {
        _NAMES[0]: process,
        _NAMES[1]: fit_trees(spec.forest, inputs, y, context),
        _NAMES[2]: fit_trees(spec.boosting, inputs, y, context),
        "chosen": process["chosen"],
    }


def predict_averaged(spec: AveragedSpec, state: State, inputs: Inputs, context: Context) -> Raw:
    """Mean of the three; geometric mean of three deviations: process, trees, disagreement."""
    process = predict_kernel(spec.process, state[_NAMES[0]], inputs, context)
    forest = predict_trees(spec.forest, state[_NAMES[1]], inputs, context)
    boosted = predict_trees(spec.boosting, state[_NAMES[2]], inputs, context)
    members = np.stack([process.mean, forest.mean, boosted.mean])
    disagreement = np.sqrt(members.var(axis=0, ddof=1) + (_FLOOR * process.std) ** 2)
    std = np.cbrt(process.std * forest.std * disagreement)
    parts = (
        ("process_std", process.std), ("trees_std", forest.std), ("disagreement", disagreement),
        *process.parts,
    )  # fmt: skip
    return Raw(members.mean(axis=0), std, members, parts, process.nearest)


MODELS.register(
    Model(
        key="averaged",
        title="Averaged model",
        summary="The mean of a Gaussian process, extremely randomised trees and boosting: the "
        "usual choice.",
        reference="Hansen & Salamon, IEEE Trans. Pattern Anal. Mach. Intell. 12 (1990) 993, "
        "doi:10.1109/34.58871; the three: see their own entries",
        limits="Slower than each of the three; memory grows with the square of the crystals.",
        formula=r"\hat y = \frac{1}{3} (\hat y_{GP} + \hat y_{ET} + \hat y_{GB}), \quad "
        r"\sigma = (\sigma_{GP}\, \sigma_{ET}\, \sigma_{members})^{1/3}",
        symbols="GP: Gaussian process; ET: extremely randomised trees; GB: binned boosting.",
        spec_type=AveragedSpec,
        needs=averaged_needs,
        fit=fit_averaged,
        predict=predict_averaged,
        space=lambda spec, state, inputs, context: kernel_space(
            spec.process, state[_NAMES[0]], inputs, context
        ),
        meaning_of_std="geometric mean of the process's deviation, the spread of the trees and "
        "the disagreement of the three; conformalise it for levels",
    )
)
