"""Models on the binaries: errors beside what was asked and the baseline."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks import inputs
from benchmarks.context import Context
from benchmarks.timing import Comparison, compare
from core.evaluation import Trial
from core.io import read
from core.labs.bulk_modulus import ASKED, Asked, describe_all, figures, try_model

_UNITS = {"mae": "GPa", "log10_mae": "log10", "half": "share of the error of all"}


def rows(context: Context) -> Iterator[Comparison]:
    """Errors over seeds."""
    crystals = read([inputs.binaries_file()], examine=False).crystals
    seeds = range(1 if context.quick else 5)
    data = describe_all(crystals, ASKED, processes=2)
    for asked in ASKED:
        trials = [try_model(asked, *data, seeds=[seed], threads=2)[0] for seed in seeds]
        yield from _errors(asked, trials)


def _errors(asked: Asked, trials: list[Trial]) -> Iterator[Comparison]:
    each = [figures([trial]) for trial in trials]
    name = f"{asked.name}: bulk modulus, {len(trials[0].truth)} tested of 5 x that, 80:20"
    about = f"{len(trials)} seeds, mean absolute errors; {asked.literature}".rstrip("; ")
    yield compare(
        [f["mae"] for f in each], [f["mae_baseline"] for f in each], name=name,
        peer="trivial baseline", unit="GPa", note=about,
    )  # fmt: skip
    for metric, least, most in asked.bounds:
        mean = float(np.mean([f[metric] for f in each]))
        if metric == "coverage":
            middle = (least + most) / 2
            yield compare(
                [mean], [middle], name=f"{name}, 95% intervals", peer="share they are to cover",
                unit="share", difference=abs(mean - middle), tolerance=(most - least) / 2,
                note="mean over seeds",
            )  # fmt: skip
        else:
            yield compare(
                [mean], [most], name=f"{name}, {metric}", peer="error allowed",
                unit=_UNITS[metric], gate=1.0, note="mean over seeds",
            )  # fmt: skip
