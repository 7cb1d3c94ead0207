"""Elements on a line, and elements told apart by how ions replace one another.

Composition distances need a ground distance between elements. Two axes order the elements; the
earth mover's distance along an axis is the L1 distance of cumulative fractions, a metric. The
ion-substitution dissimilarity is not: it violates the triangle inequality, so it may rank
neighbours but must not enter a kernel.
"""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.elements import ATOMIC_NUMBERS, MAX_NUMBER, SYMBOLS
from core.errors import (
    ComputeError,
    ConvergenceError,
    InvalidSpecError,
    NonFiniteError,
    ShapeMismatchError,
)
from core.types import FloatArray, IntArray

AXES: tuple[str, ...] = ("mendeleev", "modified_pettifor")

# Glawe, Sanna, Gross & Marques, New J. Phys. 18, 093011 (2016),
# doi 10.1088/1367-2630/18/9/093011: 103 elements from He (1) to H (103).
_MODIFIED_PETTIFOR = (
    "He Ne Ar Kr Xe Rn Fr Cs Rb K Na Li Ra Ba Sr Ca Eu Yb Lu Tm Y Er Ho Dy Tb Gd Sm Pm Nd Pr Ce La "
    "Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Sc Zr Hf Ti Ta Nb V Cr Mo W Re Tc Os Ru Ir Rh Pt "
    "Pd Au Ag Cu Ni Co Fe Mn Mg Zn Cd Hg Be Al Ga In Tl Pb Sn Ge Si B C N P As Sb Bi Po Te Se S O "
    "At I Br Cl F H"
)

SUBSTITUTION_IS_METRIC = False
"""Whether the ion-substitution dissimilarity is a metric."""

WHY_NOT_METRIC = (
    "the ion-substitution dissimilarity violates the triangle inequality "
    "(two ions that never replace one another may both replace a third), "
    "so a kernel built on it is not positive definite."
)

UNOBSERVED_DISSIMILARITY = 10.0
"""Stands for pairs of elements of which no ions were ever seen to replace one another."""

_NO_MASS = 1e-12  # a share below this is rounding


@cache
def axis_position(axis: str) -> FloatArray:
    """Position of each element on an axis, counted from 1.

    Args:
        axis: "mendeleev" (Pettifor's Mendeleev number, doi 10.1016/0038-1098(84)90765-8, from
            pymatgen) or "modified_pettifor" (Glawe et al. 2016,
            doi 10.1088/1367-2630/18/9/093011).

    Returns: (119,) float64 by atomic number, NaN where unknown (index 0 and Z > 103); read-only.
    Raises: InvalidSpecError for another axis.
    """
    positions = np.full(MAX_NUMBER + 1, np.nan)
    if axis == "mendeleev":
        _fill_mendeleev(positions)
    elif axis == "modified_pettifor":
        for place, symbol in enumerate(_MODIFIED_PETTIFOR.split(), start=1):
            positions[ATOMIC_NUMBERS[symbol]] = place
    else:
        raise InvalidSpecError(f"axis is {axis!r}; it must be one of {', '.join(AXES)}.")
    positions.setflags(write=False)
    return positions


def _fill_mendeleev(positions: FloatArray) -> None:
    from pymatgen.core import Element

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # one for each element without a number
        for z in range(1, MAX_NUMBER + 1):
            number = Element(SYMBOLS[z]).mendeleev_no
            positions[z] = np.nan if number is None else float(number)


def composition_cdf(fractions: FloatArray, axis: str) -> FloatArray:
    """Cumulative fractions along an element axis: their L1 distance is the EMD, in axis steps.

    Args:
        fractions: (n, 118) shares by atomic number from hydrogen on, rows sum to 1.
        axis: one of `AXES`.

    Returns: (n, 103) float64, non-decreasing rows that end in 1.
    Raises: ShapeMismatchError, NonFiniteError, ComputeError for an element that is not on the axis.
    """
    shares = _checked(fractions)
    positions = axis_position(axis)[1:]
    known = np.isfinite(positions)
    _refuse_unknown(shares, known, f"the {axis} axis")
    places = positions[known].astype(np.int64) - 1
    takes = places[:, None] == np.arange(places.max() + 1)  # elements may share a place
    return np.cumsum(shares[:, known] @ takes, axis=1)


