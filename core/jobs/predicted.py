"""What a job `predict` found: a row a crystal, a table with units in its names, properties to join.

A predicted value never goes under the name of the measured one: its column begins with
`predicted_`, and the library's record of decisions says by which model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.library import Library
from core.types import FloatArray
from core.units import PREDICTED, quantity

PREFIX = PREDICTED
_DIGITS = 6
_MOST_DIGITS = 8  # decimals shown at most


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Predictions of n crystals.

    Attributes:
        ids: of the crystals.
        key: of the target, with its unit (`bulk_modulus_GPa`).
        mean, std: (n,).
        levels, intervals: (n_levels,) and (n, 2, n_levels); empty without intervals.
        in_training: (n,) the crystal was trained on.
        same: (n,) the model can't tell it from one it was trained on.
        percentile: (n,) share of the training crystals nearer to their nearest; NaN if unknown.
        nearest: id of the nearest training crystal, or "".
        reasons: why to look twice, or "".
        trained_on: training values, sorted; empty where the model does not carry them.
        space: what the percentile measures, in words; "" where there is none.
        judged: whether the model carries its training domain.
    """

    ids: tuple[str, ...]
    key: str
    mean: FloatArray
    std: FloatArray
    levels: FloatArray
    intervals: FloatArray
    in_training: NDArray[np.bool_]
    same: NDArray[np.bool_]
    percentile: FloatArray
    nearest: tuple[str, ...]
    reasons: tuple[str, ...]
    trained_on: FloatArray
    space: str
    judged: bool

    @classmethod
    def of(cls, outputs: Mapping[str, NDArray[Any]]) -> Predicted:
        """From the outputs of the job."""
        ids = tuple(outputs["ids"].tolist())
        n, judged = len(ids), "reasons" in outputs
        return cls(
            ids, str(outputs["target"]), outputs["mean"], outputs["std"], outputs["levels"],
            outputs["intervals"], outputs["in_training"],
            outputs["same"] if judged else np.zeros(n, dtype=np.bool_),
            outputs["percentile"] if judged else np.full(n, np.nan),
            tuple(outputs["nearest"].tolist()) if judged else ("",) * n,
            tuple(outputs["reasons"].tolist()) if judged else ("",) * n,
            outputs["trained_on"] if judged else np.empty(0),
            str(outputs["space"]) if judged else "", judged,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def unit(self) -> str:
        return quantity(self.key).unit

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """(n,) those with a reason to look twice."""
        return np.array([bool(reason) for reason in self.reasons], dtype=np.bool_)

    @property
    def new(self) -> NDArray[np.bool_]:
        """(n,) those the model has not seen: what an error may be stated of."""
        return ~(self.in_training | self.same)

    def interval_at(self, level: float) -> FloatArray:
        """(n, 2) bounds of the level that comes nearest."""
        return np.asarray(self.intervals[:, :, int(np.abs(self.levels - level).argmin())])

    def standing(self, row: int) -> str:
        """Whether a crystal was trained on, in a word or two."""
        if self.in_training[row]:
            return "yes"
        return "as good as" if self.same[row] else "no"

    def rounded(self, value: float, row: int) -> float | None:
        """A value with the digits that the deviation of a row allows; None for infinity."""
        return float(shown_value(value, self.std[row]).replace(",", "")) if (
            np.isfinite(value)
        ) else None  # fmt: skip

    def columns(self) -> dict[str, list[Any]]:
        """A column each, with the target's unit in its name; full figures, for files."""
        key = self.key
        out: dict[str, list[Any]] = {
            "id": list(self.ids), key: _rounded(self.mean), f"{key}_std": _rounded(self.std),
        }  # fmt: skip
        for j, level in enumerate(self.levels.tolist()):
            for side, name in enumerate(("low", "high")):
                out[f"{key}_{name}_{level:g}"] = _rounded(self.intervals[:, side, j])
        out["in_training"] = [self.standing(i) for i in range(len(self))]
        if self.judged:
            out["nearest_training_crystal"] = list(self.nearest)
            out["distance_percentile"] = _rounded(100 * self.percentile)
            out["applicability"] = list(self.reasons)
        return out

    def joined(self, library: Library, model: str) -> Library:
        """The library with predictions as properties; the decision names the model.

        Properties: `predicted_KEY`, `predicted_std_KEY`, bounds of each level as
        `predicted_low_90_KEY`, and `prediction_note_KEY` where there is a reason to look twice.

        Args:
            model: name and digest of the model, in words.
        """
        row_of = {name: row for row, name in enumerate(self.ids)}
        changed = []
        for crystal in library.crystals:
            row = row_of.get(crystal.id)
            if row is not None:
                properties = {**crystal.properties, **self._properties(row)}
                changed.append(crystal.with_(properties=properties))
        decision = (
            f"predicted {self.key} of {len(changed)} of {len(library)} crystals as "
            f"{PREFIX}{self.key} with {model}; {int(self.flagged.sum())} flagged as unlike the "
            f"training crystals, {int((~self.new).sum())} of them in training or as good as"
        )
        return library.replacing(changed, decision)

    def _properties(self, row: int) -> dict[str, float | str]:
        out: dict[str, float | str] = {
            f"{PREFIX}{self.key}": float(self.mean[row]),
            f"{PREFIX}std_{self.key}": float(self.std[row]),
        }
        for j, level in enumerate(self.levels.tolist()):
            for side, name in enumerate(("low", "high")):
                bound = float(self.intervals[row, side, j])
                if np.isfinite(bound):
                    out[f"{PREFIX}{name}_{100 * level:g}_{self.key}"] = bound
        if self.reasons[row]:
            out[f"prediction_note_{self.key}"] = self.reasons[row]
        return out


def shown_value(value: float, std: float) -> str:
    """A value with the digits that its uncertainty allows: that of the second digit of the std.

    Six significant figures where there is no uncertainty.
    """
    if not np.isfinite(value):
        return "∞" if value > 0 else "−∞"
    if not (np.isfinite(std) and std > 0):
        return f"{value:.6g}"
    decimals = 1 - int(np.floor(np.log10(std)))
    if decimals <= 0:
        return f"{round(value, decimals):,.0f}"
    return f"{value:,.{min(decimals, _MOST_DIGITS)}f}"


def _rounded(values: FloatArray) -> list[float | None]:
    """Six figures: last bits differ with the place of arrays in memory; None for NaN."""
    return [
        None if np.isnan(value) else float(f"{value:.{_DIGITS}g}") for value in values.tolist()
    ]  # fmt: skip
