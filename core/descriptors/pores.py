"""Pores: the spheres that fit in and pass through, the volume and area that a probe reaches.

Zeo++ (by its binding pyzeo) divides space among the atoms by a Voronoi tessellation and samples it.
Its C code calls exit() on some inputs and may hang, so it runs in a process of its own with limits
on time and memory (`pores_child`). What is reached through channels is accessible, what lies in
closed pockets is not. Volumes and areas are per formula unit, so that they depend on no cell.
Ref: Willems et al., Micropor. Mesopor. Mater. 149 (2012) 134, doi 10.1016/j.micromeso.2011.08.020.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from core.descriptors.base import DESCRIPTORS, Descriptor, require_ordered
from core.elements import SYMBOLS
from core.errors import ComputeError, MissingDependencyError
from core.geometry.cell import lattice_parameters, reduced_cell, supercell
from core.geometry.symmetry import primitive_cell
from core.registry import Spec, option
from core.types import Crystal, FloatArray

_CHILD = Path(__file__).with_name("pores_child.py")
_SECONDS = 300  # of one attempt; a framework of 300 atoms takes a few
_MEMORY = 4 * 2**30
_SHORTCUT = True  # past a quadratic search in pyzeo; the numbers are the same
_SYMPREC = 0.01
_SHIFTS = ((0.0, 0.0, 0.0), (0.0173, 0.0311, 0.0457))  # fractions of the cell
_NUMBER = re.compile(r"(\w+)_A\^[23]: (\S+)")
_LABELS = (
    "density [g/cm³]", "volume [Å³/f.u.]",
    "largest included sphere [Å]", "largest free sphere [Å]",
    "included sphere along the free path [Å]",
    "accessible volume [Å³/f.u.]", "non-accessible volume [Å³/f.u.]", "pore volume [Å³/f.u.]",
    "accessible area [Å²/f.u.]", "non-accessible area [Å²/f.u.]", "pore area [Å²/f.u.]",
    "accessible fraction of the volume",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PoresSpec(Spec):
    """Options of the pores."""

    probe: float = option(
        1.2, label="Probe radius", unit="Å", gt=0, le=10,
        help="Radius of the sphere that must pass a channel and fit into its volume.",
    )  # fmt: skip
    samples: int = option(
        50_000, label="Volume samples", ge=100, le=10_000_000,
        help="Points thrown into the cell; the error of a volume falls with their square root.",
    )  # fmt: skip
    surface_samples: int = option(
        2_000, label="Area samples", ge=10, le=1_000_000, help="Points thrown on each atom.",
    )  # fmt: skip
    accuracy: str = option(
        "high", label="Accuracy", choices=("high", "fast"),
        help="high: large atoms become clusters of small spheres, for unequal radii; fast: not.",
    )  # fmt: skip
    cell: str = option(
        "primitive", label="Cell", choices=("primitive", "as given"),
        help="as given repeats published numbers for that very cell, at many times the cost.",
    )  # fmt: skip


def pores(crystal: Crystal, spec: PoresSpec | None = None) -> FloatArray:
    """Density, pore diameters, and volume and area that a probe reaches.

    Returns: (12,) float64 in the order and units of the labels; f.u. is the reduced formula unit.
        Diameters are of spheres, twice the radius; a negative one means that atoms overlap.
    Raises: DisorderedStructureError; ComputeError when Zeo++ ends, crashes, or takes more than
        300 s or 4 GB on every cell tried; MissingDependencyError without pyzeo.
    """
    spec = spec or PoresSpec()
    require_ordered(crystal, "refuse")
    if find_spec("pyzeo") is None:
        raise MissingDependencyError(
            "Pores need the package pyzeo.", hint="Install it: pip install pyzeo==0.2.0."
        )
    failures = []
    for cell in _cells(crystal, spec):
        try:
            answer = _ask(cell, spec)
        except ComputeError as error:
            failures.append(error)
        else:
            return _features(cell, answer)
    raise failures[0]


def _cells(crystal: Crystal, spec: PoresSpec) -> Iterator[Crystal]:
    """The cell to use, then others of the same crystal in case Zeo++ gives up on it.

    It does so where atoms sit so symmetrically that rounding decides to which vertex an edge runs:
    another origin or a larger cell gets round that.
    """
    given = spec.cell == "as given"
    cell = crystal if given else reduced_cell(primitive_cell(crystal, symprec=_SYMPREC))
    for shift in _SHIFTS:
        yield cell.with_(frac=cell.frac + shift)
    if not given:
        yield supercell(cell, (1, 1, 2))


def _features(cell: Crystal, answer: dict[str, Any]) -> FloatArray:
    reached = {name: float(value) for name, value in _NUMBER.findall(answer["volume"])}
    reached |= {name: float(value) for name, value in _NUMBER.findall(answer["surface"])}
    n = formula_units(cell)
    volume, pockets = reached["AV"], reached["NAV"]
    area, inner = reached["ASA"], reached["NASA"]
    per_unit = np.array([volume, pockets, volume + pockets, area, inner, area + inner]) / n
    included, free, along = answer["diameters"]
    return np.array(
        [cell.density, cell.volume / n, included, free, along, *per_unit, volume / cell.volume]
    )


def formula_units(crystal: Crystal) -> int:
    """How often the reduced formula fits into the cell of an ordered crystal."""
    return int(np.gcd.reduce(np.unique(crystal.numbers, return_counts=True)[1]))


def _ask(cell: Crystal, spec: PoresSpec) -> dict[str, Any]:
    """What Zeo++ says of one cell.

    Raises: ComputeError.
    """
    with tempfile.TemporaryDirectory(prefix="gridscope-pores-") as folder:
        request = {
            "cssr": cssr(cell), "folder": folder, "radius": spec.probe, "samples": spec.samples,
            "surface_samples": spec.surface_samples,
            "accuracy": "DEF" if spec.accuracy == "high" else "",
            "seconds": _SECONDS + 10, "memory": _MEMORY, "shortcut": _SHORTCUT,
        }  # fmt: skip
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and file
                [sys.executable, "-I", str(_CHILD)], input=json.dumps(request).encode(),
                capture_output=True, timeout=_SECONDS, check=False, cwd=folder,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise ComputeError(
                f"Zeo++ took more than {_SECONDS} s on {cell.id!r} ({cell.n_rows} atoms).",
                hint="Use the primitive cell, accuracy fast, or fewer samples.",
            ) from error
    if done.returncode != 0 or not done.stdout:
        words = _reason(done.stderr.decode(errors="replace"))
        raise ComputeError(
            f"Zeo++ gave up on {cell.id!r} (exit status {done.returncode}"
            + (f": {words})." if words else ")."),
            hint="Atoms may overlap or sit too symmetrically for it (try the other cell), or the "
            f"cell is too large for the {_MEMORY / 2**30:g} GB it may take.",
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _reason(told: str) -> str:
    """The line that says why: the last of a traceback, else the first that is no mere remark."""
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    lines = [line for line in lines if "memory scaled up" not in line]
    if not lines:
        return ""
    return lines[-1 if lines[0].startswith("Traceback") else 0][:160].rstrip(".")


def cssr(crystal: Crystal) -> str:
    """The crystal in the format Zeo++ reads with most digits; positions within the cell."""
    a, b, c, alpha, beta, gamma = lattice_parameters(crystal.lattice)
    lines = [
        f"{a:.10f} {b:.10f} {c:.10f}",
        f"{alpha:.10f} {beta:.10f} {gamma:.10f} SPGR = 1 P 1 OPT = 1",
        f"{crystal.n_rows} 0",
        "0 cell : cell",
    ]
    frac = crystal.frac - np.floor(crystal.frac)
    for i, (z, (x, y, w)) in enumerate(zip(crystal.numbers.tolist(), frac, strict=True), 1):
        lines.append(f"{i} {SYMBOLS[z]} {x:.12f} {y:.12f} {w:.12f} 0 0 0 0 0 0 0 0 0.000")
    return "\n".join(lines) + "\n"


DESCRIPTORS.register(
    Descriptor(
        key="pores",
        title="Pores",
        summary="Spheres that fit in and pass through; volume and area that a probe reaches.",
        formula=r"D_i = 2 \max_x r(x), \quad D_f = 2 \max_\gamma \min_{x \in \gamma} r(x), \quad "
        r"V_a = \frac{V}{Z}\, P\!\left[x \in A\right]",
        symbols="r(x): distance from x to the surface of the nearest atom; D_i: largest included "
        "sphere; γ: paths that cross the crystal, D_f: largest free sphere; A: points where the "
        "probe fits that are joined to a channel; V: volume of the cell; Z: formula units in it.",
        spec_type=PoresSpec,
        compute=pores,
        labels=lambda _: list(_LABELS),
        reference="Willems, Rycroft, Kazi, Meza & Haranczyk, Micropor. Mesopor. Mater. 149 (2012) "
        "134, doi:10.1016/j.micromeso.2011.08.020",
        limits="Volumes and areas are sampled (by default 1 to 2% where pores fill a tenth of the "
        "cell, worse in tight pores); diameters in high accuracy differ by 0.01, at times 0.03 Å "
        "between cells of one crystal; whether a pocket is accessible jumps "
        "where a window is as wide as the probe.",
        unit="in the name of each feature",
        continuous=False,
        # Sampling, and clusters of spheres that stand for an atom, know the axes of the cell.
        invariance_tolerance=0.02,
    )
)
