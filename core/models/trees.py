"""Ensembles of trees on numeric features: boosted, bagged, randomised.

Forests state the spread of their trees as uncertainty; boosted models have none of their own, so
the size of their errors on crystals left out within the fit stands for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import InvalidSpecError, ShapeMismatchError
from core.models.base import MODELS, Context, FittedModel, Model, ModelSpec, State, pinned
from core.models.feature_sets import (
    apply_transforms,
    fit_transforms,
    parse_features,
    required_features,
    transformed_labels,
)
from core.models.inputs import Inputs, Needs
from core.models.prediction import Raw
from core.models.residuals import error_size
from core.models.targets import binary_unit, from_scale
from core.registry import option
from core.types import FloatArray

DEFAULT_FEATURES = "composition"
_WIDE = 20_000  # crystals from which threads help binned boosting: they wait for one another often
_GRAIN, _LEAST_POWER = -24, -1000  # powers of two
_FLOOR = 0.05  # of the target's deviation: trees that agree are not certain


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeSpec(ModelSpec):
    """Options of every ensemble of trees."""

    features: str = option(
        DEFAULT_FEATURES, label="Descriptors",
        help="NAME, or a sum such as composition+structure_features; @pca12 after a name keeps "
        "its first 12 principal components.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestSpec(TreeSpec):
    """Options of a forest of independent trees."""

    n_trees: int = option(300, label="Trees", ge=10, le=5000, help="More are steadier and slower.")
    max_features: float = option(
        0.4, label="Share of features", gt=0, le=1, help="Features tried at each split."
    )
    min_leaf: int = option(1, label="Least leaf", ge=1, le=1000, help="Crystals in a leaf.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomForestSpec(ForestSpec):
    """Options of the random forest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraTreesSpec(ForestSpec):
    """Options of extremely randomised trees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostedSpec(TreeSpec):
    """Options that boosted ensembles share."""

    error_folds: int = option(
        3, label="Folds for the error", ge=0, le=20,
        help="Parts left out in turn to find the size of errors; 0 takes the spread of the target.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientBoostingSpec(BoostedSpec):
    """Options of gradient boosting. The usual values are Table 1 of Ducamp et al. 2022.

    There 250 stages stand for geometric descriptors, 500 for the others.
    """

    n_stages: int = option(500, label="Stages", ge=1, le=20000, help="Trees, one after another.")
    learning_rate: float = option(
        0.01, label="Learning rate", gt=0, le=1, help="Share of each tree that is added."
    )
    depth: int = option(2, label="Depth", ge=1, le=30, help="Questions from root to leaf.")
    subsample: float = option(
        0.4, label="Subsample", gt=0, le=1, help="Share of the crystals each tree sees."
    )
    max_features: str = option(
        "sqrt", label="Features at a split", choices=("sqrt", "log2", "all"),
        help="Root or binary logarithm of their number, or all.",
    )  # fmt: skip
    min_split: int = option(2, label="Least split", ge=2, le=1000, help="Crystals to split a node.")
    min_leaf: int = option(2, label="Least leaf", ge=1, le=1000, help="Crystals in a leaf.")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistBoostingSpec(BoostedSpec):
    """Options of gradient boosting on binned features."""

    n_stages: int = option(400, label="Stages", ge=1, le=20000, help="Trees, one after another.")
    learning_rate: float = option(
        0.05, label="Learning rate", gt=0, le=1, help="Share of each tree that is added."
    )
    leaves: int = option(31, label="Leaves", ge=2, le=1000, help="Most leaves of a tree.")
    min_leaf: int = option(20, label="Least leaf", ge=1, le=1000, help="Crystals in a leaf.")
    l2: float = option(1.0, label="L2 penalty", ge=0, le=1e6, help="Draws leaves towards zero.")
    max_features: float = option(
        0.5, label="Share of features", gt=0, le=1, help="Features tried at each split."
    )


def _estimator(spec: TreeSpec, seed: int, threads: int) -> Any:
    """The unfitted scikit-learn estimator of a spec."""
    import sklearn.ensemble as e

    if isinstance(spec, GradientBoostingSpec):
        return e.GradientBoostingRegressor(
            n_estimators=spec.n_stages, learning_rate=spec.learning_rate, max_depth=spec.depth,
            subsample=spec.subsample, min_samples_split=spec.min_split,
            max_features=None if spec.max_features == "all" else spec.max_features,
            min_samples_leaf=spec.min_leaf, random_state=seed,
        )  # fmt: skip
    if isinstance(spec, HistBoostingSpec):
        return e.HistGradientBoostingRegressor(
            max_iter=spec.n_stages, learning_rate=spec.learning_rate, max_leaf_nodes=spec.leaves,
            min_samples_leaf=spec.min_leaf, l2_regularization=spec.l2,
            max_features=spec.max_features, early_stopping=False, random_state=seed,
        )  # fmt: skip
    assert isinstance(spec, ForestSpec)
    kind = e.RandomForestRegressor if isinstance(spec, RandomForestSpec) else e.ExtraTreesRegressor
    return kind(
        spec.n_trees, max_features=spec.max_features, min_samples_leaf=spec.min_leaf,
        random_state=seed, n_jobs=threads,
    )  # fmt: skip


def grow(spec: TreeSpec, x: FloatArray, y: FloatArray, *, seed: int, threads: int = 1) -> Any:
    """The estimator of a spec, fitted to features x (n, d) and a target y (n,).

    scikit-learn would check the parameters of each tree anew, a quarter of the time that boosting
    takes on a hundred crystals; the spec has checked them already.
    """
    from sklearn import config_context

    with config_context(skip_parameter_validation=True):
        return _estimator(spec, seed, threads).fit(x, y)


def grain_of(x: FloatArray) -> FloatArray:
    """(d,) steps to which columns of x (n, d) are rounded, 2^-24 of the largest value or less.

    Features of crystals that are alike differ by rounding (53.99999999999999 and 54), with the cell
    they are given in and with the machine. Binned boosting cuts at any two values that differ, so
    that rounding would decide on the branch; other trees take differences below 1e-7 for none.
    """
    largest = np.abs(x).max(axis=0)
    power = np.ceil(np.log2(np.where(largest > 0, largest, 1.0)))
    return np.asarray(2.0 ** np.maximum(power + _GRAIN, _LEAST_POWER))


def grained(x: FloatArray, grain: FloatArray | None) -> FloatArray:
    """Features (n, d) in whole steps of its columns; as it is without steps."""
    return x if grain is None else np.asarray(np.round(x / grain) * grain)


def fit_trees(spec: TreeSpec, inputs: Inputs, y: FloatArray, context: Context) -> State:
    """Transforms, then the ensemble; boosted ones also learn the size of their errors."""
    terms = parse_features(spec.features)
    blocks = [inputs.block(term) for term in terms]
    transforms, x = fit_transforms(terms, [b.values for b in blocks], seed=context.seed)
    labels = transformed_labels(terms, [b.labels for b in blocks], transforms)
    context.step(0, 1, "growing trees")
    threads = context.threads
    if isinstance(spec, HistBoostingSpec) and len(y) < _WIDE:
        threads = 1
    grain = grain_of(x) if isinstance(spec, HistBoostingSpec) else None
    x, unit = grained(x, grain), binary_unit(y)
    z = y / unit
    with pinned(threads):
        fitted = grow(spec, x, z, seed=context.seed, threads=threads)
        floor = _FLOOR * float(z.std())
        if isinstance(spec, BoostedSpec):
            floor = error_size(
                lambda rows: grow(spec, x[rows], z[rows], seed=context.seed, threads=threads),
                x, z, folds=spec.error_folds, context=context,
            )  # fmt: skip
    return {
        "transforms": transforms, "labels": list(labels), "grain": grain, "estimator": fitted,
        "unit": unit, "floor": unit * floor,
    }  # fmt: skip


def predict_trees(spec: TreeSpec, state: State, inputs: Inputs, context: Context) -> Raw:
    """Mean, and the spread of the trees (forests) or the size of errors (boosted ones)."""
    x, unit = _columns(spec, state, inputs)
    fitted, floor = state["estimator"], state["floor"]
    if isinstance(spec, BoostedSpec):
        return Raw(unit * fitted.predict(x), np.full(len(x), floor))
    x32 = np.ascontiguousarray(x, dtype=np.float32)  # what trees compare
    each = unit * np.stack([tree.tree_.predict(x32)[:, 0] for tree in fitted.estimators_])
    return Raw(each.mean(axis=0), np.sqrt(each.var(axis=0) + floor**2))


def predict_stages(model: FittedModel, inputs: Inputs) -> FloatArray:
    """(n_stages, n) predictions of a boosted model after each stage; the last are its own.

    Raises: InvalidSpecError for a model without stages; ShapeMismatchError.
    """
    spec = model.spec
    if not isinstance(spec, BoostedSpec) or model.constant is not None:
        raise InvalidSpecError(f"The model {model.key!r} has no stages.")
    with pinned(1):
        x, unit = _columns(spec, model.state, inputs)
        each = np.array(list(model.state["estimator"].staged_predict(x)))
    return from_scale(unit * each, spec.target_scale)


def _columns(spec: TreeSpec, state: State, inputs: Inputs) -> tuple[FloatArray, float]:
    """(n, d) features as the trees saw them, and the unit of what they answer."""
    x = apply_transforms(
        state["transforms"], [inputs.block(term).values for term in parse_features(spec.features)]
    )
    if x.shape[1] != len(state["labels"]):  # compiled code would read beyond its columns
        raise ShapeMismatchError(
            f"The trees were grown on {len(state['labels'])} features, not {x.shape[1]}."
        )
    # Files of before know neither: they were fitted to features as they are, in the target's unit.
    return grained(x, state.get("grain")), state.get("unit", 1.0)


def tree_needs(spec: TreeSpec) -> Needs:
    """The features. Raises: InvalidSpecError, UnknownNameError."""
    return Needs(required_features(spec.features))


_SPREAD = "spread of the trees, with a floor of a twentieth of the target's deviation"
_ERRORS = "root mean square error on crystals left out within the fit, the same for all"
_SUM = r"\hat y(x) = \frac{1}{T} \sum_{t=1}^{T} f_t(x)"
_BOOST = r"\hat y(x) = f_0 + \nu \sum_{t=1}^{T} f_t(x)"
_FLAT = "Constant outside the training data."
for _key, _title, _summary, _reference, _spec, _formula in (
    (
        "random-forest", "Random forest",
        "Deep trees, each on its own resample of the crystals, averaged.",
        "Breiman, Mach. Learn. 45 (2001) 5, doi:10.1023/A:1010933404324",
        RandomForestSpec, _SUM,
    ),
    (
        "extra-trees", "Extremely randomised trees",
        "Deep trees that split at random places, averaged: smoother than a forest, and faster.",
        "Geurts, Ernst & Wehenkel, Mach. Learn. 63 (2006) 3, doi:10.1007/s10994-006-6226-1",
        ExtraTreesSpec, _SUM,
    ),
    (
        "gradient-boosting", "Gradient boosting",
        "Shallow trees that each mend a little of what the others left.",
        "Friedman, Ann. Stat. 29 (2001) 1189, doi:10.1214/aos/1013203451; settings: Ducamp & "
        "Coudert, J. Phys. Chem. C 126 (2022) 1651, doi:10.1021/acs.jpcc.1c09737",
        GradientBoostingSpec, _BOOST,
    ),
    (
        "hist-gradient-boosting", "Gradient boosting, binned",
        "Gradient boosting on binned features: for thousands of crystals and hundreds of features.",
        "Ke et al., Adv. Neural Inf. Process. Syst. 30 (2017), after Friedman, "
        "doi:10.1214/aos/1013203451",
        HistBoostingSpec, _BOOST,
    ),
):  # fmt: skip
    MODELS.register(
        Model(
            key=_key,
            title=_title,
            summary=_summary,
            reference=_reference,
            limits=_FLAT,
            formula=_formula,
            symbols="f_t: trees; T: their number" + (
                "; f_0: mean of the target; ν: learning rate." if _formula is _BOOST else "."
            ),
            spec_type=_spec,
            needs=tree_needs,
            fit=fit_trees,
            predict=predict_trees,
            meaning_of_std=_SPREAD if _formula is _SUM else _ERRORS,
        )
    )  # fmt: skip
