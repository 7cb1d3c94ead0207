"""Task `candidate-columns`: all that a screening looks at, predicted once; thresholds come later.

{"models": ["formation.gsmodel"], "levels": [0.5, 0.9, 0.95], "prototypes": false,
 "hull": {"energy": "formation_energy_eV_per_atom", "formation": true}}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError
from core.hashing import mapping_digest
from core.jobs.base import TASKS, Inputs, Resources, Task, only
from core.jobs.candidates import as_mapping
from core.jobs.screening_columns import above_hull, labels_of, predict_columns, within_hull
from core.models.base import check_levels
from core.models.persistence import load_model, read_manifest
from core.screening.criteria import Column
from core.screening.limits import ABOVE_HULL, HullSpec
from core.screening.novelty import unseen_prototypes
from core.screening.table import CandidateColumns
from core.types import Crystal, Failure, FloatArray

KEY = "candidate-columns"
VERSION = 2  # raised whenever the columns change
_OPTIONS = ("models", "levels", "hull", "prototypes")
_HULL = ("energy", "formation")


def resolve_columns(options: Mapping[str, Any]) -> dict[str, Any]:
    """Models by their content. Raises: ModelFileError, InvalidSpecError."""
    only(KEY, options, _OPTIONS)
    manifests = [read_manifest(path) for path in _models(options["models"])]
    levels = check_levels(options["levels"]).tolist()
    if not isinstance(options["prototypes"], bool):
        raise InvalidSpecError(f"prototypes is {options['prototypes']!r}.", hint="true or false.")
    hull = _hull(options["hull"])
    return {
        "models": [mapping_digest(m) for m in manifests], "levels": levels,
        "hull": None if hull is None else {k: getattr(hull, k) for k in _HULL},
        "prototypes": options["prototypes"], "version": VERSION,
    }  # fmt: skip


def run_columns(
    inputs: Inputs, options: Mapping[str, Any], resources: Resources
) -> tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]:
    """The arrays of `CandidateColumns.arrays`.

    Inputs: `crystals`, the candidates; `known`: phases for the hull, crystals for prototypes.
    """
    models = [load_model(path) for path in _models(options["models"])]
    hull, library = _hull(options["hull"]), inputs.get("known", ())
    if (hull is not None or options["prototypes"]) and not library:
        raise InvalidSpecError(
            "The hull and unseen prototypes need known crystals.", hint="Choose a set of them."
        )
    kept, columns, known, failures = predict_columns(
        inputs["crystals"], models, options["levels"], resources
    )
    crystals = [inputs["crystals"][i] for i in kept.tolist()]
    found: dict[str, Column] = dict(columns)
    if hull is not None:
        found[ABOVE_HULL] = above_hull(hull, columns, crystals, library)
    if known is not None and options["prototypes"]:
        new = unseen_prototypes(labels_of(crystals), labels_of(library))
        known = replace(known, new_prototype=new)
    if known is not None and library:
        known = replace(known, within_hull=within_hull(crystals, library, resources))
    table = CandidateColumns(
        [c.id for c in crystals], [c.formula for c in crystals], found, known,
        {m.target_key: m.domain.target for m in models if m.domain is not None},
        _truth(crystals),
    )  # fmt: skip
    return table.arrays(), failures


def _truth(crystals: Sequence[Crystal]) -> dict[str, FloatArray]:
    """Numeric properties that at least two candidates have."""
    keys = dict.fromkeys(
        key for c in crystals for key, value in c.properties.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    )  # fmt: skip
    out = {}
    for key in keys:
        values = np.array([_number(c.properties.get(key)) for c in crystals])
        if np.isfinite(values).sum() >= 2:
            out[key] = values
    return out


def _number(value: Any) -> float:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain else np.nan


def _hull(value: Any) -> HullSpec | None:
    if value is None:
        return None
    options = as_mapping("hull", value)
    for name in options:
        if name not in _HULL:
            raise InvalidSpecError(f"hull has no option {name!r}.", hint=", ".join(_HULL))
    return HullSpec.from_dict(options)


def _models(values: Any) -> list[Path]:
    if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
        raise InvalidSpecError(f"The models are {values!r}.", hint="Give a list of model files.")
    return [Path(v) for v in values]


TASKS.register(
    Task(
        key=KEY,
        title="Columns of candidates",
        summary="Predict all that a screening looks at, once.",
        resolve=resolve_columns,
        run=run_columns,
        stages=(("predicting", 1.0),),
    )
)
