"""Applicability: whether a crystal is like those a model has learnt from, in plain words.

Three questions, each with the training crystals' own answer beside it: are its elements among
theirs, is it as near to one of them as they are to one another, is the value among theirs? The
second is the nearest-neighbour novelty with the leave-one-out distances of the training crystals as
yardstick. Ref.: Sheridan et al., J. Chem. Inf. Comput. Sci. 44 (2004) 1912, doi 10.1021/ci049782w.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import NonFiniteError, ShapeMismatchError
from core.types import FloatArray, IntArray

FAR = 0.95  # share of the training crystals that are nearer to their nearest: from here on told
FEW = 3  # training crystals below which an element is as good as unseen
_SAME = 1e-3  # of the median distance among the training crystals: digits that a CIF file drops
_QUANTILES = 101
MOST_VALUES = 1001
NEW_ELEMENT = "which no training crystal does"  # ends the reason; tables are searched for it


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """What a model has learnt from, as far as judging new crystals needs it.

    Attributes:
        counts: element -> training crystals that hold it.
        target: (<= 1001,) training values, sorted; evenly spaced quantiles of more of them.
        nearest: (101,) quantiles of the distance of each training crystal to the nearest other;
            empty where the model has no space to measure in.
        space: what is measured, in words; "" without a space.
        digests: (n,) uint64, the heads of the training crystals' digests.
        projection: how crystals are placed where the model's own state does not say; see
            `core.models.domain`.

    Raises: ShapeMismatchError, NonFiniteError on creation.
    """

    counts: Mapping[str, int]
    target: FloatArray
    nearest: FloatArray
    space: str
    digests: NDArray[np.uint64]
    projection: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not len(self.target) or len(self.nearest) not in (0, _QUANTILES):
            raise ShapeMismatchError(
                f"A domain has {len(self.target)} values and {len(self.nearest)} quantiles; "
                f"expected at least 1 and 0 or {_QUANTILES}."
            )
        for name, values in (("values", self.target), ("distances", self.nearest)):
            if not np.isfinite(values).all() or (np.diff(values) < 0).any():
                raise NonFiniteError(f"The training {name} are not finite and sorted.")

    @classmethod
    def of(
        cls,
        elements: Sequence[Sequence[str]],
        target: FloatArray,
        nearest: FloatArray,
        space: str,
        digests: Sequence[str],
        projection: Mapping[str, Any] | None = None,
    ) -> Domain:
        """The domain of training crystals.

        Args:
            elements: of each crystal.
            target: (n,) their values.
            nearest: (m,) distances of (some of) them to the nearest other; empty without a space.
            digests: SHA-256 of each crystal, in hexadecimal.
        """
        counts: dict[str, int] = {}
        for symbols in elements:
            for symbol in dict.fromkeys(symbols):
                counts[symbol] = counts.get(symbol, 0) + 1
        steps = np.linspace(0, 1, _QUANTILES)
        values = np.sort(np.asarray(target, dtype=np.float64))
        if len(values) > MOST_VALUES:
            values = np.quantile(values, np.linspace(0, 1, MOST_VALUES))
        return cls(
            dict(sorted(counts.items())), values,
            np.quantile(nearest, steps) if len(nearest) else np.empty(0), space,
            np.array([digest_head(text) for text in digests], dtype=np.uint64), projection or {},
        )  # fmt: skip

    def percentile(self, distance: FloatArray) -> FloatArray:
        """Share of the training crystals that are nearer to their nearest; NaN without a space."""
        if not len(self.nearest):
            return np.full(len(distance), np.nan)
        share: FloatArray = np.interp(distance, self.nearest, np.linspace(0, 1, _QUANTILES))
        share[distance < self.nearest[0]] = 0.0
        return share


def digest_head(digest: str) -> int:
    """The first 64 bits of a digest in hexadecimal: chance hits are out of the question."""
    return int(digest[:16], 16)


@dataclass(frozen=True, slots=True, eq=False)
class Applicability:
    """The verdict on n crystals.

    Attributes:
        distance: (n,) to the nearest training crystal, in the model's own space; NaN without one.
        percentile: (n,) share of the training crystals that are nearer to their nearest.
        beyond: (n,) -1 below the training values, 1 above them, 0 among them.
        unseen: elements of each that no training crystal holds.
        in_training: (n,) the very crystal was trained on.
        same: (n,) another crystal that the model can't tell from one it was trained on.
        reasons: why to look twice, for each; "" where there is none.
    """

    distance: FloatArray
    percentile: FloatArray
    beyond: IntArray
    unseen: tuple[tuple[str, ...], ...]
    in_training: NDArray[np.bool_]
    same: NDArray[np.bool_]
    reasons: tuple[str, ...]


def judge(
    domain: Domain,
    elements: Sequence[Sequence[str]],
    digests: Sequence[str],
    distance: FloatArray,
    nearest_ids: Sequence[str],
    mean: FloatArray,
    *,
    value_range: tuple[float, float],
    unit: str = "",
) -> Applicability:
    """Compare n crystals and their predictions with what the model has learnt from.

    Args:
        elements, digests: of each crystal.
        distance: (n,) to the nearest training crystal; NaN without a space.
        nearest_ids: ids of those; "" without a space.
        mean: (n,) predictions.
        value_range: least and largest training value.

    Raises: ShapeMismatchError when they are not all of one length.
    """
    if not len(elements) == len(digests) == len(distance) == len(nearest_ids) == len(mean):
        raise ShapeMismatchError(f"{len(elements)} crystals meet {len(mean)} predictions.")
    percentile = domain.percentile(distance)
    beyond = np.where(mean < value_range[0], -1, np.where(mean > value_range[1], 1, 0))
    known = np.isin([digest_head(d) for d in digests], domain.digests)
    middle = float(np.median(domain.nearest)) if len(domain.nearest) else 0.0
    with np.errstate(invalid="ignore"):
        same = ~known & (distance <= _SAME * middle)
    unseen, reasons = [], []
    for i, symbols in enumerate(elements):
        new = tuple(s for s in symbols if s not in domain.counts)
        rare = {s: domain.counts[s] for s in symbols if 0 < domain.counts.get(s, 0) < FEW}
        words = [
            *_of_elements(new, {} if known[i] else rare),
            *_of_distance(percentile[i], bool(known[i]), nearest_ids[i]),
            *_of_value(float(mean[i]), int(beyond[i]), value_range, unit),
        ]
        unseen.append(new)
        reasons.append("; ".join(words))
    return Applicability(
        distance, percentile, beyond, tuple(unseen), known, same, tuple(reasons)
    )  # fmt: skip


def _of_elements(new: Sequence[str], rare: Mapping[str, int]) -> list[str]:
    out = [f"holds {' and '.join(new)}, {NEW_ELEMENT}"] if new else []
    for symbol, count in rare.items():
        out.append(f"only {count} training {'crystal holds' if count == 1 else 'crystals hold'} "
                   f"{symbol}")  # fmt: skip
    return out


def _of_distance(percentile: float, known: bool, nearest_id: str) -> list[str]:
    if known or not percentile >= FAR:
        return []
    if percentile >= 1:
        return [f"farther from its nearest training crystal ({nearest_id}) than any of them from "
                "theirs"]  # fmt: skip
    return [f"farther from its nearest training crystal ({nearest_id}) than "
            f"{int(100 * percentile)}% of them from theirs"]  # fmt: skip


def _of_value(mean: float, beyond: int, value_range: tuple[float, float], unit: str) -> list[str]:
    if not beyond:
        return []
    low, high = value_range
    side = "below" if beyond < 0 else "above"
    span = f"{low:.4g} to {high:.4g} {unit}".strip()
    return [f"predicted {side} the training values ({span})"]
