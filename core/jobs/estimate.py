"""What a comparison of all pairs will take, before it starts, and whether it may run at once.

Constants are from one core of a laptop-class machine; they need to be right within a factor of two
or three, to tell a moment from a minute and what fits from what does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.config import memory_budget_bytes
from core.distances.base import Metric, Term
from core.errors import ComputeError, InputError, MemoryBudgetError
from core.types import Crystal

_SITE_US = {  # microseconds to describe a crystal, for each of its sites
    "composition-emd": 3.0, "ion-substitution": 5.0, "grid-wasserstein": 500.0,
    "group-composition-emd": 90.0, "powder-emd": 70.0, "rdf-emd": 70.0, "rdf-cosine": 70.0,
}  # fmt: skip
_SITE_OTHER_US = 13.0
_PAIR_US = {  # microseconds a pair, where it is no L1 distance of vectors
    "grid-wasserstein": 4.0, "grid-cosine": 4.0, "grid-euclidean": 5.0, "ion-substitution": 2.0,
    "rdf-cosine": 0.1,
}  # fmt: skip
_PAIR_OTHER_US = 5.0
_COLUMN_US = 4e-5  # L1 distance: for each pair and column
_MAP_US = 0.5  # order, tree and map: for each pair
_SMACOF_US, _SMACOF_CRYSTALS = 3.0, 1_000  # where the map is improved step by step
_UMAP_START, _UMAP_EACH = 3.0, 3e-3  # seconds to import; for each crystal
_QUICK_SECONDS = 1.0
_QUICK_CRYSTALS = 150
_QUICK_BYTES = 64 * 2**20
_TRIED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a matrix of n crystals will take.

    Attributes:
        n: crystals.
        seconds: on one core.
        features, distances: bytes held at the same time.
        budget: bytes it may hold.
    """

    n: int
    seconds: float
    features: int
    distances: int
    budget: int

    @property
    def total(self) -> int:
        return self.features + self.distances

    @property
    def fits(self) -> bool:
        return self.total <= self.budget

    @property
    def is_quick(self) -> bool:
        """Whether it is over before a job would have begun."""
        return (
            self.n <= _QUICK_CRYSTALS
            and self.seconds < _QUICK_SECONDS
            and self.total < _QUICK_BYTES
        )

    def __str__(self) -> str:
        return f"{self.n:,} crystals: about {duration(self.seconds)}, {size(self.total)} of memory"

    def require(self) -> None:
        """Refuse what does not fit. Raises: MemoryBudgetError with the way out."""
        if self.fits:
            return
        most = int(self.n * (self.budget / self.total) ** 0.5)
        raise MemoryBudgetError(
            f"{self.n:,} crystals need {size(self.total)} at once ({size(self.features)} of "
            f"features, {size(self.distances)} of distances); the budget is "
            f"{size(self.budget)}.",
            hint=f"Filter the library to about {most:,} crystals, choose a metric with fewer "
            "numbers (mode quantile, fewer groups), or raise GRIDSCOPE_MEMORY_GB.",
            context={"bytes": self.total, "budget": self.budget},
        )


def estimate_matrix(crystals: Sequence[Crystal], metric: Metric) -> Estimate:
    """Time and memory of the matrix, the order and the map of these crystals."""
    n = len(crystals)
    pairs = n * (n - 1) / 2
    sites = sum(crystal.n_rows for crystal in crystals)
    each = _bytes_of_one(crystals, metric)
    seconds = 0.05 + 1e-6 * (_SMACOF_US if n <= _SMACOF_CRYSTALS else _MAP_US) * pairs
    for term in metric.terms:
        seconds += 1e-6 * _SITE_US.get(term.key, _SITE_OTHER_US) * sites
        seconds += 1e-6 * _pair_us(term, each) * pairs
    # The matrix, its condensed copy for the clustering, and a copy for the map.
    return Estimate(
        n=n, seconds=seconds, features=n * each, distances=int(n * n * (4 + 4 + 8)),
        budget=memory_budget_bytes(),
    )  # fmt: skip


def estimate_umap(matrix: Estimate) -> Estimate:
    """UMAP on top of a matrix: importing it comes first, in whichever worker runs it."""
    return replace(matrix, seconds=matrix.seconds + _UMAP_START + _UMAP_EACH * matrix.n)


def _pair_us(term: Term, each: int) -> float:
    if term.distance.block is None:
        return _COLUMN_US * each / 4
    return _PAIR_US.get(term.key, _PAIR_OTHER_US)


def _bytes_of_one(crystals: Sequence[Crystal], metric: Metric) -> int:
    """Bytes of the features of a crystal; 0 when the first few have none."""
    for crystal in sorted(crystals[:_TRIED], key=lambda c: c.n_rows):
        try:
            return metric.embed([crystal]).nbytes
        except (InputError, ComputeError):  # the job itself reports it
            continue
    return 0


def duration(seconds: float) -> str:
    """Seconds in words, as exact as an estimate is."""
    if seconds < 1:
        return "a second"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6_000 else f"{seconds / 3600:.1f} h"


def size(n_bytes: float) -> str:
    """Bytes in words."""
    return f"{n_bytes / 2**30:.1f} GB" if n_bytes >= 0.1 * 2**30 else f"{n_bytes / 2**20:.1f} MB"
