"""Columns that say nearly the same, which share their importance by chance.

Two columns are near when the absolute value of Spearman's rank correlation is high. Groups come
from hierarchical clustering with complete linkage, so every pair of a group is at least as
correlated as was asked for.

Ref.: Spearman, Am. J. Psychol. 15 (1904) 72, doi 10.2307/1412159.
"""

from __future__ import annotations

import numpy as np

from core.errors import InvalidSpecError, NonFiniteError, ShapeMismatchError
from core.types import FloatArray, IntArray

MOST = 3000  # columns whose correlations are held at once


def rank_correlation(x: FloatArray) -> FloatArray:
    """(d, d) Spearman correlations of the columns of x (n, d); 0 with a column that is constant.

    Raises: ShapeMismatchError, NonFiniteError; InvalidSpecError for more than 3,000 columns.
    """
    from scipy.stats import rankdata

    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 2 or len(x) < 2:
        raise ShapeMismatchError(f"The columns have shape {x.shape}; expected (n, d), n >= 2.")
    if x.shape[1] > MOST:
        raise InvalidSpecError(
            f"{x.shape[1]:,} columns are too many to compare all pairs.",
            hint=f"Take at most {MOST:,}.",
        )
    if not np.isfinite(x).all():
        raise NonFiniteError("The columns hold NaN or infinity.")
    ranks = rankdata(x, axis=0)
    ranks -= ranks.mean(axis=0)
    length = np.sqrt((ranks**2).sum(axis=0))
    ranks /= np.where(length > 0, length, np.inf)
    rho = np.clip(ranks.T @ ranks, -1.0, 1.0)
    rho.flat[:: len(rho) + 1] = 1.0
    return rho


def collinear_groups(x: FloatArray, *, threshold: float = 0.9) -> tuple[IntArray, ...]:
    """Groups of two or more columns whose |rho| is at least the threshold for every pair.

    Returns: sorted indices of each group, groups by their first column; columns that stand alone
        are in none.
    Raises: what `rank_correlation` raises; InvalidSpecError for a threshold outside (0, 1].
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if not 0 < threshold <= 1:
        raise InvalidSpecError(f"The threshold is {threshold}; it must be above 0, at most 1.")
    apart = 1.0 - np.abs(rank_correlation(x))
    if len(apart) < 2:
        return ()
    np.maximum(apart, 0.0, out=apart)
    apart.flat[:: len(apart) + 1] = 0.0
    tree = linkage(squareform(apart, checks=False), method="complete")
    # Rounding must not part columns that are equal.
    label = fcluster(tree, 1.0 - threshold + 1e-9, criterion="distance")
    groups = [np.flatnonzero(label == g) for g in np.unique(label)]
    return tuple(sorted((g for g in groups if len(g) > 1), key=lambda g: int(g[0])))
