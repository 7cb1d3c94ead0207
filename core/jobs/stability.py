"""Task `stability`: the retrospective screening of the embedded set, seed by seed.

    {"model": {"key": "averaged"}, "seeds": 5, "test_share": 0.3,
     "states": ["unrelaxed", "relaxed-unrelaxed", "relaxed"]}

Needs no crystals: the set comes with Gridscope. Trials are kept as they are finished.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError
from core.jobs.base import TASKS, Inputs, Resources, Task, only
from core.jobs.learn import read_choice
from core.labs import stability_figures as figures
from core.labs.stability import SET, STATES, Described, Trial, describe, try_states
from core.labs.stability_findings import findings
from core.labs.stability_kept import VERSION, load_trial, save_trial, trial_key
from core.models import MODELS, Context
from core.models.base import ModelSpec
from core.store.home import home
from core.types import Failure

OPTIONS = ("model", "seeds", "test_share", "states")
OUTPUTS = 2  # raised whenever what is told of the trials changes
KS = (0.0, 1.0)  # standard deviations, of histograms and precision against recall


def resolve(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options with their defaults. Raises: InvalidSpecError, UnknownNameError."""
    only("stability", options, OPTIONS)
    key, spec = read_choice(options["model"], MODELS, "model")
    seeds, share, states = options["seeds"], options["test_share"], options["states"]
    if isinstance(seeds, bool) or not isinstance(seeds, int) or not 1 <= seeds <= 100:
        raise InvalidSpecError(f"seeds is {seeds!r}.", hint="Give a whole number from 1 to 100.")
    if not isinstance(share, float) or not 0 < share <= 0.9:
        raise InvalidSpecError(f"test_share is {share!r}.", hint="Give a share up to 0.9.")
    if not isinstance(states, list) or not states or any(s not in STATES for s in states):
        raise InvalidSpecError(f"states is {states!r}.", hint="Some of: " + ", ".join(STATES))
    return {
        "model": {"key": key, "version": MODELS[key].version, **spec.to_dict()},
        "needs": MODELS[key].needs(spec).to_dict(), "seeds": seeds, "test_share": share,
        "states": states, "set": SET, "trials": VERSION, "outputs": OUTPUTS,
    }  # fmt: skip


def run_stability(
    inputs: Inputs, options: Mapping[str, Any], resources: Resources
) -> tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]:
    """Rows, curves and histograms, see `outputs_of`."""
    key, spec = read_choice(options["model"], MODELS, "model")
    described = describe(
        MODELS[key].needs(spec), processes=resources.processes, threads=resources.threads,
        on_progress=resources.on_progress, should_stop=resources.should_stop,
    )  # fmt: skip
    folder = home() / "labs" / "stability" if resources.use_store else None
    trials: list[Trial] = []
    for seed in range(options["seeds"]):
        if resources.on_progress:
            resources.on_progress(seed, options["seeds"], "fitting and testing")
        trials += trials_of(described, key, spec, seed, options, resources, folder)
    return outputs_of(trials, options["states"]), ()


def trials_of(
    described: Described,
    key: str,
    spec: ModelSpec,
    seed: int,
    options: Mapping[str, Any],
    resources: Resources,
    folder: Path | None,
) -> list[Trial]:
    """The trials of a seed: those kept on disk, and those that are missing."""
    share, states = options["test_share"], options["states"]
    name = trial_key(described, key, spec, seed, share)
    found = [load_trial(folder, name, s) if folder else None for s in states]
    missing = [s for s, t in zip(states, found, strict=True) if t is None]
    context = Context(threads=resources.threads, should_stop=resources.should_stop)
    made = try_states(described, key, spec, seed, states=missing, share=share, context=context)
    for trial in made if folder else ():
        save_trial(folder, name, trial)  # type: ignore[arg-type]
    by_state = {t.state: t for t in (*made, *(t for t in found if t is not None))}
    return [by_state[s] for s in states]


def outputs_of(trials: Sequence[Trial], states: Sequence[str]) -> dict[str, NDArray[Any]]:
    """What a page shows.

    `row_state`, `row_hull`, `row_uncertainty`, `row_k`, `row_rule`, `row_quantity`, `row_mean`,
    `row_low`, `row_high` (n_rows,), `row_values` (n_rows, n_seeds): see `stability_figures.Row`;
    `states`; `fractions` (100,), `near` (n_near,), `enrichment` (n_states, n_near, n_seeds, 100);
    `precision`, `recall` (n_states, n_k, n_seeds, 100), `ks`; `edges` (61,), `histograms`
    (n_states, n_k, 2, 4, 60); `centers` (101,), `rolling` (n_states, 3, 101); `kept` (191,),
    `uncertainties` (n_uncertainties,), `confidence` (n_states, n_uncertainties, 2, 191), `areas`
    (n_states, n_uncertainties): error against confidence; `candidates` (n_seeds,) how many;
    `claims`, `measured`, `verdicts`, `notes` (n_findings,), empty unless all states were tried with
    several seeds.
    """
    rows = figures.rows(trials)
    several = len(trials) > len(states)
    told = findings(rows) if set(states) == set(STATES) and several else ()
    columns = ("state", "hull", "uncertainty", "k", "rule", "quantity", "mean", "low", "high")
    trusted = [figures.confidence(trials, s) for s in states]
    curves = [[figures.precision_recall(trials, s, k) for k in KS] for s in states]
    return {
        **{f"row_{name}": np.array([getattr(r, name) for r in rows]) for name in columns},
        "row_values": np.array([r.values for r in rows]),
        "states": np.array(list(states)), "fractions": figures.FRACTIONS,
        "near": np.array(figures.NEAR), "ks": np.array(KS),
        "enrichment": np.array(
            [[figures.enrichment_curves(trials, s, near) for near in figures.NEAR] for s in states]
        ),
        "precision": np.array([[p for p, _ in pairs] for pairs in curves]),
        "recall": np.array([[r for _, r in pairs] for pairs in curves]),
        "edges": figures.EDGES, "centers": figures.CENTERS,
        "histograms": np.array([[figures.histograms(trials, s, k) for k in KS] for s in states]),
        "rolling": np.array([figures.rolling(trials, s) for s in states]),
        "kept": figures.KEPT, "uncertainties": np.array(["std", *trials[0].part_names]),
        "confidence": np.array([curve for curve, _ in trusted]),
        "areas": np.array([area for _, area in trusted]),
        "candidates": np.array([len(t.rows) for t in trials if t.state == states[0]]),
        "claims": np.array([f.claim for f in told], dtype=np.str_),
        "measured": np.array([f.measured for f in told], dtype=np.str_),
        "verdicts": np.array([f.verdict for f in told], dtype=np.str_),
        "notes": np.array([f.note for f in told], dtype=np.str_),
    }  # fmt: skip


TASKS.register(
    Task(
        key="stability",
        title="Lab: stability",
        summary="Screen the embedded set for stable crystals in chemical systems left out.",
        resolve=resolve,
        run=run_stability,
        stages=(("describing crystals", 1.0), ("fitting and testing", 5.0)),
        finished="seeds",
    )
)
