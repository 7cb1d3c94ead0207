"""How readily one element takes another's place: mined from a library, or from shipped tables.

Mining follows Goodall et al. (Sci. Adv. 8 (2022) eabn4117, doi 10.1126/sciadv.abn4117): crystals of
one prototype are compared in pairs, and what would turn one into the other is counted, elements
that stay included. Here only pairs that differ in one element count: of two crystals that differ
in all of them nothing is learnt on which element stands for which.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

import numpy as np

from core.distances.element_axes import axis_position, substitution_dissimilarity
from core.elements import ATOMIC_NUMBERS, MAX_NUMBER
from core.errors import InvalidSpecError, SchemaError
from core.screening.templates import Template, explicit, label_amounts
from core.types import FloatArray, IntArray

SOURCES = ("mined", "ions", "mendeleev", "uniform")
_STAYS = 0.5  # probability of staying where a table says nothing of it
_AXIS_REACH = 5.0  # steps on the Mendeleev axis over which the likelihood falls by e
_MOST = 1_000  # crystals of one prototype that are compared with one another
_ORDERS = 120  # orders of the elements of a prototype that are looked at


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """Probabilities of replacement.

    Attributes:
        table: (119, 119) row: element, column: what takes its place; rows sum to 1 or, for
            elements nothing is known of, to 0.
        source: one of `SOURCES`.
        pairs: crystals compared that differ in one element; 0 for shipped tables.
    """

    table: FloatArray
    source: str
    pairs: int = 0


def likelihood(source: str, library: Sequence[Template] = (), *, seed: int = 0) -> Likelihood:
    """The probabilities of a source.

    Raises: InvalidSpecError for an unknown source; SchemaError when a library has no pairs.
    """
    if source == "mined":
        return mine(library, seed=seed)
    if source == "ions":
        return _of_weights(_ion_weights(), source)
    if source == "mendeleev":
        return _of_weights(_axis_weights(), source)
    if source == "uniform":
        weights = np.ones((MAX_NUMBER + 1, MAX_NUMBER + 1))
        weights[0] = weights[:, 0] = 0
        return _of_weights(weights, source)
    raise InvalidSpecError(
        f"There is no source of likelihoods {source!r}.", hint="Known: " + ", ".join(SOURCES)
    )


def mine(library: Sequence[Template], *, seed: int = 0) -> Likelihood:
    """Count replacements between crystals of one prototype that differ in one element.

    Of a prototype with more than 1,000 crystals so many are drawn.

    Raises: SchemaError when no two crystals differ in one element.
    """
    rng = np.random.default_rng(seed)
    groups: dict[tuple[str, ...], list[tuple[int, ...]]] = defaultdict(list)
    orders: dict[tuple[str, ...], tuple[tuple[int, ...], ...]] = {}
    for template in library:
        if template.label:
            key, alike, elements = slots(template.label)
            groups[key].append(elements)
            orders[key] = alike
    counts, pairs = np.zeros((MAX_NUMBER + 1, MAX_NUMBER + 1)), 0
    for key in sorted(groups):
        members = np.unique(np.array(groups[key]), axis=0)
        if len(members) > _MOST:
            members = members[np.sort(rng.permutation(len(members))[:_MOST])]
        pairs += _count(members, orders[key], counts)
    if not pairs:
        raise SchemaError(
            f"No two of the {len(library)} crystals are of one prototype and differ in one "
            "element.",
            hint="Take the likelihoods from a table (ions, mendeleev), or load a larger library.",
        )
    total = counts.sum(axis=1, keepdims=True)
    return Likelihood(np.divide(counts, total, where=total > 0, out=counts), "mined", pairs)


def _count(members: IntArray, orders: Sequence[tuple[int, ...]], counts: FloatArray) -> int:
    """Add the replacements among crystals (n, k), slot by slot, both ways; returns the pairs."""
    n, k = members.shape
    done = np.zeros((n, n), dtype=bool)
    for order in orders:  # equivalent ways to lay one crystal over the other
        other = members[:, list(order)]
        differ = np.zeros((n, n), dtype=np.int8)
        for slot in range(k):
            differ += members[:, slot, None] != other[None, :, slot]
        a, b = np.nonzero((differ == 1) & ~done)
        done[a, b] = done[b, a] = True  # two crystals are one pair, however they are laid
        for slot in range(k):
            np.add.at(counts, (members[a, slot], other[b, slot]), 1.0)
    return int(done.sum()) // 2


def slots(label: str) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """A prototype without its elements, the orders that leave it as it is, and its elements.

    Returns: key (space group, then letters of each slot in canonical order); (m, k) orders of the
        slots under which the prototype is the same (the identity first); atomic numbers by slot.
    """
    head, _, symbols = label.partition(":")
    formula, _, number, letters = head.split("_", 3)
    amounts = tuple(label_amounts(formula))
    key, order, alike = _slots(number, tuple(letters.split("_")), amounts)
    numbers = [ATOMIC_NUMBERS[s] for s in symbols.split("-")]
    return key, alike, tuple(numbers[i] for i in order)


@lru_cache(maxsize=65_536)
def _slots(
    number: str, letters: tuple[str, ...], amounts: tuple[int, ...]
) -> tuple[tuple[str, ...], tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """The least form over all choices of setting and orders of elements, and how to reach it."""
    from pymatgen.analysis.prototypes import WYCKOFF_POSITION_RELAB_DICT

    each = [explicit(text) for text in letters]
    forms: dict[tuple[str, ...], list[tuple[int, ...]]] = defaultdict(list)
    for table in WYCKOFF_POSITION_RELAB_DICT[number]:
        moved = [_sorted_letters(text.translate(table)) for text in each]
        for order in list(permutations(range(len(moved))))[:_ORDERS]:
            form = tuple(moved[i] for i in order)
            if order not in forms[form]:
                forms[form].append(order)
    least = min(forms)
    first = forms[least][0]
    back = {slot: place for place, slot in enumerate(first)}
    alike = tuple(tuple(back[i] for i in order) for order in forms[least])
    return (number, *least), first, alike


def _sorted_letters(text: str) -> str:
    """`2c1a` is `1a2c`."""
    pairs, digits = [], ""
    for character in text:
        if character.isdigit():
            digits += character
        else:
            pairs.append((character, digits))
            digits = ""
    return "".join(count + letter for letter, count in sorted(pairs))


def _of_weights(weights: FloatArray, source: str) -> Likelihood:
    """Rows of weights of others, half of the probability left for staying."""
    table = np.where(np.isfinite(weights), weights, 0.0)
    np.fill_diagonal(table, 0.0)
    total = table.sum(axis=1, keepdims=True)
    table = np.divide(table, total, where=total > 0, out=np.zeros_like(table)) * (1 - _STAYS)
    np.fill_diagonal(table, np.where(total[:, 0] > 0, _STAYS, 0.0))
    return Likelihood(table, source)


def _ion_weights() -> FloatArray:
    """(119, 119) how much more often than by chance ions of two elements replace one another."""
    with np.errstate(divide="ignore"):
        return 1.0 / substitution_dissimilarity()


def _axis_weights() -> FloatArray:
    """(119, 119) falling with the distance of two elements on the Mendeleev axis."""
    places = axis_position("mendeleev")
    return np.exp(-np.abs(places[:, None] - places[None]) / _AXIS_REACH)
