"""The table and the card in assets/."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.types import Crystal
from makers.prototype_elastic import checks, evaluate, progress, validate, worklist
from makers.prototype_elastic.selection import Done, Selection, relaxed, select

TABLE = "crystals.parquet"
CARD = "card.json"
_LEVEL = 19  # of zstd: written once, read often
_DIGITS = 10  # of fractional coordinates and cells: far below single precision of the potential


def write(out: Path, assets: Path, known: Path | None) -> None:
    """Select, validate, write. `known` is the file of DFT binaries, for the validation."""
    tasks = worklist.load(out / "tasks.jsonl")
    order = {task.id: i for i, task in enumerate(tasks)}
    found = {record["id"]: record for record in progress.records(out)}
    done = [(tasks[order[name]], found[name]) for name in sorted(found, key=order.__getitem__)]
    selection = select(done)
    selection.kept.sort(key=lambda pair: (pair[0].strukturbericht, pair[0].id))
    assets.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        _table(selection.kept), assets / TABLE, compression="zstd", compression_level=_LEVEL
    )
    written = card(selection, done, tasks) | {
        "versions": json.loads((out / "versions.json").read_text()),
        "validation": _validation(selection.kept, done, known),
    }
    (assets / CARD).write_text(_json(written))


def _json(value: dict[str, Any]) -> str:
    """Indented, but rows of the scatter on a line each."""
    rows: list[str] = []

    def mark(item: Any) -> Any:
        if isinstance(item, dict):
            return {k: mark(v) for k, v in item.items()}
        if isinstance(item, list) and item and not isinstance(item[0], dict):
            rows.append(json.dumps(item, ensure_ascii=False))
            return f"@{len(rows) - 1}@" if not isinstance(item[0], list) else [*map(mark, item)]
        return item

    text = json.dumps(mark(value), indent=1, ensure_ascii=False)
    for index, row in enumerate(rows):
        text = text.replace(f'"@{index}@"', row)
    return text + "\n"


def _table(kept: Sequence[Done]) -> pa.Table:
    """One row a crystal; lists hold flattened lattices (9) and coordinates (3 n)."""
    crystals = [relaxed(*pair) for pair in kept]
    fits = [record["fit"] for _, record in kept]
    n = np.array([c.n_rows for c in crystals])

    def column(values: Any, kind: Any = pa.float64()) -> pa.Array:  # noqa: B008  # a constant
        return pa.array(list(values), kind)

    floats = pa.list_(pa.float64())
    return pa.table({
        "id": [task.id for task, _ in kept],
        "formula": [c.formula for c in crystals],
        "aflow": [task.prototype.split("-")[0] for task, _ in kept],
        "strukturbericht": [task.strukturbericht for task, _ in kept],
        "spacegroup": column((r["spacegroup"] for _, r in kept), pa.int16()),
        "n_atoms": column(n, pa.int16()),
        "volume_per_atom_A3": column(np.array([f["volume"] for f in fits]) / n),
        "bulk_modulus_GPa": column(f["bulk_modulus"] for f in fits),
        "bulk_modulus_derivative": column(f["derivative"] for f in fits),
        "energy_eV_per_atom": column(np.array([f["energy"] for f in fits]) / n),
        "formation_energy_eV_per_atom": column(r["formation_energy"] for _, r in kept),
        "energy_above_hull_eV_per_atom": column(r["above_hull"] for _, r in kept),
        "fit_residual": column(f["residual"] for f in fits),
        "numbers": column((c.numbers.tolist() for c in crystals), pa.list_(pa.uint8())),
        "relaxed_lattice": column((_flat(r["lattice"]) for _, r in kept), floats),
        "relaxed_frac": column((_flat(r["frac"]) for _, r in kept), floats),
        "unrelaxed_lattice": column((_flat(t.start["lattice"]) for t, _ in kept), floats),
        "unrelaxed_frac": column((_flat(t.start["frac"]) for t, _ in kept), floats),
    })  # fmt: skip


def _flat(values: Any) -> list[float]:
    return [float(v) for v in np.round(np.asarray(values, dtype=float), _DIGITS).ravel() + 0.0]


def card(selection: Selection, done: Sequence[Done], tasks: Sequence[Any]) -> dict[str, Any]:
    """How the set was made, its counts and its limits; the validation is added by `write`."""
    ours = [pair for pair in done if pair[0].prototype != worklist.REFERENCE]
    by_prototype = Counter(task.strukturbericht for task, _ in selection.kept)
    return {
        "key": "prototype-elastic",
        "n_crystals": len(selection.kept),
        "n_computed": len(ours),
        "stopped": "by the clock: the list is in random order over prototypes after the elements "
        "and the known binaries, so what was not computed is missing evenly",
        "n_listed": sum(task.prototype != worklist.REFERENCE for task in tasks),
        "n_prototypes": len(by_prototype),
        "seconds_of_one_core": round(sum(record.get("seconds", 0.0) for _, record in done)),
        "method": _METHOD,
        "left_out": {
            name: {"n": n, "meaning": checks.REASONS[name]} for name, n in selection.reasons.items()
        },
        "by_prototype": dict(sorted(by_prototype.items())),
        "elements_eV_per_atom": {k: round(v, 5) for k, v in sorted(selection.elements.items())},
        "limits": _LIMITS,
    }


def labelled(kept: Sequence[Done]) -> list[Crystal]:
    """The relaxed crystals with what the validation reads."""
    return [
        relaxed(task, record).with_(
            properties={
                "spacegroup": record["spacegroup"],
                "bulk_modulus_GPa": record["fit"]["bulk_modulus"],
                "bulk_modulus_derivative": record["fit"]["derivative"],
            }
        )
        for task, record in kept
    ]


def _unchecked(done: Sequence[Done]) -> list[Done]:
    """Every computed crystal that has a positive bulk modulus, whatever else is wrong with it."""
    found = []
    for task, record in done:
        if (
            task.prototype != worklist.REFERENCE
            and (record.get("fit") or {}).get("bulk_modulus", 0) > 0
        ):
            crystal = relaxed(task, record)
            record.setdefault(
                "spacegroup", checks.spacegroup(crystal.lattice, crystal.frac, crystal.numbers)
            )
            found.append((task, record))
    return found


def _validation(kept: Sequence[Done], done: Sequence[Done], known: Path | None) -> dict[str, Any]:
    crystals = labelled(kept)
    elements = validate.measured(crystals)
    found: dict[str, Any] = {
        "experiment": {
            "what": "bulk moduli of elements measured as in ase's Delta test, for the crystals of "
            "the same element and space group; rows: id, element, GPa, GPa measured",
            "all": _rounded(validate.scores(*validate.moduli(elements, validate.MEASURED))),
            "derivative_median_difference": _rounded(validate.derivatives(elements)),
            "scatter": validate.scatter(elements, validate.MEASURED),
        }
    }
    if known is not None:
        pairs = validate.common(crystals, known)
        unchecked = validate.common(labelled(_unchecked(done)), known)
        found["dft"] = {
            "what": "bulk moduli (Voigt-Reuss-Hill) of binaries by PBE, Materials Project (CC BY "
            "4.0) as in matcalc's benchmark mp-binary-pbe-elasticity-2025.1; the crystals of the "
            f"same formula, space group and GRID distance below {validate.SAME} angstrom at one "
            "volume per atom; rows: id, Materials Project id, GPa, GPa by DFT",
            "all": _rounded(validate.scores(*validate.moduli(pairs))),
            "all_without_checks": _rounded(validate.scores(*validate.moduli(unchecked))),
            "volume_median_difference": _rounded(validate.volumes(pairs)),
            "by_family": {k: _rounded(v) for k, v in validate.by_family(pairs).items()},
            "scatter": validate.scatter(pairs),
        }
    return found


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {k: v if isinstance(v, int) else round(v, 4) for k, v in values.items()}


_METHOD = (
    "Prototypes of the AFLOW library (and delafossite), primitive cells, decorated with elements "
    "by charge balance and ratios of radii, or by classes of metals with ratios of radii and "
    "differences of electronegativity (makers/prototype_elastic/decorate.py), or because the file "
    "of DFT binaries holds that formula in that structure (those come first; their moduli are "
    "not read). Cell before relaxation: shape and positions of the prototype, size from radii. "
    "Relaxed within the space group by BFGS on energies, forces and stress of CHGNet 0.3.0 until "
    f"all slopes are below {evaluate.TOLERANCE:g} eV per atom and unit of a coordinate scaled to "
    "stiffness 1. "
    f"Then {evaluate.N_VOLUMES} volumes within {evaluate.HALF_WIDTH:.0%} of the minimum: shape and "
    "positions relaxed again at the two ends, and on the parabola through ends and minimum between "
    "them; third-order Birch-Murnaghan equation through the energies. The relaxed crystal is the "
    "relaxed shape at the fitted volume. Formation energies are against the lowest energy of each "
    "element among its ground state in ase's Delta test and the elemental crystals of the set, "
    "computed in the same way. The hull is that of the set and the elements. One choice was made "
    "after a look at DFT: on 110 of the common crystals, without checks, volumes within 6% gave a "
    "mean |log10| error of 0.082 and derivatives of -3.8 to 13.9 (5th to 95th percentile), volumes "
    "within 9% gave 0.076 and -0.5 to 11.6."
)
_LIMITS = (
    "Computed by a machine-learnt potential, not by DFT and not measured. No magnetic order, no "
    "temperature, no dispersion. Relaxation keeps the space group: crystals that would distort are "
    "here undistorted. The potential's energy has small kinks along the volume, which the "
    "derivative of the bulk modulus shows most. Prototypes held by van der "
    "Waals forces, hydrogen, noble gases and elements beyond uranium are left out by rule; of what "
    "remains the validation is worst for metals with Cr, Mn, Fe, Co or Ni (magnetism decides their "
    "moduli, and the potential has no spin to vary), transition metal nitrides, alkali metals, and "
    "layered or soft halides and chalcogenides (InCl, SnSe, PtS, SnCl2). Moduli are on average too "
    "low, by a tenth: this potential is known to soften. Decorations are chemically sensible, not "
    "known to exist: energy_above_hull_eV_per_atom says how far they are from it, and knows only "
    "the crystals of this set."
)
