"""New crystals from known ones: all sites of an element take another, the likeliest first.

After Goodall et al., Sci. Adv. 8 (2022) eabn4117 (doi 10.1126/sciadv.abn4117), section 6.7 of the
thesis, and Hautier et al., Inorg. Chem. 50 (2011) 656 (doi 10.1021/ic102031h).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.elements import ATOMIC_NUMBERS
from core.errors import InvalidSpecError, JobCancelled
from core.registry import Spec, option
from core.screening.candidates import Candidates, reduced_formula
from core.screening.charges import balanced
from core.screening.likelihood import SOURCES, Likelihood
from core.screening.radii import CHOICES, radii
from core.screening.templates import Template
from core.types import FloatArray, IntArray, Progress, ShouldStop

GROUPS: Mapping[str, tuple[str, ...]] = {
    "noble-gases": tuple("He Ne Ar Kr Xe Rn Og".split()),
    "lanthanides": tuple("La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu".split()),
    "actinides": tuple("Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr".split()),
    "short-lived": tuple("Tc Pm Po At Rn Fr Ra Ac Pa Np Pu Am Cm Bk Cf Es Fm Md No Lr".split()),
}
"""Names that stand for several elements among the exclusions."""

DRAWS = ("ranked", "sampled")
KNOWN = ("composition", "structure", "none")
_CHOICES = {1: 118, 2: 118, 3: 40, 4: 18, 5: 10}  # likeliest elements tried for each kind
_FEW = 6  # for templates of more kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstitutionSpec(Spec):
    """Options of element substitution."""

    source: str = option(
        "mined", label="Likelihoods", choices=SOURCES,
        help="mined from the loaded crystals; ions: known ionic crystals (Hautier et al.); "
        "mendeleev: neighbours on that axis; uniform: all alike.",
    )  # fmt: skip
    per_parent: int = option(
        10, label="Per parent", ge=1, le=1000, help="Candidates made from each parent, at most."
    )
    count: int = option(
        100_000, label="Candidates", ge=1, le=2_000_000, help="Kept in all, the likeliest first."
    )
    max_changed: int = option(
        2, label="Elements changed", ge=1, le=5, help="At most so many elements of a parent."
    )
    draw: str = option(
        "ranked", label="Draw", choices=DRAWS,
        help="ranked: the likeliest; sampled: by their probabilities, with the seed.",
    )  # fmt: skip
    exclude: tuple[str, ...] = option(
        ("noble-gases",), label="Excluded",
        help="Elements, or noble-gases, lanthanides, actinides, short-lived.",
    )  # fmt: skip
    exclude_known: str = option(
        "composition", label="What counts as known", choices=KNOWN,
        help="Leave out candidates whose composition, or whose prototype label, is known.",
    )  # fmt: skip
    radii: str = option(
        "library", label="Radii", choices=CHOICES,
        help="By which cells are rescaled: those the loaded crystals' contacts show, or covalent.",
    )  # fmt: skip
    charge_balance: bool = option(
        False, label="Charge balance", help="Only what common oxidation states make neutral."
    )
    max_atoms: int = option(
        60, label="Atoms of a parent", ge=1, le=2000, help="Larger parents are left out."
    )

    def __post_init__(self) -> None:
        Spec.__post_init__(self)
        excluded_numbers(self.exclude)


def excluded_numbers(names: Sequence[str]) -> frozenset[int]:
    """Atomic numbers of elements and groups. Raises: InvalidSpecError for an unknown name."""
    found: set[int] = set()
    for name in names:
        members = GROUPS.get(name, (name,))
        for symbol in members:
            if symbol not in ATOMIC_NUMBERS:
                raise InvalidSpecError(
                    f"{name!r} is neither an element nor a group of them.",
                    hint="Groups: " + ", ".join(GROUPS) + ".",
                )
            found.add(ATOMIC_NUMBERS[symbol])
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Made:
    """What became of all that was thought of.

    Attributes:
        parents: used; larger ones, and those without likely substitutions, are not.
        proposed: candidates before anything was removed.
        known: removed as known.
        duplicates: removed as the same formula and prototype as a likelier one.
        unlikely: removed because enough likelier ones were left.
    """

    parents: int
    proposed: int
    known: int
    duplicates: int
    unlikely: int


def substitute(
    parents: Sequence[Template],
    likelihood: Likelihood,
    spec: SubstitutionSpec,
    *,
    seed: int = 0,
    known: Sequence[Template] = (),
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> tuple[Candidates, Made]:
    """Candidates, the likeliest first; ties go to the earlier parent.

    Args:
        known: crystals whose compositions or prototypes are no news, besides the parents.

    Raises: JobCancelled; InvalidSpecError.
    """
    used = [t for t in parents if sum(t.amounts) <= spec.max_atoms]
    logs = log_table(likelihood, excluded_numbers(spec.exclude))
    rng, sizes = np.random.default_rng(seed), radii(spec.radii, [*parents, *known])
    width = max((len(t.kinds) for t in used), default=1)
    ranked: dict[tuple[int, ...], tuple[IntArray, FloatArray]] = {}
    rows: list[IntArray] = []
    values: list[FloatArray] = []
    places: list[IntArray] = []
    scales: list[FloatArray] = []
    for i, template in enumerate(used):
        if i % 200 == 0:
            if should_stop and should_stop():
                raise JobCancelled(f"stopped after {i} of {len(used)} parents")
            if on_progress:
                on_progress(i, len(used), "substituting elements")
        key = (*template.kinds, 0, *template.amounts) if spec.charge_balance else template.kinds
        if key not in ranked:
            ranked[key] = options_of(template, logs, spec)
        elements, log = ranked[key]
        chosen = _drawn(log, spec, rng)
        padded = np.zeros((len(chosen), width), dtype=np.int16)
        padded[:, : len(template.kinds)] = elements[chosen]
        rows.append(padded)
        values.append(log[chosen])
        places.append(np.full(len(chosen), i))
        scales.append(template.scales(elements[chosen], sizes))
    everything = _joined(tuple(used), rows, values, places, scales, width)
    return settle(everything, spec, [*parents, *known])


def log_table(likelihood: Likelihood, excluded: Collection[int]) -> FloatArray:
    """(119, 119) logarithms; nothing becomes an excluded element."""
    table = likelihood.table.copy()
    table[:, list(excluded)] = 0.0
    with np.errstate(divide="ignore"):
        return np.log(table)


def options_of(
    template: Template, logs: FloatArray, spec: SubstitutionSpec
) -> tuple[IntArray, FloatArray]:
    """All likely decorations (m, k) of a template's kinds, likeliest first, and their logarithms.

    For templates of three and more kinds only the likeliest elements of each are combined.
    """
    k = len(template.kinds)
    each = [np.argsort(-logs[z], kind="stable")[: _CHOICES.get(k, _FEW)] for z in template.kinds]
    grid = np.stack(np.meshgrid(*each, indexing="ij"), axis=-1).reshape(-1, k)
    log = sum(
        (logs[z][grid[:, i]] for i, z in enumerate(template.kinds)), start=np.zeros(len(grid))
    )
    changed = (grid != np.array(template.kinds)).sum(axis=1)
    keep = np.isfinite(log) & (changed >= 1) & (changed <= spec.max_changed)
    if k > 1:
        ordered = np.sort(grid, axis=1)
        keep &= (ordered[:, 1:] != ordered[:, :-1]).all(axis=1)
    grid, log = grid[keep], log[keep]
    if spec.charge_balance:
        fits = balanced(grid, template.amounts)
        grid, log = grid[fits], log[fits]
    order = np.argsort(-log, kind="stable")
    return grid[order].astype(np.int16), log[order]


def _drawn(log: FloatArray, spec: SubstitutionSpec, rng: np.random.Generator) -> IntArray:
    """Which of the ranked decorations are taken, in their order."""
    if spec.draw == "ranked" or len(log) <= spec.per_parent:
        return np.arange(min(len(log), spec.per_parent))
    # The largest of log p plus Gumbel noise are a sample without replacement.
    noisy = log + rng.gumbel(size=len(log))
    return np.sort(np.argpartition(-noisy, spec.per_parent)[: spec.per_parent])


def _joined(
    used: tuple[Template, ...],
    rows: list[IntArray],
    values: list[FloatArray],
    places: list[IntArray],
    scales: list[FloatArray],
    width: int,
) -> Candidates:
    n = sum(map(len, rows))
    if not n:
        empty = np.empty(0)
        return Candidates(used, np.empty(0, np.int64), np.empty((0, width), np.int16), empty, empty,
                          np.empty(0, np.str_), np.empty(0, np.str_))  # fmt: skip
    elements, template = np.concatenate(rows), np.concatenate(places)
    formulas, labels = [], []
    for place, numbers in zip(template.tolist(), elements.tolist(), strict=True):
        t = used[place]
        formulas.append(reduced_formula(numbers[: len(t.kinds)], t.amounts))
        labels.append(t.relabelled(numbers[: len(t.kinds)]))
    return Candidates(
        used, template, elements, np.concatenate(scales), np.exp(np.concatenate(values)),
        np.array(formulas), np.array(labels),
    )  # fmt: skip


def settle(
    proposed: Candidates, spec: SubstitutionSpec, known: Sequence[Template]
) -> tuple[Candidates, Made]:
    """Remove what is known, then copies of likelier candidates, then what exceeds the count."""
    order = np.argsort(-proposed.probability, kind="stable")
    ranked = proposed[order]
    fresh = np.ones(len(ranked), dtype=bool)
    if spec.exclude_known == "composition":
        fresh = ~np.isin(ranked.formulas, sorted({t.crystal.formula for t in known}))
    elif spec.exclude_known == "structure":
        fresh = ~np.isin(ranked.labels, sorted({t.label for t in known} - {""}))
    new = ranked[fresh]
    # Without a label nothing is known to be the same: such rows are told apart by their place.
    names = np.where(new.labels == "", np.arange(len(new)).astype(np.str_), new.labels)
    first = np.sort(np.unique(names, return_index=True)[1]) if len(new) else np.empty(0, int)
    kept = new[first[: spec.count]]
    return kept, Made(
        len(proposed.templates), len(proposed), len(ranked) - len(new), len(new) - len(first),
        len(first) - len(kept),
    )  # fmt: skip


def summary(made: Made, n: int) -> dict[str, Any]:
    """The counts as plain values, for exports."""
    return {
        "parents": made.parents, "proposed": made.proposed, "known": made.known,
        "duplicates": made.duplicates, "unlikely": made.unlikely, "candidates": n,
    }  # fmt: skip
