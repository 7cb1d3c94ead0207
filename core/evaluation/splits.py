"""The splits. Each asks another question of a model; a random one asks the easiest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidSpecError, SchemaError
from core.evaluation.base import SPLITS, Fold, Split
from core.evaluation.groups import CLUSTER_DISTANCE, GROUPINGS
from core.models.base import MIN_TRAINING
from core.registry import Spec, option
from core.types import Crystal, IntArray

Labels = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomSpec(Spec):
    """Options of a random split."""

    test_share: float = option(
        0.2, label="Test share", gt=0, le=0.9, help="Share of the crystals left out of training."
    )
    repeats: int = option(5, label="Repeats", ge=1, le=500, help="Independent draws.")


@dataclass(frozen=True, slots=True, kw_only=True)
class KFoldSpec(Spec):
    """Options of repeated k-fold cross-validation."""

    folds: int = option(
        3, label="Folds", ge=2, le=100, help="Parts, each of which is the test once in a repeat."
    )
    repeats: int = option(5, label="Repeats", ge=1, le=500, help="Independent shuffles.")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSpec(RandomSpec):
    """Options of a split by group."""

    by: str = option(
        "chemical-system", label="Group", choices=GROUPINGS,
        help="Crystals that share this stay on one side.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementSpec(Spec):
    """Options of leaving one element out."""

    least: int = option(
        20, label="Least crystals", ge=1, le=100000,
        help="Elements in fewer crystals than this are not left out.",
    )  # fmt: skip
    most: int = option(
        100, label="Most elements", ge=1, le=118, help="The most frequent ones are taken."
    )


def random_folds(labels: Labels, spec: RandomSpec, rng: np.random.Generator) -> list[Fold]:
    """`repeats` draws of a test set. Raises: SchemaError for fewer than 2 crystals."""
    n = _at_least(labels, 2)
    count = min(n - 1, max(1, round(spec.test_share * n)))
    out = []
    for repeat in range(spec.repeats):
        order = rng.permutation(n)
        out.append(_fold(order[count:], order[:count], f"repeat {repeat + 1}"))
    return out


def k_folds(labels: Labels, spec: KFoldSpec, rng: np.random.Generator) -> list[Fold]:
    """Every crystal is tested once in each repeat. Raises: SchemaError for too few crystals."""
    n = _at_least(labels, spec.folds)
    out = []
    for repeat in range(spec.repeats):
        order = rng.permutation(n)
        for i in range(spec.folds):
            test = order[i :: spec.folds]
            rest = np.setdiff1d(order, test)
            out.append(_fold(rest, test, f"repeat {repeat + 1}, fold {i + 1}"))
    return out


def group_folds(labels: Labels, spec: GroupSpec, rng: np.random.Generator) -> list[Fold]:
    """Whole groups, drawn at random until the test holds its share.

    Raises: SchemaError when there is but one group.
    """
    names, member = np.unique([label[0] for label in labels], return_inverse=True)
    if len(names) < 2:
        raise SchemaError(
            f"All {len(labels)} crystals are of one {spec.by.replace('-', ' ')}.",
            hint="Split at random, or by another group.",
        )
    sizes, wanted = np.bincount(member), spec.test_share * len(labels)
    out = []
    for repeat in range(spec.repeats):
        order = rng.permutation(len(names))
        total = 0
        chosen: list[int] = []
        for group in order:
            # A group that would overshoot by more than it fills is passed over.
            if chosen and total + sizes[group] - wanted > wanted - total:
                continue
            if len(chosen) + 1 < len(names):
                chosen.append(int(group))
                total += int(sizes[group])
            if total >= wanted:
                break
        inside = np.isin(member, chosen)
        everything = np.arange(len(labels))
        kept = tuple(names[member[inside]].tolist())
        out.append(
            Fold(everything[~inside], everything[inside], f"repeat {repeat + 1}", groups=kept)
        )
    return out


def elements_left_out(labels: Labels, spec: ElementSpec) -> list[tuple[str, int]]:
    """Elements to leave out and how many crystals hold each, the most frequent first.

    Not those that too few hold, nor those without which too few are left to learn from.
    """
    counts = Counter(symbol for elements in labels for symbol in elements)
    most = len(labels) - MIN_TRAINING
    usable = [(s, c) for s, c in counts.items() if spec.least <= c <= most]
    return sorted(usable, key=lambda found: (-found[1], found[0]))[: spec.most]


def element_folds(labels: Labels, spec: ElementSpec, rng: np.random.Generator) -> list[Fold]:
    """For each element: test the crystals that hold it on a model that has seen none.

    Raises: SchemaError when no element can be left out.
    """
    found = elements_left_out(labels, spec)
    if not found:
        raise SchemaError(
            f"No element is in at least {spec.least} crystals and absent from {MIN_TRAINING} "
            "others, which a model needs to learn from.",
            hint="Lower the least number of crystals, or split otherwise.",
        )
    out = []
    for symbol, _ in found:
        inside = np.array([symbol in elements for elements in labels])
        everything = np.arange(len(labels))
        out.append(_fold(everything[~inside], everything[inside], symbol))
    return out


def make_folds(
    key: str, crystals: Sequence[Crystal], *, spec: Spec | None = None, seed: int = 0
) -> list[Fold]:
    """The folds of a split of these crystals.

    Raises: UnknownNameError, InvalidSpecError; SchemaError when they can't be split so.
    """
    from core.evaluation.groups import group_labels

    split = SPLITS[key]
    chosen = spec if spec is not None else split.spec_type()
    if type(chosen) is not split.spec_type:
        raise InvalidSpecError(
            f"The split {key!r} takes {split.spec_type.__name__}, not {type(chosen).__name__}."
        )
    by = split.labels(chosen)
    if by == "elements":
        labels: Labels = [c.elements for c in crystals]
    elif by:
        labels = [(label,) for label in group_labels(crystals, by)]
    else:
        labels = [() for _ in crystals]
    return split.folds(labels, chosen, np.random.default_rng(seed))


def _at_least(labels: Labels, count: int) -> int:
    if len(labels) < count:
        raise SchemaError(
            f"{len(labels)} crystals can't be split into {count} parts.", hint="Add crystals."
        )
    return len(labels)


def _fold(train: IntArray, test: IntArray, name: str) -> Fold:
    return Fold(np.sort(train), np.sort(test), name)


_CROSS_VALIDATION = (
    "Stone, J. R. Stat. Soc. B 36 (1974) 111, doi:10.1111/j.2517-6161.1974.tb00994.x; Hastie, "
    "Tibshirani & Friedman, The Elements of Statistical Learning (2009), "
    "doi:10.1007/978-0-387-84858-7"
)
_CLUSTERS_OUT = "Meredig et al., Mol. Syst. Des. Eng. 3 (2018) 819, doi:10.1039/C8ME00012C"

SPLITS.register(
    Split(
        key="random", title="Random",
        summary="A share of the crystals, drawn at random, is left out; repeated.",
        formula=r"|T_r| = \min\left(n - 1,\ \max(1, \mathrm{round}(s\,n))\right)",
        symbols="T_r: test crystals of repeat r, the first of a random order; n: crystals; s: test "
        "share. Repeats are drawn independently, so that a crystal may be tested in several.",
        reference=_CROSS_VALIDATION,
        limits="Asks only for more of the same: near-duplicates sit on both sides.",
        spec_type=RandomSpec, folds=random_folds, labels=lambda spec: "",
    )
)  # fmt: skip
SPLITS.register(
    Split(
        key="k-fold", title="Repeated k-fold",
        summary="Each crystal is left out once in every repeat.",
        formula=r"T_{rf} = \left\{ \pi_r(j) : j \equiv f \pmod K \right\}",
        symbols="T_rf: test crystals of fold f of repeat r; π_r: a random order of the crystals; "
        "K: folds.",
        reference=_CROSS_VALIDATION,
        limits="As random; folds of one repeat share training crystals, so are not independent.",
        spec_type=KFoldSpec, folds=k_folds, labels=lambda spec: "",
    )
)  # fmt: skip
SPLITS.register(
    Split(
        key="group", title="By group",
        summary="Crystals of one formula, chemical system, prototype or cluster stay together.",
        formula=r"T_r = \bigcup_{g \in G_r} g, \qquad |T_r| \approx s\,n",
        symbols="T_r: test crystals of repeat r; G_r: groups taken in random order until the test "
        "holds its share s of the n crystals; after the first, one that would overshoot by more "
        "than is missing is passed over.",
        reference=_CLUSTERS_OUT,
        limits="Harder than new crystals of known systems, easier than a new chemistry.",
        spec_type=GroupSpec, folds=group_folds, labels=lambda spec: spec.by,
        facts=(
            ("Prototype", "anonymous formula, space group and multiplicities of the orbits of "
             "each element, by spglib"),
            ("GRID cluster", f"crystals joined by chains of steps below {CLUSTER_DISTANCE:g} Å "
             "under grid-emd"),
        ),
    )
)  # fmt: skip
SPLITS.register(
    Split(
        key="leave-one-element-out", title="Leave one element out",
        summary="For each element: its crystals are tested on a model that has seen none of them.",
        formula=rf"T_Z = \{{ i : Z \in E_i \}}, \qquad m \le |T_Z| \le n - {MIN_TRAINING}",
        symbols="T_Z: test crystals of element Z; E_i: elements of crystal i; m: least crystals; "
        f"n: crystals, of which {MIN_TRAINING} at least must be left to learn from. The most "
        "frequent elements come first.",
        reference="Li et al., Commun. Mater. 6 (2025) 9, doi:10.1038/s43246-024-00731-w; "
        + _CLUSTERS_OUT,
        limits="The hardest: a chemistry nobody has shown to the model. Its test sets differ in "
        "size and overlap: a crystal is tested once for each of its elements.",
        spec_type=ElementSpec, folds=element_folds, labels=lambda spec: "elements",
    )
)  # fmt: skip
