"""Task `predict`: a model file applied to crystals: values, intervals, where to look twice.

{"model": "bulk.gsmodel", "levels": [0.9]}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError, ModelFileError, NonFiniteError
from core.hashing import mapping_digest
from core.jobs.base import TASKS, Inputs, Resources, Task, only
from core.jobs.kept_tables import keeper
from core.models import Context, prepare
from core.models.base import FittedModel, check_levels
from core.models.domain import applicability
from core.models.inputs import Inputs as ModelInputs
from core.models.persistence import load_model, read_manifest
from core.models.prediction import Prediction
from core.models.targets import from_scale
from core.types import Crystal, Failure, IntArray


def resolve_predict(options: Mapping[str, Any]) -> dict[str, Any]:
    """The model file by its content, and the levels. Raises: ModelFileError, InvalidSpecError."""
    only("predict", options, ("model", "levels"))
    manifest = read_manifest(_file(options["model"]))
    levels = check_levels(options["levels"]).tolist()
    if levels and manifest["conformal"] is None:
        raise InvalidSpecError(
            "This model was trained without intervals.", hint="Train it with conformal intervals."
        )
    return {"model": mapping_digest(manifest), "levels": levels}


def run_predict(
    inputs: Inputs, options: Mapping[str, Any], resources: Resources
) -> tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]:
    """`ids`, `mean`, `std` (n,), `intervals` (n, 2, n_levels), `levels`, `target`, `in_training`.

    Of a model that carries its training domain also `same`, `distance`, `percentile`, `nearest`,
    `beyond`, `unseen`, `reasons` (n,) as of `core.uncertainty.applicability`, `space` in words, and
    `trained_on`, training values or their quantiles. Of others `in_training` goes by ids.
    """
    model = load_model(_file(options["model"]))
    context = Context(
        threads=resources.threads, on_progress=resources.on_progress,
        should_stop=resources.should_stop,
    )  # fmt: skip
    data, rows, failures = prepare(
        inputs["crystals"], model.needs, threads=resources.threads,
        processes=resources.processes, on_progress=resources.on_progress,
        should_stop=resources.should_stop, keep=keeper(resources),
    )  # fmt: skip
    crystals = [inputs["crystals"][i] for i in rows.tolist()]
    try:
        p = _predicted(model, data, options["levels"], context)
    except NonFiniteError:  # of one of them, perhaps: the others have their predictions
        good, beyond = _finite(model, data, crystals, context)
        data, crystals = data[good], [crystals[i] for i in good.tolist()]
        failures += beyond
        p = _predicted(model, data, options["levels"], context)
    outputs: dict[str, NDArray[Any]] = {
        "ids": _texts(p.ids), "mean": p.mean, "std": p.std,
        "intervals": p.intervals, "levels": p.levels, "target": np.array(p.key),
        "range": np.array(model.range),
        "in_training": np.isin(np.array(p.ids), np.array(model.ids)),
        **{f"part_{name}": values for name, values in p.parts},
    }  # fmt: skip
    judged = applicability(model, data, p, crystals, context=context)
    if judged is not None:
        found, nearest = judged
        outputs |= {
            "in_training": found.in_training, "same": found.same, "distance": found.distance,
            "percentile": found.percentile, "beyond": found.beyond, "nearest": _texts(nearest),
            "unseen": _texts([" ".join(symbols) for symbols in found.unseen]),
            "reasons": _texts(found.reasons), "space": np.array(model.domain.space),
            "trained_on": model.domain.target,
        }  # fmt: skip
    return outputs, failures


def _predicted(
    model: FittedModel, data: ModelInputs, levels: Sequence[float], context: Context
) -> Prediction:
    """Raises: ModelFileError for a file whose state does not fit its model; NonFiniteError."""
    try:
        return model.predict(data, levels=levels, context=context)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        # A file may be signed and audited, and still be no model: what it holds is used here first.
        raise ModelFileError(
            f"The model file does not hold what its model needs: {type(error).__name__} {error}.",
            hint="Choose a file that Gridscope saved (.gsmodel).",
        ) from error


def _finite(
    model: FittedModel, data: ModelInputs, crystals: Sequence[Crystal], context: Context
) -> tuple[IntArray, tuple[Failure, ...]]:
    """Rows whose prediction is a number, and a failure for each of the others.

    Raises: NonFiniteError when no prediction is a number.
    """
    raw = model.raw(data, context)
    mean = from_scale(raw.mean, model.spec.target_scale)
    with np.errstate(invalid="ignore", over="ignore"):
        std = raw.std * mean if model.spec.target_scale == "log" else raw.std
    fine = np.isfinite(mean) & np.isfinite(std)
    lost = []
    for i in np.flatnonzero(~fine).tolist():
        error = NonFiniteError(
            f"The prediction of {crystals[i].id!r} is {mean[i]:g}.",
            hint="It lies far outside the training data, where this model runs away.",
        )
        lost.append(Failure.from_error(
            error, id=crystals[i].id, stage="predict", source=crystals[i].source
        ))  # fmt: skip
    if not fine.any():
        raise NonFiniteError(lost[0].message, hint=lost[0].hint)
    return np.flatnonzero(fine), tuple(lost)


def _texts(values: Any) -> NDArray[np.str_]:
    return np.array(list(values), dtype=np.str_)


def _file(value: Any) -> Path:
    if not isinstance(value, str):
        raise InvalidSpecError(f"The model is {value!r}.", hint="Name a model file.")
    return Path(value)


TASKS.register(
    Task(
        key="predict",
        title="Predict",
        summary="Apply a trained model to crystals.",
        resolve=resolve_predict,
        run=run_predict,
        stages=(
            ("describing crystals", 2.0), ("predicting", 1.0),
            ("measuring the distance to the training crystals", 1.0),
        ),
    )
)  # fmt: skip
