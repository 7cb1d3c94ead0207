"""Task `screen`: predictions, filters with uncertainty, and the few candidates worth a look.

{"models": ["formation.gsmodel"], "levels": [0.9],
 "criteria": [{"key": "bulk_modulus_GPa", "low": 150, "how": "shifted", "k": 1}],
 "hull": {"threshold": 0.0, "how": "shifted"}, "novelty": {"farthest": 0.95},
 "pareto": [], "order": null, "duplicates": 0.1, "count": 50, "choose": "best"}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.distances.base import parse_metric
from core.distances.features import embed
from core.errors import InvalidSpecError
from core.hashing import mapping_digest
from core.jobs.base import TASKS, Inputs, Resources, Task, id_array, only
from core.jobs.candidates import angstrom, as_mapping
from core.jobs.screening_columns import above_hull, labels_of, predict_columns, within_hull
from core.models.base import check_levels
from core.models.persistence import load_model, read_manifest
from core.screening.criteria import Column, Criterion
from core.screening.diversity import representatives
from core.screening.duplicates import grid_duplicates
from core.screening.limits import ABOVE_HULL, Goal, HullSpec, NoveltySpec
from core.screening.novelty import unseen_prototypes
from core.screening.screen import Known, Request, Screened, screen
from core.types import Crystal, Failure, IntArray

VERSION = 2  # raised whenever what is screened changes
CHOOSE = ("best", "diverse")
SCREEN = (
    "models", "levels", "criteria", "hull", "novelty", "pareto", "order", "duplicates", "count",
    "choose",
)  # fmt: skip
_POOL = 2_000  # of the best that passed, among which a diverse shortlist is chosen
Outputs = tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]


def resolve_screen(options: Mapping[str, Any]) -> dict[str, Any]:
    """Models by their content, all limits with defaults, units and meaning.

    Raises: ModelFileError, InvalidSpecError.
    """
    only("screen", options, SCREEN)
    request, levels = read_request(options), check_levels(options["levels"]).tolist()
    manifests = [read_manifest(path) for path in _models(options["models"])]
    if levels and all(m["conformal"] is None for m in manifests):
        raise InvalidSpecError(
            "No model was trained with intervals.",
            hint="Give no levels, or train with conformal intervals.",
        )
    count = options["count"]
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise InvalidSpecError(f"count is {count!r}.", hint="Give a whole number from 1 on.")
    if options["choose"] not in CHOOSE:
        raise InvalidSpecError(f"choose is {options['choose']!r}.", hint="Known: best, diverse.")
    return {
        "models": [mapping_digest(m) for m in manifests], "levels": levels,
        "thresholds": request.thresholds(),
        "hull": request.hull.to_dict() if request.hull else None,
        "novelty": request.novelty.to_dict() if request.novelty else None,
        "pareto": [g.to_dict() for g in request.pareto],
        "order": request.order.to_dict() if request.order else None,
        "duplicates": request.duplicates, "count": count, "choose": options["choose"],
        "version": VERSION,
    }  # fmt: skip


def read_request(options: Mapping[str, Any]) -> Request:
    """Criteria and limits. Raises: InvalidSpecError."""
    hull, novelty, order = options["hull"], options["novelty"], options["order"]
    request = Request(
        criteria=tuple(Criterion.from_dict(as_mapping("a criterion", c))
                       for c in _list("criteria", options["criteria"])),
        hull=None if hull is None else HullSpec.from_dict(as_mapping("hull", hull)),
        novelty=None if novelty is None else NoveltySpec.from_dict(as_mapping("novelty", novelty)),
        pareto=tuple(Goal.from_dict(as_mapping("a goal", g))
                     for g in _list("pareto", options["pareto"])),
        order=None if order is None else Goal.from_dict(as_mapping("order", order)),
        duplicates=angstrom("duplicates", options["duplicates"]),
    )  # fmt: skip
    if not (request.criteria or request.hull or request.novelty or request.pareto):
        raise InvalidSpecError(
            "Nothing is asked of the candidates.", hint="Give criteria, hull, novelty or pareto."
        )
    return request


def run_screen(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> Outputs:
    """What passed and why, of all candidates that could be described.

    `ids`, `formula` (n,); for each property KEY `KEY` and `KEY_std` (n,), `KEY_intervals`
    (n, 2, n_levels), `KEY_trained` (2,); `levels`; `percentile`, `nearest`, `unseen` (n,);
    `stages`, `stage_titles`, `stage_notes`, `alone` (n_stages,), `counts` (n_stages + 1,),
    `passed` (n, n_stages), `lost_at` (n,); `score` (n,); `shortlist` (k,) rows, best first, with
    their `reasons`; `message`: how many passed, or which filter emptied the list; `thresholds`:
    JSON with units.

    Inputs: `crystals`, the candidates; `known`: phases for the hull, crystals for prototypes and
    duplicates.
    """
    request, models = read_request(options), [load_model(p) for p in _models(options["models"])]
    library = inputs.get("known", ())
    if (request.hull or (request.novelty and request.novelty.needs_known)) and not library:
        raise InvalidSpecError(
            "The hulls and unseen prototypes need known crystals.", hint="Give them (--known)."
        )
    kept, predicted, known, failures = predict_columns(
        inputs["crystals"], models, options["levels"], resources
    )
    crystals = [inputs["crystals"][i] for i in kept.tolist()]
    columns = dict(predicted)
    if request.hull is not None:
        columns[ABOVE_HULL] = above_hull(request.hull, predicted, crystals, library)
    if known is not None and request.novelty is not None and request.novelty.needs_prototypes:
        known = replace(
            known, new_prototype=unseen_prototypes(labels_of(crystals), labels_of(library))
        )
    if known is not None and library:
        known = replace(known, within_hull=within_hull(crystals, library, resources))

    def repeated(rows: IntArray) -> NDArray[np.bool_]:
        return grid_duplicates(
            [crystals[i] for i in rows.tolist()], request.duplicates, known=library
        )

    found = screen(request, columns, known, len(crystals), repeated)
    chosen = _shortlist(found, crystals, options, resources)
    outputs: dict[str, NDArray[Any]] = {
        "ids": id_array(crystals), "formula": _texts([c.formula for c in crystals]),
        "levels": np.asarray(options["levels"], dtype=np.float64),
        **_column_arrays(columns), **_known_arrays(known), **_funnel_arrays(found),
        "shortlist": chosen,
        "reasons": _texts(["; ".join(found.funnel.reasons(i)) for i in chosen.tolist()]),
        "thresholds": np.array(json.dumps(request.thresholds())),
    }  # fmt: skip
    return outputs, failures


def _shortlist(
    found: Screened, crystals: Sequence[Crystal], options: Mapping[str, Any], resources: Resources
) -> IntArray:
    """Rows of the shortlist: the best, or the best of clusters under GRID."""
    ranked, count = found.ranked, options["count"]
    if options["choose"] == "best" or len(ranked) <= count:
        return ranked[:count]
    return diverse(
        found, lambda rows: [crystals[i] for i in rows.tolist()], count, threads=resources.threads
    )


def diverse(
    found: Screened,
    crystals_of: Callable[[IntArray], Sequence[Crystal]],
    count: int,
    *,
    threads: int = 1,
) -> IntArray:
    """(count,) rows: the best of each of so many clusters under GRID, among the best that passed.

    Args:
        crystals_of: rows -> their crystals.
    """
    pool = found.ranked[:_POOL]
    features, table = embed(crystals_of(pool), parse_metric("grid-emd"), threads=threads)
    pool = pool[table.kept]
    best, _ = representatives(features, found.score[pool], min(count, len(pool)), threads=threads)
    return pool[best]


def _column_arrays(columns: Mapping[str, Column]) -> dict[str, NDArray[Any]]:
    out: dict[str, NDArray[Any]] = {}
    for key, column in columns.items():
        out[key] = column.mean
        if column.std is not None:
            out[f"{key}_std"] = column.std
        if column.intervals is not None:
            out[f"{key}_intervals"] = column.intervals
        if column.trained is not None:
            out[f"{key}_trained"] = np.array(column.trained)
    return {**out, "properties": np.array(list(columns), dtype=np.str_)}


def _known_arrays(known: Known | None) -> dict[str, NDArray[Any]]:
    if known is None:
        return {}
    out = {
        "percentile": known.percentile, "nearest": _texts(known.nearest),
        "unseen": _texts(known.unseen),
    }  # fmt: skip
    masks = {"new_prototype": known.new_prototype, "within_hull": known.within_hull}
    return out | {name: mask for name, mask in masks.items() if mask is not None}


def _funnel_arrays(found: Screened) -> dict[str, NDArray[Any]]:
    funnel = found.funnel
    n = len(funnel.lost_at)
    passed = [s.passed for s in funnel.stages]
    return {
        "stages": _texts([s.key for s in funnel.stages]),
        "stage_titles": _texts([s.title for s in funnel.stages]),
        "stage_notes": _texts([s.note for s in funnel.stages]),
        "passed": np.stack(passed, axis=1) if passed else np.ones((n, 0), dtype=bool),
        "alone": funnel.alone, "counts": funnel.counts, "lost_at": funnel.lost_at,
        "score": found.score, "message": np.array(funnel.message),
    }  # fmt: skip


def _texts(values: Sequence[str]) -> NDArray[np.str_]:
    return np.array(list(values), dtype=np.str_)


def _models(values: Any) -> list[Path]:
    if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
        raise InvalidSpecError(f"The models are {values!r}.", hint="Give a list of model files.")
    return [Path(v) for v in values]


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidSpecError(f"{name} is {value!r}.", hint="Write a list.")
    return value


TASKS.register(
    Task(
        key="screen",
        title="Screen",
        summary="Predict, filter with uncertainty, and choose a shortlist.",
        resolve=resolve_screen,
        run=run_screen,
        stages=(("predicting", 1.0),),
    )
)
