"""What became of a shortlist: predicted beside verified values, rates, tables, the script."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import ShapeMismatchError
from core.jobs.base import JobResult
from core.jobs.verify import BULK, DERIVATIVE, DOUBT, RESIDUAL, VALUES
from core.types import Crystal, FloatArray
from core.units import quantity
from core.verification.equation_of_state import DOUBTS
from core.verification.hits import HitRate, Parity, Window, parity
from core.verification.relax import RelaxSpec

FITTED = (BULK, DERIVATIVE, RESIDUAL)
"""Values of the equation of state."""


@dataclass(frozen=True, slots=True, eq=False)
class Shortlist:
    """Crystals, and what was predicted of them.

    Attributes:
        crystals: n of them, ids unique.
        target: key of the predicted property.
        mean, std: (n,) predictions and their standard deviations, NaN where unknown.
        window: values that were wanted: a verified one inside is a hit.
        bounds: (n, 2) predicted intervals, or None.
        level: of those intervals.
        name: words for it, of which file names are made.

    Raises: ShapeMismatchError.
    """

    crystals: tuple[Crystal, ...]
    target: str
    mean: FloatArray
    std: FloatArray
    window: Window
    bounds: FloatArray | None = None
    level: float = 0.0
    name: str = "shortlist"

    def __post_init__(self) -> None:
        n = len(self.crystals)
        shapes = [np.shape(self.mean), np.shape(self.std)]
        if shapes != [(n,)] * 2 or (self.bounds is not None and self.bounds.shape != (n, 2)):
            raise ShapeMismatchError(f"{n} crystals meet predictions of shapes {shapes}.")


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """The finished job of a shortlist.

    Attributes:
        shortlist: what was verified.
        result: of the job.
        key: of the value that verifies the target.
        values: (n,) verified, in the order of the shortlist; NaN where there is none.
        doubts: (n,) code of `DOUBTS`, or ''.
        parity: predicted against verified.
    """

    shortlist: Shortlist
    result: JobResult
    key: str
    values: FloatArray
    doubts: tuple[str, ...]
    parity: Parity

    @property
    def unit(self) -> str:
        return quantity(self.key).unit


def read(shortlist: Shortlist, result: JobResult, key: str) -> Verified:
    """A result beside its predictions; doubtful fits do not count as verified moduli."""
    out = result.outputs
    row_of = {name: i for i, name in enumerate(out["ids"].tolist())}
    rows = [row_of.get(crystal.id) for crystal in shortlist.crystals]
    values = np.array([np.nan if i is None else float(out[key][i]) for i in rows])
    doubts = tuple("" if i is None else str(out[DOUBT][i]) for i in rows)
    counted = values.copy()
    if key in FITTED:
        counted[[bool(code) for code in doubts]] = np.nan
    compared = parity(
        shortlist.mean, counted, window=shortlist.window, std=shortlist.std,
        interval=shortlist.bounds,
    )  # fmt: skip
    return Verified(shortlist, result, key, values, doubts, compared)


def rates(found: Verified) -> list[tuple[str, HitRate]]:
    """What the figure of shares shows, in order."""
    rows = [("Verified in the window", found.parity.hits),
            ("Predicted in the window", found.parity.promised)]  # fmt: skip
    if found.parity.within is not None:
        words = f"Verified in the {100 * found.shortlist.level:g}% interval"
        rows.append((words, found.parity.within))
    return rows


def window_text(window: Window, unit: str) -> str:
    """A window in words."""
    if np.isfinite(window.low) and np.isfinite(window.high):
        return f"{window.low:g} to {window.high:g} {unit}".strip()
    if np.isfinite(window.low):
        return f"at least {window.low:g} {unit}".strip()
    return f"at most {window.high:g} {unit}".strip() if np.isfinite(window.high) else "any value"


def table(found: Verified) -> dict[str, list[Any]]:
    """Columns of the shortlist: predicted, verified, whether it counts, all other values."""
    shortlist, out = found.shortlist, found.result.outputs
    row_of = {name: i for i, name in enumerate(out["ids"].tolist())}
    rows = [row_of.get(crystal.id) for crystal in shortlist.crystals]
    counts = set(found.parity.rows.tolist())
    columns: dict[str, list[Any]] = {
        "id": [c.id for c in shortlist.crystals],
        "formula": [c.formula for c in shortlist.crystals],
        f"predicted_{shortlist.target}": shortlist.mean.tolist(),
        f"predicted_{shortlist.target}_std": shortlist.std.tolist(),
        f"verified_{found.key}": found.values.tolist(),
        "hit": [bool(shortlist.window.holds(found.values)[i]) if i in counts else None
                for i in range(len(rows))],
        "doubt": [DOUBTS.get(code, "") for code in found.doubts],
    }  # fmt: skip
    for name in VALUES:
        if name != found.key:
            columns[name] = [None if i is None else float(out[name][i]) for i in rows]
    for side, name in enumerate(("spacegroup_before", "spacegroup_after")):
        columns[name] = [None if i is None else int(out["spacegroup"][i, side]) for i in rows]
    return columns


def script(found: Verified, spec: RelaxSpec) -> str:
    """Ten lines that verify again."""
    options = {k: v for k, v in spec.to_dict().items() if v != RelaxSpec().to_dict()[k]}
    pairs = zip(found.shortlist.crystals, found.shortlist.mean.tolist(), strict=True)
    predicted = {c.id: float(f"{mean:.6g}") for c, mean in pairs if np.isfinite(mean)}
    bounds = ", ".join(
        f"{side}={value!r}" for side, value in
        (("low", found.shortlist.window.low), ("high", found.shortlist.window.high))
        if np.isfinite(value)
    )  # fmt: skip
    return (
        "import numpy as np\n"
        "from core.io import read\n"
        "from core.jobs import JobSpec, run\n"
        "from core.verification.hits import Window, parity\n"
        'crystals = read(["shortlist/"]).crystals  # the shortlist as files\n'
        f"predicted = {json.dumps(predicted)}\n"
        f'spec = JobSpec(task="verify", options={options!r})\n'
        'out = run(spec, {"crystals": crystals}).outputs\n'
        "mean = np.array([predicted.get(name, np.nan) for name in out['ids'].tolist()])\n"
        + (f"out[{found.key!r}][out['fit_doubt'] != ''] = np.nan\n" if found.key in FITTED else "")
        + f"found = parity(mean, out[{found.key!r}], window=Window({bounds}))\n"
        "print(found.hits, found.scores)\n"
    )