def _checked(fractions: FloatArray) -> FloatArray:
    shares = np.asarray(fractions, dtype=np.float64)
    if shares.ndim != 2 or shares.shape[1] != MAX_NUMBER:
        raise ShapeMismatchError(f"fractions has shape {shares.shape}, expected (n, {MAX_NUMBER}).")
    totals = shares.sum(axis=1, keepdims=True)
    if not (np.isfinite(shares).all() and (shares >= 0).all() and (totals > 0).all()):
        raise NonFiniteError("fractions holds a negative or missing share, or an empty row.")
    return shares / totals


def _refuse_unknown(shares: FloatArray, known: NDArray[np.bool_], where: str) -> None:
    missing = np.flatnonzero((shares > 0).any(axis=0) & ~known)
    if missing.size:
        names = ", ".join(SYMBOLS[z + 1] for z in missing)
        raise ComputeError(
            f"{names} has no place on {where}.",
            hint="Choose another composition distance, or leave these crystals out.",
        )


@cache
def substitution_dissimilarity() -> FloatArray:
    """How rarely one element replaces another in known ionic crystals.

    The pair correlation g of Hautier et al. says how much more often two ions replace one another
    than by chance; the dissimilarity is 1 / g of the most self-substituting ion of each element.
    Where this pair was never observed the best observed pair of ions counts; without any,
    `UNOBSERVED_DISSIMILARITY`. An unobserved pair weighs exp(0) in the normalisation.

    Returns: (119, 119) float64 by atomic number, symmetric, 0 on the diagonal, NaN where the
        element is not in the table (index 0, He, Ne, Ar, Pm, At and others); read-only.
    Reference: Hautier et al., Inorg. Chem. 50, 656 (2011), doi 10.1021/ic102031h.
    """
    numbers, weights, observed = _substitution_table()
    marginals = weights.sum(axis=1)
    correlation = weights * weights.sum() / np.outer(marginals, marginals)
    correlation = np.where(observed, correlation, 0.0)
    own = np.where(observed.diagonal(), weights.diagonal(), 0.0)
    table = np.full((MAX_NUMBER + 1, MAX_NUMBER + 1), np.nan)
    ions = {int(z): np.flatnonzero(numbers == z) for z in np.unique(numbers)}
    main = {z: rows[np.argmax(own[rows])] for z, rows in ions.items()}
    for a, rows in ions.items():
        for b, columns in ions.items():
            g = correlation[main[a], main[b]] or correlation[np.ix_(rows, columns)].max()
            table[a, b] = 1 / g if g > 0 else UNOBSERVED_DISSIMILARITY
        table[a, a] = 0.0
    table.setflags(write=False)
    return table


def _substitution_table() -> tuple[IntArray, FloatArray, NDArray[np.bool_]]:
    """Atomic numbers (n,), weights exp(lambda) (n, n) and which pairs were observed (n, n)."""
    from pymatgen.analysis.structure_prediction.substitution_probability import (
        SubstitutionProbability,
    )

    model = SubstitutionProbability(alpha=0.0)
    ions = sorted(model.species, key=lambda ion: (ion.Z, ion.oxi_state))
    exponents = np.zeros((len(ions), len(ions)))
    for i, first in enumerate(ions):
        for j, second in enumerate(ions[: i + 1]):
            exponents[i, j] = exponents[j, i] = model.get_lambda(first, second)
    # No fitted lambda is exactly zero, so zero marks the default alpha.
    return np.array([ion.Z for ion in ions]), np.exp(exponents), exponents != 0


def substitution_transport(a: FloatArray, b: FloatArray) -> FloatArray:
    """Least total substitution dissimilarity of turning one composition into another.

    Exact optimal transport of all mass: where the triangle inequality fails even common elements
    may move. See `SUBSTITUTION_IS_METRIC`.

    Args:
        a: (n, 118) shares by atomic number from hydrogen on, rows sum to 1.
        b: (m, 118), likewise.

    Returns: (n, m) float64.
    Raises: ShapeMismatchError, NonFiniteError, ComputeError for an element without data.
    """
    cost = substitution_dissimilarity()[1:, 1:]
    known = np.isfinite(cost.diagonal())
    left, right = _checked(a), _checked(b)
    for shares in (left, right):
        _refuse_unknown(shares, known, "the table of ion substitutions")
    return transport(left, right, cost)


