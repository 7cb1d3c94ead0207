"""All that is known of candidates, as columns: what a screening looks at, whatever made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from core.errors import SchemaError, ShapeMismatchError
from core.screening.criteria import Column
from core.screening.screen import Known
from core.types import FloatArray

_MASKS = ("new_prototype", "within_hull")  # of what is known, where it was looked at
_NAMES = ("mean", "std", "intervals", "trained", "trained_on")


@dataclass(frozen=True, slots=True, eq=False)
class CandidateColumns:
    """Predictions and novelty of n candidates.

    Attributes:
        ids, formulas: (n,); any sequence, so that hundreds of thousands may stay packed.
        columns: predicted, by key.
        known: novelty, or None where the models carry no domain.
        trained_on: key -> training values, sorted (or their quantiles).
        truth: key -> (n,) what is known of the candidates; NaN where nothing is.

    Raises: ShapeMismatchError on creation.
    """

    ids: Sequence[str]
    formulas: Sequence[str]
    columns: Mapping[str, Column]
    known: Known | None = None
    trained_on: Mapping[str, FloatArray] = field(default_factory=dict)
    truth: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.ids)
        lengths = {len(self.formulas), *(len(c) for c in self.columns.values())}
        lengths |= {len(values) for values in self.truth.values()}
        if self.known is not None:
            lengths.add(len(self.known.percentile))
        if lengths - {n}:
            raise ShapeMismatchError(f"{n} candidates meet columns of {sorted(lengths)} rows.")

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def levels(self) -> tuple[float, ...]:
        """Levels that every column has intervals at; () when one has none."""
        found = [() if c.levels is None else tuple(c.levels.tolist())
                 for c in self.columns.values()]  # fmt: skip
        return found[0] if found and all(levels == found[0] for levels in found) else ()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays that hold all of it, for a result on disk."""
        out: dict[str, NDArray[Any]] = {
            "ids": _texts(self.ids), "formula": _texts(self.formulas),
            "keys": _texts(list(self.columns)), "truth_keys": _texts(list(self.truth)),
        }  # fmt: skip
        for i, (key, column) in enumerate(self.columns.items()):
            parts = {
                "mean": column.mean, "std": column.std, "intervals": column.intervals,
                "levels": column.levels,
                "trained": None if column.trained is None else np.array(column.trained),
                "trained_on": self.trained_on.get(key),
            }  # fmt: skip
            out |= {f"column_{i}_{name}": v for name, v in parts.items() if v is not None}
        for i, values in enumerate(self.truth.values()):
            out[f"truth_{i}"] = values
        if self.known is not None:
            out |= {"percentile": self.known.percentile, "nearest": _texts(self.known.nearest),
                    "unseen": _texts(self.known.unseen)}  # fmt: skip
            masks = {name: getattr(self.known, name) for name in _MASKS}
            out |= {name: mask for name, mask in masks.items() if mask is not None}
        return out

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> CandidateColumns:
        """The columns of `arrays`. Raises: SchemaError when one is missing."""
        try:
            columns, trained_on = {}, {}
            for i, key in enumerate(arrays["keys"].tolist()):
                parts = {n: arrays.get(f"column_{i}_{n}") for n in (*_NAMES, "levels")}
                trained = parts["trained"]
                columns[key] = Column(
                    key, arrays[f"column_{i}_mean"], parts["std"], parts["levels"],
                    parts["intervals"],
                    None if trained is None else (float(trained[0]), float(trained[1])),
                )  # fmt: skip
                if parts["trained_on"] is not None:
                    trained_on[key] = parts["trained_on"]
            known = None
            if "percentile" in arrays:
                known = Known(
                    arrays["percentile"], _sequence(arrays["nearest"]),
                    _sequence(arrays["unseen"]), *(arrays.get(name) for name in _MASKS),
                )  # fmt: skip
            truth = {k: arrays[f"truth_{i}"] for i, k in enumerate(arrays["truth_keys"].tolist())}
            ids, formulas = _sequence(arrays["ids"]), _sequence(arrays["formula"])
            return cls(ids, formulas, columns, known, trained_on, truth)
        except KeyError as error:
            raise SchemaError(
                f"The candidates lack {error.args[0]!r}.", hint="Predict them again."
            ) from None


def _texts(values: Sequence[str]) -> NDArray[np.str_]:
    return np.array(list(values), dtype=np.str_)


def _sequence(values: NDArray[Any]) -> Sequence[str]:
    """An array of texts stays one: a hundred thousand Python texts would take long to make."""
    return cast("Sequence[str]", values)
