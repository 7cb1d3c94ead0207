"""Stable crystals among decorated prototypes, found before anything is relaxed.

The retrospective screening of Goodall's thesis (sections 6.4.2, 6.5, 6.6; Sci. Adv. 8 (2022)
eabn4117, doi 10.1126/sciadv.abn4117), on the embedded set: chemical systems are left out whole, a
model learns formation energies of the rest, and the crystals of the systems left out are judged by
their predicted distance to a convex hull, with and without the model's uncertainty. Inputs are
those at hand before relaxation: decorated prototypes with cells from radii, and what follows from
them (composition, space group, GRID). Elements are references and known to every model.

Two hulls are asked of. `joint`: of the known phases and all other candidates at their predicted
energies, as in 6.5; the truth is the set's own hull, below or on which half of the crystals lie.
`known`: of the known phases alone, as in 6.6; for a new binary system that is the elements alone,
so most candidates are below it and there is little to enrich.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

import numpy as np

from core.data import load_embedded
from core.data.prototype_elastic import unrelaxed
from core.errors import ConvergenceError, InvalidSpecError
from core.evaluation.splits import GroupSpec, make_folds
from core.geometry.prototype_label import prototype_label
from core.models.base import MODELS, Context, ModelSpec, fit
from core.models.feature_sets import GIVEN
from core.models.inputs import Block, Inputs, Needs, prepare
from core.models.targets import Target
from core.screening.hull import Hull, Phases
from core.types import Crystal, FloatArray, IntArray, Progress, ShouldStop

SET = "prototype-elastic"
FORMATION = "formation_energy_eV_per_atom"
TEST_SHARE = 0.3
STATES = ("unrelaxed", "relaxed-unrelaxed", "relaxed")
"""What a model was trained on and what it then saw; the last needs relaxed candidates."""

HULLS = ("joint", "known")


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """The set as models see it, before and after relaxation, with what is true of it.

    Attributes:
        crystals: relaxed, in the order of all else.
        before, after: inputs of the n crystals unrelaxed and relaxed.
        phases: their formation energies, eV per atom.
        distance: (n,) true energy above the hull of all others, eV per atom; negative for those
            that make the hull.
        elemental: (n,) whether it is of one element.
    """

    crystals: tuple[Crystal, ...]
    before: Inputs
    after: Inputs
    phases: Phases
    distance: FloatArray
    elemental: Any


def describe(
    needs: Needs,
    *,
    systems: Collection[str] = (),
    processes: int = 1,
    threads: int = 1,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Described:
    """The embedded set for models of these needs.

    Args:
        systems: elements; only crystals made of these alone, and hulls of these. All when empty.

    Raises: JobCancelled; what `prepare` raises.
    """
    options: dict[str, Any] = {
        "processes": processes, "threads": threads, "on_progress": on_progress,
        "should_stop": should_stop,
    }  # fmt: skip
    relaxed, start = load_embedded(SET), unrelaxed()
    if systems:
        wanted = [set(c.elements) <= set(systems) for c in relaxed]
        relaxed, start = tuple(compress(relaxed, wanted)), tuple(compress(start, wanted))
    computed = Needs(tuple(t for t in needs.features if not t.is_given), needs.distances)
    before, kept, _ = prepare(start, computed, **options)
    after, kept_after, _ = prepare(relaxed, computed, **options)
    both = np.intersect1d(kept, kept_after)
    labels = label_block([start[i] for i in both.tolist()])
    crystals = tuple(relaxed[i] for i in both.tolist())
    phases, _ = Phases.of(crystals, FORMATION)
    return Described(
        crystals,
        _with(labels, before[np.searchsorted(kept, both)]),
        _with(labels, after[np.searchsorted(kept_after, both)]),
        phases, Hull(phases).leave_one_out(), np.array([len(c.elements) == 1 for c in crystals]),
    )  # fmt: skip


def label_block(crystals: Sequence[Crystal]) -> Block:
    """(n, n_labels) which prototype label each crystal has, its elements left out: zeros and ones.

    The label orders elements by the alphabet, so that one prototype may have several; a crystal in
    which no symmetry is found has none.
    """
    found = []
    for crystal in crystals:
        try:
            found.append(prototype_label(crystal).partition(":")[0])
        except ConvergenceError:
            found.append("")
    names = sorted(set(found) - {""})
    values = np.array([[name == label for label in names] for name in found], dtype=np.float64)
    return Block(values.reshape(len(found), len(names)), tuple(names))


def _with(labels: Block, inputs: Inputs) -> Inputs:
    """The inputs with the labels as the table that feature sets call `given`."""
    return replace(inputs, blocks={**inputs.blocks, GIVEN: labels})


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One model on the candidates of one split.

    Attributes:
        seed, state: which split, and what the model was trained on and saw.
        rows: (n,) candidates, into the described set.
        truth, mean, std: (n,) formation energies, eV per atom.
        parts: (n_parts, n) other uncertainties the model states, with their names.
        part_names: of `parts`.
        joint, known: (n,) predicted energy above either hull.
        true_joint, true_known: (n,) the same of the true energies.
        seconds: of the fit.
    """

    seed: int
    state: str
    rows: IntArray
    truth: FloatArray
    mean: FloatArray
    std: FloatArray
    parts: FloatArray
    part_names: tuple[str, ...]
    joint: FloatArray
    known: FloatArray
    true_joint: FloatArray
    true_known: FloatArray
    seconds: float

    def distances(self, hull: str) -> tuple[FloatArray, FloatArray]:
        """True and predicted distance to one of `HULLS`. Raises: InvalidSpecError."""
        if hull not in HULLS:
            raise InvalidSpecError(f"There is no hull {hull!r}.", hint="Known: joint, known.")
        if hull == "joint":
            return self.true_joint, self.joint
        return self.true_known, self.known

    def uncertainty(self, name: str) -> FloatArray:
        """(n,) the stated deviation (`std`) or a part of it. Raises: InvalidSpecError."""
        if name == "std":
            return self.std
        if name not in self.part_names:
            raise InvalidSpecError(
                f"The model states no {name!r}.", hint="Known: std, " + ", ".join(self.part_names)
            )
        return self.parts[self.part_names.index(name)]