def transport(a: FloatArray, b: FloatArray, cost: FloatArray) -> FloatArray:
    """Exact optimal transport cost between all pairs of sparse distributions.

    Args:
        a: (n, d) non-negative, all rows of one sum.
        b: (m, d), of the same sum.
        cost: (d, d) of moving a unit of mass, non-negative; read only where there is mass.

    Returns: (n, m) float64.
    Raises: ConvergenceError when augmentation does not end (not seen).
    """
    out = _transport_all(
        np.ascontiguousarray(a, dtype=np.float64),
        np.ascontiguousarray(b, dtype=np.float64),
        np.ascontiguousarray(cost, dtype=np.float64),
    )
    if np.isnan(out).any():
        i, j = np.argwhere(np.isnan(out))[0]
        raise ConvergenceError(f"Optimal transport of rows {i} and {j} did not settle.")
    return out


@njit(cache=True, nogil=True)
def _transport_all(a, b, cost):  # type: ignore[no-untyped-def]
    out = np.empty((a.shape[0], b.shape[0]))
    for i in range(a.shape[0]):
        rows = np.flatnonzero(a[i] > _NO_MASS)
        for j in range(b.shape[0]):
            columns = np.flatnonzero(b[j] > _NO_MASS)
            local = np.empty((rows.size, columns.size))
            for p in range(rows.size):
                for q in range(columns.size):
                    local[p, q] = cost[rows[p], columns[q]]
            out[i, j] = _transport_one(a[i][rows], b[j][columns], local)
    return out


@njit(cache=True, nogil=True)
def _transport_one(supply, demand, cost):  # type: ignore[no-untyped-def]
    """Successive shortest paths on the residual graph; supply and demand are used up."""
    n, m = cost.shape
    flow = np.zeros((n, m))
    into_row, into_column = np.empty(n, np.int64), np.empty(m, np.int64)
    for _ in range(100 * (n + m)):
        target = _shortest_path(supply, demand, cost, flow, into_row, into_column)
        if target < 0:
            return np.sum(flow * cost)
        # Walk back twice: for the narrowest step, then to push the mass.
        amount, column = demand[target], target
        while True:
            row = into_column[column]
            if into_row[row] < 0:
                amount = min(amount, supply[row])
                break
            amount = min(amount, flow[row, into_row[row]])
            column = into_row[row]
        demand[target] -= amount
        column = target
        while True:
            row = into_column[column]
            flow[row, column] += amount
            if into_row[row] < 0:
                supply[row] -= amount
                break
            column = into_row[row]
            flow[row, column] -= amount
    return np.nan


@njit(cache=True, nogil=True)
def _shortest_path(supply, demand, cost, flow, into_row, into_column):  # type: ignore[no-untyped-def]
    """Nearest unmet demand by Bellman-Ford, or -1; fills the predecessors in place."""
    n, m = cost.shape
    to_row = np.where(supply > _NO_MASS, 0.0, np.inf)
    to_column = np.full(m, np.inf)
    into_row[:] = -1
    for _ in range(n + m + 1):  # a shortest path has no more steps
        changed = False
        for i in range(n):
            for j in range(m):
                if to_row[i] + cost[i, j] < to_column[j] - _NO_MASS:
                    to_column[j], into_column[j] = to_row[i] + cost[i, j], i
                    changed = True
                if flow[i, j] > _NO_MASS and to_column[j] - cost[i, j] < to_row[i] - _NO_MASS:
                    to_row[i], into_row[i] = to_column[j] - cost[i, j], j
                    changed = True
        if not changed:
            break
    target, best = -1, np.inf
    for j in range(m):
        if demand[j] > _NO_MASS and to_column[j] < best:
            target, best = j, to_column[j]
    return target
