"""Task `zeolites`: the parts of the zeolite lab. It brings the public set along itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError
from core.jobs.base import TASKS, Inputs, Resources, Task, only
from core.labs import (
    zeolites as lab,
)
from core.labs import (
    zeolites_frameworks as frameworks,
)
from core.labs import (
    zeolites_geometry as geometry,
)
from core.labs import (
    zeolites_intervals as intervals,
)
from core.labs import (
    zeolites_reasons as reasons,
)
from core.labs import (
    zeolites_stages as stages,
)
from core.labs import (
    zeolites_trials as trials,
)
from core.models import Context
from core.types import Failure

Outputs = tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]
PARTS = ("families", "reasons", "stages", "intervals", "geometry", "frameworks")
_OPTIONS = ("part", "repeats", "seed")
_MOST = 200


def resolve(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options and what the numbers hang on. Raises: InvalidSpecError."""
    only("zeolites", options, _OPTIONS)
    part, repeats, seed = (options[name] for name in _OPTIONS)
    if part not in PARTS:
        raise InvalidSpecError(
            f"The zeolite lab has no part {part!r}.", hint="Parts: " + ", ".join(PARTS) + "."
        )
    for name, value, most in (("repeats", repeats, _MOST), ("seed", seed, 2**32 - 1)):
        least = 1 if name == "repeats" else 0
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise InvalidSpecError(
                f"{name} is {value!r}.", hint=f"Give a whole number from {least} to {most}."
            )
    return {"part": part, "repeats": repeats, "seed": seed, "lab": lab.digest()}


@lru_cache(maxsize=1)
def _kept(digest: str) -> list[lab.Zeolites]:
    """The described set of this process: parts that follow one another share it."""
    return []


def zeolites(context: Context) -> lab.Zeolites:
    """The set, described once a process. Raises: DatasetUnavailableError, JobCancelled."""
    kept = _kept(lab.digest())
    if not kept:
        kept.append(lab.load_zeolites(context))
    return kept[0]


