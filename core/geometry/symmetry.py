"""Space group, Wyckoff sites, standard, primitive and Niggli cells, by spglib.

A mixed site is a kind of its own: two positions are equivalent only when they hold the same
elements in the same amounts.
"""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import ConvergenceError
from core.types import Crystal, FloatArray, IntArray

ANGLE_TOLERANCE = 5.0  # degrees
_OCCUPANCY_DIGITS = 3  # occupancies are refined to about a thousandth
_SYSTEMS = (
    (2, "triclinic"), (15, "monoclinic"), (74, "orthorhombic"), (142, "tetragonal"),
    (167, "trigonal"), (194, "hexagonal"), (230, "cubic"),
)  # fmt: skip

Kind = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Symmetry:
    """The space group of a crystal and what it makes of its positions.

    Attributes:
        number: 1 to 230.
        symbol: short Hermann-Mauguin symbol.
        hall: Hall symbol of the setting found.
        point_group: Hermann-Mauguin symbol.
        crystal_system: `triclinic` to `cubic`.
        positions: (n_sites,) the crystal's position indices the following refer to.
        wyckoffs: Wyckoff letter of each position.
        equivalent: (n_sites,) index (into `positions`) of the first position of the same orbit.
        site_symmetries: site symmetry symbol of each position.
        multiplicities: (n_sites,) positions of the orbit in the conventional cell.
        rotations, translations: (n_ops, 3, 3) and (n_ops, 3), fractional, of the given cell.
        symprec, angle_tolerance: angstrom and degrees.
    """

    number: int
    symbol: str
    hall: str
    point_group: str
    crystal_system: str
    positions: IntArray
    wyckoffs: tuple[str, ...]
    equivalent: IntArray
    site_symmetries: tuple[str, ...]
    multiplicities: IntArray
    rotations: IntArray
    translations: FloatArray
    symprec: float
    angle_tolerance: float


def find_symmetry(
    crystal: Crystal, *, symprec: float = 0.01, angle_tolerance: float = ANGLE_TOLERANCE
) -> Symmetry:
    """The space group within a tolerance.

    Args:
        crystal: ordered or not.
        symprec: how far atoms may be from their ideal place, angstrom. 0.01 suits computed
            structures, 0.1 measured ones.
        angle_tolerance: degrees.

    Raises: ConvergenceError when spglib finds none (atoms too close, or a distorted cell).
    """
    import spglib

    lattice, frac, types, positions, _ = _cell(crystal)
    cell = (lattice, frac, types)
    data: Any = ask_spglib(
        crystal, spglib.get_symmetry_dataset, cell, symprec=symprec, angle_tolerance=angle_tolerance
    )
    equivalent = np.asarray(data.crystallographic_orbits)
    # Counted in the conventional cell, whatever cell was given.
    standard_orbits = _standard_orbit_sizes(data, equivalent)
    return Symmetry(
        number=int(data.number),
        symbol=str(data.international),
        hall=str(data.hall),
        point_group=str(data.pointgroup).strip(),
        crystal_system=crystal_system(int(data.number)),
        positions=positions,
        wyckoffs=tuple(data.wyckoffs),
        equivalent=equivalent,
        site_symmetries=tuple(data.site_symmetry_symbols),
        multiplicities=standard_orbits,
        rotations=np.asarray(data.rotations),
        translations=np.asarray(data.translations),
        symprec=symprec,
        angle_tolerance=angle_tolerance,
    )


def crystal_system(number: int) -> str:
    """Crystal system of space group 1 to 230."""
    return next(name for last, name in _SYSTEMS if number <= last)


def standard_cell(
    crystal: Crystal,
    *,
    symprec: float = 0.01,
    angle_tolerance: float = ANGLE_TOLERANCE,
    idealize: bool = True,
) -> Crystal:
    """The conventional standard cell. With `idealize`, atoms are moved to their ideal places.

    Raises: ConvergenceError when no symmetry is found.
    """
    return _standardized(crystal, False, idealize, symprec, angle_tolerance)


def primitive_cell(
    crystal: Crystal,
    *,
    symprec: float = 0.01,
    angle_tolerance: float = ANGLE_TOLERANCE,
    idealize: bool = False,
) -> Crystal:
    """The primitive standard cell.

    Raises: ConvergenceError when no symmetry is found.
    """
    return _standardized(crystal, True, idealize, symprec, angle_tolerance)


