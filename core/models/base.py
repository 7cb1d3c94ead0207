"""What a model is: a spec, what it needs of crystals, fit and predict, a reference, its limits.

Adding one: a module in this package with a `ModelSpec`, two functions and `MODELS.register(...)`.
The shared contract tests pick it up. Everything that is chosen from data (transforms, scales,
hyperparameters) is chosen in `fit`, hence from the training crystals alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.errors import InvalidSpecError, JobCancelled, SchemaError, ShapeMismatchError
from core.models.inputs import Inputs, Needs
from core.models.option_types import require_types
from core.models.prediction import Prediction, Raw
from core.models.targets import Scale, Target, from_scale, to_scale
from core.registry import Registry, Spec, option
from core.types import FloatArray, Progress, ShouldStop
from core.units import quantity

MIN_TRAINING = 3
State = dict[str, Any]
"""What a fitted model is made of: arrays, numbers, text, lists, dicts, scikit-learn estimators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec(Spec):
    """Options that every model has."""

    target_scale: Scale = option(
        "linear", label="Target", choices=("linear", "log"),
        help="Fit the values, or their logarithm: for positive values over orders of magnitude.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        Spec.__post_init__(self)
        require_types(self)


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """What a fit may use and whom it tells.

    Attributes:
        seed: from which all randomness is drawn.
        threads: of compiled kernels and of trees; linear algebra runs on one (see `pinned`).
        mean_only: whether a prediction may leave its deviation at zero where that costs more.
        on_progress, should_stop: called a few times a second where steps are that short.
    """

    seed: int = 0
    threads: int = 1
    mean_only: bool = False
    on_progress: Progress | None = None
    should_stop: ShouldStop | None = None

    def step(self, done: int, total: int, what: str) -> None:
        """Tell of progress. Raises: JobCancelled when the user has stopped."""
        if self.should_stop and self.should_stop():
            raise JobCancelled(f"stopped while {what}")
        if self.on_progress:
            self.on_progress(done, total, what)

    def rng(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A registered model.

    Attributes:
        key, title, summary, reference, limits, formula, symbols: for look-up, forms and Methods.
        spec_type: its options.
        needs: spec -> what has to be computed of crystals.
        fit: (spec, inputs, y (n,) on the scale of the fit, context) -> state.
        predict: (spec, state, inputs, context) -> Raw.
        meaning_of_std: what its standard deviation rests on.
        chosen: state -> what was selected in the fit, for people: name -> value.
        space: (spec, state, inputs, context) -> (m, n_training) distances to the training crystals
            as the model sees them; None for a model that compares none (see `core.models.domain`).
        version: raised whenever the numbers change; saved models of another version are refused.
    """

    key: str
    title: str
    summary: str
    reference: str
    limits: str
    formula: str
    symbols: str
    spec_type: type[ModelSpec]
    needs: Callable[[Any], Needs]
    fit: Callable[[Any, Inputs, FloatArray, Context], State]
    predict: Callable[[Any, State, Inputs, Context], Raw]
    meaning_of_std: str
    chosen: Callable[[State], Mapping[str, Any]] = lambda state: state.get("chosen", {})
    space: Callable[[Any, State, Inputs, Context], FloatArray] | None = None
    version: int = 1


MODELS: Registry[Model] = Registry("model", "core.models")


@dataclass(frozen=True, slots=True, eq=False)
class FittedModel:
    """A model that has seen its training crystals.

    Attributes:
        key, spec: the model and its options.
        state: what was fitted; {} for a constant target, which `constant` then holds.
        target_key: of the property.
        ids: of the training crystals.
        constant: the only value of the target, or None.
        range: least and largest value of the training target.
        seed, seconds: of the fit.
        notes: what a user should know of this fit.
        conformal: calibrated scores for intervals, or None (see `core.models.conformal`).
        domain: what the training crystals were like, or None (see `core.models.domain`).
    """

    key: str
    spec: ModelSpec
    state: State
    target_key: str
    ids: tuple[str, ...]
    constant: float | None
    range: tuple[float, float]
    seed: int
    seconds: float
    notes: tuple[str, ...] = ()
    conformal: Any = None
    domain: Any = None

    @property
    def model(self) -> Model:
        return MODELS[self.key]

    @property
    def needs(self) -> Needs:
        return self.model.needs(self.spec)

    @property
    def chosen(self) -> Mapping[str, Any]:
        """What was selected in the fit: hyperparameters and the like."""
        return {} if self.constant is not None else self.model.chosen(self.state)

    def raw(self, inputs: Inputs, context: Context | None = None) -> Raw:
        """The answer on the scale of the fit.

        Raises: InvalidSpecError when the inputs lack what the model needs; ShapeMismatchError.
        """
        if self.constant is not None:
            value = to_scale(
                np.array([self.constant]), self.spec.target_scale, ("all",), self.target_key
            )
            return Raw(np.full(len(inputs), value[0]), np.zeros(len(inputs)))
        with pinned(1):
            return self.model.predict(self.spec, self.state, inputs, context or Context())

    def predict(
        self, inputs: Inputs, *, levels: Sequence[float] = (), context: Context | None = None
    ) -> Prediction:
        """Predictions with their uncertainty, and intervals where the model was conformalised.

        Args:
            levels: shares the intervals are to cover, each in (0, 1).

        Raises: InvalidSpecError for levels of a model without conformal scores; see `raw`.
        """
        shares = check_levels(levels)
        raw = self.raw(inputs, context)
        bounds: FloatArray = np.empty((len(inputs), 2, 0))
        if len(shares):
            from core.models.conformal import intervals  # it fits models itself

            bounds = intervals(self, raw, inputs, shares, context or Context())
        scale = self.spec.target_scale
        mean = from_scale(raw.mean, scale)
        return Prediction(
            ids=inputs.ids,
            mean=mean,
            std=raw.std * mean if scale == "log" else raw.std,
            levels=shares,
            intervals=from_scale(bounds, scale),
            members=None if raw.members is None else from_scale(raw.members, scale),
            parts=raw.parts,
            key=self.target_key,
            unit=quantity(self.target_key).unit,
            nearest=raw.nearest,
        )


def fit(
    key: str,
    inputs: Inputs,
    target: Target,
    *,
    spec: ModelSpec | None = None,
    seed: int = 0,
    context: Context | None = None,
) -> FittedModel:
    """Fit the model `key` to a target.

    Args:
        spec: its options; the usual ones when None.
        seed: all randomness is drawn from it, also when a context is given.

    Raises: UnknownNameError; ShapeMismatchError; SchemaError for fewer than 3 crystals;
        InvalidSpecError for a spec of another model, a target without a logarithm, a dissimilarity
        in a kernel.
    """
    model = MODELS[key]
    spec = spec if spec is not None else model.spec_type()
    if type(spec) is not model.spec_type:
        raise InvalidSpecError(
            f"The model {key!r} takes {model.spec_type.__name__}, not {type(spec).__name__}."
        )
    if len(target) != len(inputs):
        raise ShapeMismatchError(f"{len(inputs)} crystals meet {len(target)} target values.")
    if len(target) < MIN_TRAINING:
        raise SchemaError(
            f"There are {len(target)} crystals to learn from; a model needs {MIN_TRAINING}.",
            hint="Add crystals with a value of the property.",
        )
    y = to_scale(target.values, spec.target_scale, inputs.ids, target.key)
    chosen = replace(context or Context(), seed=seed)
    started = time.perf_counter()
    notes: list[str] = []
    state: State = {}
    if target.is_constant:
        notes.append(
            f"All {len(target)} training values are {target.values[0]:g}: so is every prediction."
        )
    else:
        with pinned(1):
            state = model.fit(spec, inputs, y, chosen)
        notes += state.get("notes", [])
    return FittedModel(
        key, spec, state, target.key, inputs.ids,
        float(target.values[0]) if target.is_constant else None,
        (float(target.values.min()), float(target.values.max())),
        seed, time.perf_counter() - started, tuple(notes),
    )  # fmt: skip


def check_levels(levels: Sequence[float]) -> FloatArray:
    """(n_levels,) shares. Raises: InvalidSpecError for one outside (0, 1)."""
    hint = "Give shares between 0 and 1, such as [0.5, 0.9]."
    try:
        shares = np.asarray(levels, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidSpecError(f"Levels are {str(levels)[:80]!r}, no numbers.", hint=hint) from None
    if shares.ndim != 1 or not ((shares > 0) & (shares < 1)).all():
        raise InvalidSpecError(f"Levels are {shares.tolist()}.", hint=hint)
    return shares


def pinned(threads: int) -> AbstractContextManager[Any]:
    """BLAS and OpenMP on this many threads.

    One unless there is a reason: on a busy machine two wait for one another longer than they work
    (the averaged model: 18 s of processor time on one, 39 to 116 s on two).
    """
    from threadpoolctl import threadpool_limits

    return threadpool_limits(threads)