def run_zeolites(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> Outputs:
    """Arrays of one part, each said where it is made.

    Raises: DatasetUnavailableError without network, cache and mirror; ComputeError when none of
        the crystals is a framework; JobCancelled.
    """
    resolve(options)
    context = Context(
        threads=resources.threads, on_progress=resources.on_progress,
        should_stop=resources.should_stop,
    )  # fmt: skip
    data = zeolites(context)
    if options["part"] == "frameworks":
        return _frameworks(data, inputs, options["seed"], context)
    how = {"repeats": options["repeats"], "seed": options["seed"], "context": context}
    make = {"families": _families, "reasons": _reasons, "stages": _stages,
            "intervals": _intervals, "geometry": _geometry}[options["part"]]  # fmt: skip
    out = make(data, how)
    return {"ids": np.array(data.ids, dtype=np.str_), "targets": data.values, **out}, ()


def _portion(context: Context, start: float, end: float) -> Context:
    """A context whose progress is a part of the whole, told in hundredths."""
    tell = context.on_progress
    if tell is None:
        return context

    def portion(done: int, total: int, what: str) -> None:
        tell(round(100 * (start + (end - start) * done / max(1, total))), 100, trials.FITTING)

    return replace(context, on_progress=portion)


def _by_target(how: dict[str, Any], last: float = 1.0) -> list[dict[str, Any]]:
    """The same for each target, whose progress ends at `last` for the second."""
    share = last / len(lab.TARGETS)
    return [
        {**how, "context": _portion(how["context"], i * share, (i + 1) * share)}
        for i in range(len(lab.TARGETS))
    ]


def _families(data: lab.Zeolites, how: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """`predicted` (2, n_models, n_repeats, n), `repeats`, `picked`, `groups`, `mild`, `angles`."""
    each = zip(lab.TARGETS, _by_target(how, 0.96), strict=True)
    found = [trials.try_families(data, key, **part) for key, part in each]
    picked = [f"{i}\t{n}\t{name}" for i, t in enumerate(found) for name, n in t.picked.items()]
    return {
        "predicted": np.array([t.predicted for t in found]),
        "repeats": np.array([t.repeats for t in found]),
        "groups": np.array([t.groups for t in found]),
        "picked": np.array(picked, dtype=np.str_),
        "mild": trials.try_mild(data, **{**how, "context": _portion(how["context"], 0.96, 1.0)}),
        "angles": data.angles,
    }


def _reasons(data: lab.Zeolites, how: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """For target i and family f `impurity_i_f` (n_seeds, d), `names_i_f`, `near_i_f`; `grid_i`,
    `average_i`, `curves_i` of the angle, `_short` of the shortest distance; `angles`, `shortest`.
    """
    out: dict[str, NDArray[Any]] = {}
    for i, part in enumerate(_by_target(how)):
        key = lab.TARGETS[i]
        found = reasons.find_reasons(data, key, seed=part["seed"], context=part["context"])
        for family, importances in found.impurity.items():
            out[f"impurity_{i}_{family}"] = importances.draws
            out[f"names_{i}_{family}"] = np.array(importances.names, dtype=np.str_)
            near = ["\t".join(group) for group in found.near[family]]
            out[f"near_{i}_{family}"] = np.array(near, dtype=np.str_)
        for name, curve in (("", found.dependence), ("_short", found.second)):
            out[f"grid_{i}{name}"] = curve.grids[0]
            out[f"average_{i}{name}"] = curve.average
            out[f"curves_{i}{name}"] = curve.individual
            out[f"column{name}"] = curve.values[:, 0]
            out[f"label{name}"] = np.array(curve.names[0])
    return out


def _stages(data: lab.Zeolites, how: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """`errors` (2, n_settings, n_stages), `stages`, `settings`."""
    each = zip(lab.TARGETS, _by_target(how), strict=True)
    return {
        "errors": np.array([stages.stage_errors(data, key, **part) for key, part in each]),
        "stages": stages.stage_numbers(),
        "settings": np.array([s.name for s in stages.settings()], dtype=np.str_),
    }


def _intervals(data: lab.Zeolites, how: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """The fields of `Held`, each with the number of the target at its end."""
    out: dict[str, NDArray[Any]] = {}
    for i, part in enumerate(_by_target(how)):
        held = intervals.hold_out(data, lab.TARGETS[i], **part)
        for name in ("method", "split", "crystal", "truth", "mean", "intervals", "levels"):
            out[f"{name}_{i}"] = getattr(held, name)
    return out


def _geometry(data: lab.Zeolites, how: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """The fields of `Geometry`, and `amplitudes`."""
    how = {**how, "context": _portion(how["context"], 0.0, 1.0)}
    found = geometry.compare_geometries(data, **how)
    names = ("called_optimised", "starting", "deposited", "density", "rattled", "angles")
    return {name: getattr(found, name) for name in names} | {
        "amplitudes": np.array(geometry.RATTLES_A)
    }


def _frameworks(data: lab.Zeolites, inputs: Inputs, seed: int, context: Context) -> Outputs:
    """The fields of `Frameworks`."""
    found, failures = frameworks.ask(data, inputs["crystals"], seed=seed, context=context)
    names = ("shown", "trained", "angle", "boosted", "process", "std")
    return {
        "ids": np.array(found.ids, dtype=np.str_),
        "outside": np.array(found.outside, dtype=np.str_),
        **{name: getattr(found, name) for name in names},
        "train_values": data.values, "train_angles": data.angles,
        "train_ids": np.array(data.ids, dtype=np.str_),
    }, failures  # fmt: skip


TASKS.register(
    Task(
        key="zeolites", title="Zeolite lab",
        summary="A part of the work on thermal properties of zeolites, computed again.",
        resolve=resolve, run=run_zeolites,
        stages=(("describing crystals", 1.0), (trials.FITTING, 12.0)),
    )
)  # fmt: skip