def niggli_cell(crystal: Crystal, *, eps: float = 1e-5) -> Crystal:
    """The same crystal on its Niggli-reduced lattice vectors; not made primitive.

    Coordinates are in [0, 1); the Cartesian frame is kept.

    Raises: ConvergenceError when the reduction fails.
    """
    import spglib

    reduced: Any = ask_spglib(crystal, spglib.niggli_reduce, crystal.lattice, eps=eps)
    frac = crystal.cart @ np.linalg.inv(reduced)
    return crystal.with_(lattice=reduced, frac=frac - np.floor(frac))


def ask_spglib(crystal: Crystal, function: Any, *args: Any, **options: Any) -> Any:
    """Call spglib; both of its ways to fail (None, or its own exception) become one error."""
    import spglib

    failure: type[Exception] = getattr(spglib, "SpglibError", None) or spglib.error.SpglibError
    reason = ""
    with warnings.catch_warnings():
        # spglib 2.7 and 2.8 deprecate the return of None on every call.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            answer = function(*args, **options)
        except failure as error:
            answer, reason = None, f" spglib: {str(error).splitlines()[0]}."
    if answer is None:
        raise ConvergenceError(
            f"No symmetry could be found for {crystal.id!r} with {options}.{reason}",
            hint="Atoms may overlap, or the tolerance may be larger than the shortest contact.",
        )
    return answer


def kinds_of_positions(crystal: Crystal) -> tuple[FloatArray, FloatArray, IntArray]:
    """Lattice, (n_sites, 3) coordinates and the kind of each position, as spglib takes them."""
    if crystal.is_ordered and crystal.n_sites == crystal.n_rows:
        return crystal.lattice, crystal.frac, crystal.numbers
    return _cell(crystal)[:3]


def _cell(crystal: Crystal) -> tuple[FloatArray, FloatArray, IntArray, IntArray, list[Kind]]:
    """Lattice, one coordinate and one type a position, position indices, kinds by type."""
    positions, first = np.unique(crystal.position, return_index=True)
    occupants: dict[int, Counter[int]] = {int(p): Counter() for p in positions}
    shares: dict[tuple[int, int], float] = {}
    for p, z, occupancy in zip(
        crystal.position.tolist(), crystal.numbers.tolist(), crystal.occupancy.tolist(), strict=True
    ):
        occupants[p][z] += 1
        shares[p, z] = shares.get((p, z), 0.0) + occupancy
    kinds: list[Kind] = []
    index: dict[Kind, int] = {}
    types = []
    for p in positions.tolist():
        kind = tuple((z, round(shares[p, z], _OCCUPANCY_DIGITS)) for z in sorted(occupants[p]))
        if kind not in index:
            index[kind] = len(kinds)
            kinds.append(kind)
        types.append(index[kind] + 1)
    return crystal.lattice, crystal.frac[first], np.array(types), positions, kinds


def _standard_orbit_sizes(data: Any, equivalent: IntArray) -> IntArray:
    """Multiplicity of each position's orbit in the conventional cell, (n_sites,).

    spglib gives orbits in the input cell; both cells hold the same share of each orbit.
    """
    counts = Counter(equivalent.tolist())
    ratio = len(data.std_types) / len(equivalent)
    return np.array([round(counts[e] * ratio) for e in equivalent.tolist()])


def _standardized(
    crystal: Crystal, primitive: bool, idealize: bool, symprec: float, angle_tolerance: float
) -> Crystal:
    import spglib

    lattice, frac, types, _, kinds = _cell(crystal)
    new_lattice, new_frac, new_types = ask_spglib(
        crystal,
        spglib.standardize_cell,
        (lattice, frac, types),
        to_primitive=primitive,
        no_idealize=not idealize,
        symprec=symprec,
        angle_tolerance=angle_tolerance,
    )
    numbers, rows, occupancy, position = [], [], [], []
    for index, (place, type_) in enumerate(zip(new_frac, new_types, strict=True)):
        for z, share in kinds[type_ - 1]:
            numbers.append(z)
            rows.append(place)
            occupancy.append(min(share, 1.0))
            position.append(index)
    return crystal.with_(
        lattice=new_lattice, frac=np.array(rows), numbers=numbers,
        occupancy=occupancy, position=position, labels=(),
    )  # fmt: skip
