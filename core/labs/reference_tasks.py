"""Two tasks of the field beside what was asked of each model: perovskites and phonons.

Perovskites: heat of formation of 3,787 cubic ABX3 crystals, 80:20, 3 seeds. ABX3 and BAX3 have the
same composition and nearly the same distances, so a distance that knows which element sits where is
needed (`group-composition-emd`). Phonons: the highest frequency of the phonon density of states
of 1,265 crystals, in the five parts that Matbench cuts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation import Trial, evaluate
from core.evaluation.base import Fold
from core.evaluation.splits import RandomSpec, make_folds
from core.labs.bulk_modulus import Asked
from core.metrics import METRICS
from core.models.base import MODELS, Context
from core.models.inputs import Inputs, Needs, prepare
from core.models.targets import Target, read_target
from core.types import Crystal

MATBENCH_SEED = 18012019  # of the parts of every regression task of Matbench
_PARTS = 5


@dataclass(frozen=True, slots=True)
class ReferenceTask:
    """A public data set, its property and what was asked of models on it.

    Attributes:
        name: for tables.
        data_set: key of the public set.
        key: the property.
        unit: of its errors.
        seeds: number of 80:20 splits; 0 for the parts of Matbench.
        asked: models with bounds on their errors, and what the literature reaches.
    """

    name: str
    data_set: str
    key: str
    unit: str
    seeds: int
    asked: tuple[Asked, ...]

    @property
    def needs(self) -> Needs:
        """What all the models together need of the crystals."""
        total = Needs()
        for entry in self.asked:
            total += MODELS[entry.model].needs(entry.spec)
        return total


def _asked(name: str, model: str, bound: float, literature: str, **options: str) -> Asked:
    return Asked(
        name, model, tuple(options.items()), grouped=False, reference=False, intervals=False,
        bounds=(("mae", 0.0, bound),), literature=literature,
    )  # fmt: skip


_CELL = (
    "Matbench perovskites: 0.045 by CGCNN in eV per cell, on 18,928 crystals, so five times as "
    "many to learn from, and other splits: not comparable"
)
_MATBENCH = (
    "Matbench phonons, the same crystals and parts made by the same rule (not checked against its "
    "published lists): 29.5 by ALIGNN, 34.3 by MODNet, 68.0 by a random forest: comparable"
)
_SITES = "group-composition-emd"
# Twelve neighbours: the shells of A, B and X in a cubic perovskite. A hundred tell less of who sits
# where (leave-one-out error within the training crystals 0.128 eV/atom, with twelve 0.117).
_BOTH_AXES = (
    f"grid-emd+{_SITES}(n_groups=12)+{_SITES}(n_groups=12,axis=modified_pettifor)"
)  # fmt: skip
PEROVSKITES = ReferenceTask(
    name="Perovskites, heat of formation",
    data_set="perov-5-val",
    key="heat_of_formation_all_eV_per_atom",
    unit="eV/atom",
    seeds=3,
    asked=(
        _asked("Kernel ridge, GRID + group composition", "kernel-ridge", 0.125, _CELL,
               metric=f"grid-emd+{_SITES}(n_groups=12)"),
        _asked("Kernel ridge, GRID + group composition on two axes + Magpie + simple",
               "kernel-ridge", 0.10, _CELL, metric=_BOTH_AXES,
               features="composition_statistics+structure_features"),
    ),
)  # fmt: skip
PHONONS = ReferenceTask(
    name="Phonons, highest frequency",
    data_set="matbench-phonons",
    key="last_phdos_peak_1_cm",
    unit="1/cm",
    seeds=0,
    asked=(
        _asked("Kernel ridge, GRID + composition", "kernel-ridge", 70.0, _MATBENCH,
               target_scale="log"),
        _asked("Averaged", "averaged", 38.0, _MATBENCH, target_scale="log"),
    ),
)  # fmt: skip
REFERENCE_TASKS = (PEROVSKITES, PHONONS)


def describe_task(
    task: ReferenceTask, crystals: Sequence[Crystal], *, threads: int = 1, processes: int = 1
) -> tuple[Inputs, Target, tuple[Crystal, ...]]:
    """Inputs, targets and crystals of a task, described once for all its models.

    Raises: what `read_target` and `prepare` raise.
    """
    target, kept, _ = read_target(crystals, task.key)
    usable = [crystals[i] for i in kept.tolist()]
    inputs, rows, _ = prepare(usable, task.needs, threads=threads, processes=processes)
    return inputs, target[rows], tuple(usable[i] for i in rows.tolist())


def task_folds(task: ReferenceTask, crystals: Sequence[Crystal]) -> list[Fold]:
    """An 80:20 split of each seed, or the five parts of Matbench."""
    if not task.seeds:
        return matbench_folds(len(crystals))
    spec = RandomSpec(repeats=1)
    return [make_folds("random", crystals, spec=spec, seed=s)[0] for s in range(task.seeds)]


def matbench_folds(count: int) -> list[Fold]:
    """The five parts of a Matbench regression task, for its crystals in the order of the file."""
    from sklearn.model_selection import KFold

    parts = KFold(_PARTS, shuffle=True, random_state=MATBENCH_SEED).split(np.arange(count))
    return [Fold(train, test, f"Matbench part {i}") for i, (train, test) in enumerate(parts)]


def try_task(
    task: ReferenceTask,
    asked: Asked,
    inputs: Inputs,
    target: Target,
    crystals: Sequence[Crystal],
    *,
    threads: int = 1,
) -> Trial:
    """The model on every fold of the task."""
    return evaluate(
        asked.model, inputs, target, task_folds(task, crystals), spec=asked.spec,
        context=Context(threads=threads),
    )  # fmt: skip


def errors(trial: Trial) -> tuple[float, float]:
    """Mean over the folds of the absolute errors: of the model, and of the trivial baseline."""
    compute = METRICS["mae"].compute
    own = [compute(r.truth, r.prediction.mean) for r in trial.results]
    trivial = [compute(r.truth, r.baseline) for r in trial.results]
    return float(np.mean(own)), float(np.mean(trivial))
