"""The outcome of a screening: funnel, ranks, shortlist; computed at once for each set of limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components import cache
from components.screen.screening_form import Wanted
from components.screen.screening_source import Source
from core.config import default_workers
from core.hashing import mapping_digest
from core.jobs.screening import diverse
from core.screening.screen import Request, Screened, screen
from core.types import Crystal, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What passed.

    Attributes:
        source: what was screened.
        wanted: what was asked.
        found: funnel and ranks.
        shortlist: (k,) rows of the candidates, best first.
    """

    source: Source
    wanted: Wanted
    found: Screened
    shortlist: IntArray

    @property
    def request(self) -> Request:
        return self.wanted.request

    @property
    def crystals(self) -> tuple[Crystal, ...]:
        """Of the shortlist; () for results of a batch, which hold no structures."""
        return self.crystals_of(self.shortlist)

    def crystals_of(self, rows: IntArray) -> tuple[Crystal, ...]:
        """Crystals of some rows; () for results of a batch."""
        library = self.source.library
        if library is None:
            return ()
        members = {crystal.id: crystal for crystal in library.crystals}
        return tuple(members[str(self.source.table.ids[i])] for i in rows.tolist())


def outcome(source: Source, wanted: Wanted) -> Outcome:
    """Apply the limits. Raises: InvalidSpecError, with the reason, for limits that make no sense.

    Near duplicates and a diverse shortlist need structures and distances: they are kept for each
    set of limits, the rest is computed anew.
    """
    table, request = source.table, wanted.request
    asked = {
        "source": source.digest, "thresholds": request.thresholds(),
        "novelty": request.novelty.to_dict() if request.novelty else None,
        "pareto": [g.to_dict() for g in request.pareto], "duplicates": request.duplicates,
        "order": request.order.to_dict() if request.order else None,
    }  # fmt: skip

    def repeated(rows: IntArray) -> np.ndarray:
        digest = mapping_digest({**asked, "rows": len(rows)})
        return cache.shared("screen.repeated", digest, lambda: _repeated(source, request, rows))

    found = screen(
        request, table.columns, table.known, len(table),
        repeated if source.library is not None else None,
    )  # fmt: skip
    ranked, count = found.ranked, wanted.count
    shortlist = ranked[:count]
    if wanted.choose == "diverse" and len(ranked) > count and source.library is not None:
        digest = mapping_digest({**asked, "count": count})
        first = Outcome(source, wanted, found, ranked)
        shortlist = cache.shared("screen.diverse", digest, lambda: _diverse(first, count))
    return Outcome(source, wanted, found, shortlist)


def training(source: Source, key: str) -> FloatArray:
    """Training values of a property; empty where they are not known."""
    return source.table.trained_on.get(key, np.empty(0))


def _repeated(source: Source, request: Request, rows: IntArray) -> np.ndarray:
    from core.screening.duplicates import grid_duplicates

    assert source.library is not None
    members = {crystal.id: crystal for crystal in source.library.crystals}
    crystals = [members[str(source.table.ids[i])] for i in rows.tolist()]
    # A candidate that is itself among the known crystals would be its own duplicate.
    known = [crystal for crystal in source.known if crystal.id not in members]
    return grid_duplicates(crystals, request.duplicates, known=known)


def _diverse(first: Outcome, count: int) -> IntArray:
    return diverse(
        first.found, first.crystals_of, count, threads=default_workers()
    )  # fmt: skip
