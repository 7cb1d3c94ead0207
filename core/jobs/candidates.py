"""Task `candidates`: new crystals by element substitution or by decorating prototypes.

{"how": "substitution", "seed": 0, "options": {"source": "mined", "per_parent": 10},
 "duplicates": 0.1}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError
from core.jobs.base import TASKS, Inputs, Resources, Task, only
from core.screening.candidates import Candidates
from core.screening.decoration import DecorationSpec, decorate
from core.screening.duplicates import grid_duplicates
from core.screening.likelihood import likelihood
from core.screening.substitution import SubstitutionSpec, substitute, summary
from core.screening.templates import templates
from core.types import Failure

VERSION = 1  # raised whenever candidates change
WAYS: Mapping[str, type[SubstitutionSpec]] = {
    "substitution": SubstitutionSpec, "decoration": DecorationSpec,
}  # fmt: skip
CANDIDATES = ("how", "seed", "options", "duplicates")
Outputs = tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]


def resolve_candidates(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options with their defaults. Raises: InvalidSpecError."""
    only("candidates", options, CANDIDATES)
    spec = read_way(options)
    seed = options["seed"]
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise InvalidSpecError(f"The seed is {seed!r}.", hint="Give a whole number from 0 on.")
    return {
        "how": options["how"], "seed": seed, "options": spec.to_dict(),
        "duplicates": angstrom("duplicates", options["duplicates"]), "version": VERSION,
    }  # fmt: skip


def read_way(options: Mapping[str, Any]) -> SubstitutionSpec:
    """The spec of how candidates are made. Raises: InvalidSpecError."""
    if options["how"] not in WAYS:
        raise InvalidSpecError(
            f"There is no way {options['how']!r} to make candidates.",
            hint="Known: " + ", ".join(WAYS) + ".",
        )
    return WAYS[options["how"]].from_dict(as_mapping("options", options["options"]))


def run_candidates(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> Outputs:
    """The arrays of `core.screening.candidates.Candidates.arrays` (n candidates, likeliest first),
    and `made`: JSON with counts of what was removed and why.

    Inputs: `crystals`, the parents or prototypes; `known`, optional: what is no news besides.
    """
    spec, seed = read_way(options), options["seed"]
    parents, failures = templates(inputs["crystals"])
    known, more = templates(inputs.get("known", ()))
    if not parents:
        raise InvalidSpecError(
            "No crystal can be a template" + (f": {failures[0].message}" if failures else "."),
            hint="Give ordered crystals.",
        )
    chances = likelihood(spec.source, (*parents, *known), seed=seed)
    make: Any = decorate if isinstance(spec, DecorationSpec) else substitute
    found, made = make(
        parents, chances, spec, seed=seed, known=known, on_progress=resources.on_progress,
        should_stop=resources.should_stop,
    )  # fmt: skip
    counts = {**summary(made, len(found)), "pairs_mined": chances.pairs, "near_duplicates": 0}
    if options["duplicates"] > 0 and len(found):
        old = () if spec.exclude_known == "none" else tuple(t.crystal for t in (*parents, *known))
        near = grid_duplicates(
            found, options["duplicates"], known=old, on_progress=resources.on_progress,
            should_stop=resources.should_stop,
        )  # fmt: skip
        found = found[~near]
        counts |= {"near_duplicates": int(near.sum()), "candidates": len(found)}
    return {**_used(found).arrays(), "made": np.array(json.dumps(counts))}, failures + more


def _used(found: Candidates) -> Candidates:
    """Only the templates that candidates come from."""
    places, template = np.unique(found.template, return_inverse=True)
    return replace(
        found, templates=tuple(found.templates[i] for i in places.tolist()),
        template=template.ravel(),
    )  # fmt: skip


def angstrom(name: str, value: Any) -> float:
    """A distance that may be zero. Raises: InvalidSpecError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e3:
        raise InvalidSpecError(f"{name} is {value!r}.", hint="Give angstrom, or 0 for none.")
    return float(value)


def as_mapping(name: str, value: Any) -> Mapping[str, Any]:
    """Raises: InvalidSpecError for what is no mapping."""
    if not isinstance(value, Mapping):
        raise InvalidSpecError(f"{name} is {value!r}.", hint="Write its options.")
    return value


TASKS.register(
    Task(
        key="candidates",
        title="Candidates",
        summary="New crystals by element substitution or by decorating prototypes.",
        resolve=resolve_candidates,
        run=run_candidates,
        stages=(("substituting elements", 1.0), ("looking for duplicates", 1.0)),
    )
)
