"""What to do with partial occupancy: an ordered approximation, or the crystal without its guests.

Both give a new crystal and write the decision into its `source` and into the property
`disorder_decision`, so that it travels into every export.
"""

from __future__ import annotations

import numpy as np

from core.elements import ATOMIC_NUMBERS, SYMBOLS
from core.errors import DisorderedStructureError, UnknownNameError
from core.io.doctor.contacts import pairs_within
from core.io.doctor.examine import keep_rows
from core.types import OCCUPANCY_TOLERANCE, Crystal

DECISION = "disorder_decision"
_CLASH = 1.0  # angstrom; partly occupied sites nearer than this are alternatives
_FULL = 1 - 1e-3

Kind = tuple[tuple[int, float], ...]


def ordered_approximation(crystal: Crystal) -> Crystal:
    """An ordered crystal with nearly the same composition.

    Sites of one kind (same elements, same occupancies) share out their elements and vacancies in
    whole numbers, by largest remainder; each next atom goes where it is farthest from its like.
    Of two alternatives nearer than 1 angstrom the less occupied one goes. Deterministic.

    Returns: the crystal itself when it is ordered.
    Raises: DisorderedStructureError when nothing would be left.
    """
    if crystal.is_ordered:
        return crystal
    survivors = _without_clashes(crystal)
    chosen: list[int] = []
    for kind, positions in _kinds(survivors).items():
        if len(kind) == 1 and kind[0][1] >= _FULL:
            chosen += [rows[0] for rows in positions]
        else:
            chosen += _shared_out(survivors, kind, positions)
    if not chosen:
        raise DisorderedStructureError(f"No site of {crystal.id!r} is more full than empty.")
    ordered = keep_rows(survivors, np.array(sorted(chosen)))
    ordered = ordered.with_(occupancy=np.ones(ordered.n_rows), position=np.arange(ordered.n_rows))
    note = f"ordered approximation of {crystal.formula}: {ordered.formula}"
    return _noted(ordered, note)


def drop_guests(crystal: Crystal, elements: tuple[str, ...] = ()) -> Crystal:
    """The crystal without the sites that are not full, and without the named elements.

    In zeolites and the like the framework is fully occupied, while cations, water and templates
    are not. Full mixed sites (Si, Al) stay.

    Raises: DisorderedStructureError when nothing would be left, UnknownNameError for no element.
    """
    unknown = [e for e in elements if e not in ATOMIC_NUMBERS]
    if unknown:
        raise UnknownNameError(f"{unknown[0]!r} is no element.")
    dropped = np.isin(crystal.numbers, [ATOMIC_NUMBERS[e] for e in elements])
    keep = ~dropped & (_totals(crystal) >= _FULL)
    if not keep.any():
        raise DisorderedStructureError(
            f"All sites of {crystal.id!r} would be dropped.",
            hint="Keep the weights or make an ordered approximation instead.",
        )
    if keep.all():
        return crystal
    gone = crystal.numbers[~keep], crystal.occupancy[~keep]
    amounts = {int(z): float(gone[1][gone[0] == z].sum()) for z in np.unique(gone[0])}
    words = ", ".join(f"{SYMBOLS[z]}{amount:.4g}" for z, amount in amounts.items())
    return _noted(
        keep_rows(crystal, np.flatnonzero(keep)), f"guests dropped from the cell: {words}"
    )


def _noted(crystal: Crystal, note: str) -> Crystal:
    properties = {**crystal.properties, DECISION: note}
    return crystal.with_(properties=properties, source=f"{crystal.source} [{note}]".strip())


def _totals(crystal: Crystal) -> np.ndarray:
    """(n_rows,) total occupancy of the position each row sits on."""
    _, index = np.unique(crystal.position, return_inverse=True)
    return np.bincount(index, weights=crystal.occupancy)[index]


def _without_clashes(crystal: Crystal) -> Crystal:
    """Drop the less occupied of two alternatives that can't both be there."""
    total = _totals(crystal)
    pairs = pairs_within(crystal, _CLASH)
    gone: set[int] = set()
    for i, j, _ in sorted(
        zip(pairs.first.tolist(), pairs.second.tolist(), pairs.distance.tolist(), strict=True),
        key=lambda pair: (pair[2], pair[0], pair[1]),
    ):
        p, q = int(crystal.position[i]), int(crystal.position[j])
        both = total[i] + total[j] <= 1 + 1e-2 or (total[i] < _FULL and total[j] < _FULL)
        if p == q or p in gone or q in gone or not both:
            continue
        gone.add(q if total[i] >= total[j] else p)
    return keep_rows(crystal, np.flatnonzero(~np.isin(crystal.position, sorted(gone))))


def _kinds(crystal: Crystal) -> dict[Kind, list[list[int]]]:
    """Rows of each position, grouped by what the position holds."""
    rows_of: dict[int, list[int]] = {}
    for row, position in enumerate(crystal.position.tolist()):
        rows_of.setdefault(position, []).append(row)
    kinds: dict[Kind, list[list[int]]] = {}
    for rows in rows_of.values():
        ordered = sorted(rows, key=lambda row: int(crystal.numbers[row]))
        kind = tuple(
            (int(crystal.numbers[row]), round(float(crystal.occupancy[row]), 3)) for row in ordered
        )
        kinds.setdefault(kind, []).append(ordered)
    return kinds


def _shared_out(crystal: Crystal, kind: Kind, positions: list[list[int]]) -> list[int]:
    """The row that stays at each position of one kind; none where a vacancy falls."""
    counts = _whole_numbers([share for _, share in kind], len(positions))
    places = np.array([crystal.frac[rows[0]] for rows in positions])
    free = list(range(len(positions)))
    chosen: list[int] = []
    # The rarest first: it has most to gain from being spread.
    for column in sorted(range(len(kind)), key=lambda c: (counts[c], kind[c][0])):
        for site in _spread(places, free, counts[column], crystal):
            free.remove(site)
            chosen.append(positions[site][column])
    return chosen


def _whole_numbers(shares: list[float], n: int) -> list[int]:
    """How many of n sites each share gets, by largest remainder; vacancies take part."""
    vacancy = max(0.0, 1.0 - sum(shares))
    wanted = [share * n for share in shares] + (
        [vacancy * n] if vacancy > OCCUPANCY_TOLERANCE else []
    )
    scale = n / sum(wanted)
    counts = [int(w * scale + 1e-9) for w in wanted]
    rest = sorted(range(len(wanted)), key=lambda i: (counts[i] - wanted[i] * scale, i))
    for i in rest[: n - sum(counts)]:
        counts[i] += 1
    return counts[: len(shares)]


def _spread(places: np.ndarray, free: list[int], count: int, crystal: Crystal) -> list[int]:
    """`count` of the free sites, each as far as can be from those before it."""
    if count >= len(free):
        return list(free)
    taken: list[int] = []
    nearest = np.full(len(places), np.inf)
    for _ in range(count):
        candidates = [site for site in free if site not in taken]
        best = max(candidates, key=lambda site: (round(float(nearest[site]), 6), -site))
        taken.append(best)
        delta = places - places[best]
        gap = np.linalg.norm((delta - np.round(delta)) @ crystal.lattice, axis=1)
        nearest = np.minimum(nearest, gap)
    return taken