def split(described: Described, seed: int, share: float = TEST_SHARE) -> tuple[IntArray, IntArray]:
    """Training rows and candidates: whole chemical systems are left out, elements never."""
    spec = GroupSpec(by="chemical-system", repeats=1, test_share=share)
    fold = make_folds("group", described.crystals, spec=spec, seed=seed)[0]
    test = fold.test[~described.elemental[fold.test]]
    return np.setdiff1d(np.arange(len(described.crystals)), test), test


def try_states(
    described: Described,
    model: str,
    spec: ModelSpec,
    seed: int,
    *,
    states: Sequence[str] = STATES,
    share: float = TEST_SHARE,
    context: Context | None = None,
) -> tuple[Trial, ...]:
    """One trial for each state, of the split of a seed; a model is fitted once for two of them.

    Raises: InvalidSpecError for an unknown state; what `fit` raises; JobCancelled.
    """
    if unknown := [s for s in states if s not in STATES]:
        raise InvalidSpecError(f"There is no state {unknown[0]!r}.", hint=", ".join(STATES))
    train, test = split(described, seed, share)
    quiet = replace(context or Context(), on_progress=None)
    target = Target(FORMATION, described.phases.energies[train])
    trials = []
    for learnt in (described.before, described.after):
        own = "unrelaxed" if learnt is described.before else "relaxed"
        wanted = [s for s in states if s.split("-")[0] == own]
        if not wanted:
            continue
        fitted = fit(model, learnt[train], target, spec=spec, seed=seed, context=quiet)
        for state in wanted:
            seen = described.after if state == "relaxed" else described.before
            p = fitted.predict(seen[test], context=quiet)
            trials.append(
                _trial(described, train, test, seed, state, p.mean, p.std, p.parts, fitted.seconds)
            )
    return tuple(trials)


def _trial(
    described: Described,
    train: IntArray,
    test: IntArray,
    seed: int,
    state: str,
    mean: FloatArray,
    std: FloatArray,
    parts: Sequence[tuple[str, FloatArray]],
    seconds: float,
) -> Trial:
    """Put predictions on both hulls."""
    known, shares = described.phases[train], described.phases.shares[test]
    truth, floor = described.phases.energies[test], Hull(known).energies(shares)
    predicted = Hull(known + Phases(shares, mean)).leave_one_out()[len(train) :]
    kept = [(name, values) for name, values in parts if name in UNCERTAINTIES]
    return Trial(
        seed, state, test, truth, mean, std,
        np.array([values for _, values in kept]).reshape(len(kept), len(test)),
        tuple(name for name, _ in kept), predicted, mean - floor,
        described.distance[test], truth - floor, seconds,
    )  # fmt: skip


UNCERTAINTIES = ("process_std", "trees_std", "disagreement")
"""Parts of the averaged model's deviation; each is tried as the uncertainty by itself."""


def default_spec(model: str, options: dict[str, Any] | None = None) -> ModelSpec:
    """The spec of a model with these options. Raises: UnknownNameError, InvalidSpecError."""
    return MODELS[model].spec_type.from_dict(options or {})
