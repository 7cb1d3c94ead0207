"""Numeric features of crystals as models take them: descriptors side by side, with transforms.

Written as a sum: `composition`, `composition_statistics+structure_features`,
`soap(r_cut=6)@scale@pca12`. Transforms are fitted on the training crystals of a fold alone.

| transform | effect |
|---|---|
| `@scale` | to mean 0 and standard deviation 1; a constant column becomes 0 |
| `@log` | sign(x) ln(1 + abs(x)) |
| `@pcaN` | the first N principal components |

`given` stands for a table of numbers brought with the crystals instead of a descriptor.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.descriptors import DESCRIPTORS
from core.distances.base import parse_options
from core.errors import InvalidSpecError
from core.registry import Spec
from core.types import FloatArray

GIVEN = "given"
_TERM = re.compile(r"\s*(?P<key>[A-Za-z][\w-]*)\s*(?:\((?P<options>[^()]*)\))?(?P<then>(?:@\w+)*)")
_PCA = re.compile(r"pca([1-9]\d{0,3})")
_MANY = 1000  # smaller side of a matrix from which its leading singular vectors are drawn at random
Fitted = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FeatureTerm:
    """One descriptor with its options and the transforms that follow it."""

    key: str
    options: Mapping[str, Any] = field(default_factory=dict)
    transforms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.is_given:
            _ = self.spec  # unknown names and bad options are refused here
        for name in self.transforms:
            if name not in ("scale", "log") and not _PCA.fullmatch(name):
                raise InvalidSpecError(
                    f"There is no transform {name!r}.", hint="Transforms: @scale, @log, @pcaN."
                )

    @property
    def is_given(self) -> bool:
        return self.key == GIVEN

    @property
    def spec(self) -> Spec:
        return DESCRIPTORS[self.key].spec_type.from_dict(self.options)

    @property
    def source(self) -> str:
        """The descriptor without transforms: what is computed once for all crystals."""
        options = ",".join(
            f"{name}={' '.join(value) if isinstance(value, tuple) else value}"
            for name, value in self.options.items()
        )
        return self.key + (f"({options})" if options else "")

    def __str__(self) -> str:
        return "@".join((self.source, *self.transforms))


def parse_features(text: str) -> tuple[FeatureTerm, ...]:
    """The feature set written as a sum; () for an empty text.

    Raises: InvalidSpecError when it can't be read; UnknownNameError for an unknown descriptor.
    """
    terms, rest = [], text
    while rest.strip():
        match = _TERM.match(rest)
        if not match:
            raise InvalidSpecError(
                f"The features {text!r} can't be read at {rest!r}.",
                hint="Write NAME, or a sum such as composition+grid@pca20.",
            )
        options = (
            {}
            if match["key"] == GIVEN
            else parse_options(DESCRIPTORS[match["key"]].spec_type, match["options"] or "")
        )
        terms.append(FeatureTerm(match["key"], options, tuple(match["then"].split("@")[1:])))
        rest = rest[match.end() :].strip()
        if rest and not rest.startswith("+"):
            raise InvalidSpecError(
                f"The features {text!r} can't be read at {rest!r}.", hint="Join them with +."
            )
        if rest == "+":
            raise InvalidSpecError(f"The features {text!r} end in a +.")
        rest = rest[1:]
    sources = [term.source for term in terms]
    if len(set(sources)) < len(sources):
        raise InvalidSpecError(f"The features {text!r} name a descriptor twice.")
    return tuple(terms)


def required_features(text: str) -> tuple[FeatureTerm, ...]:
    """As `parse_features`, of a model that sees nothing else. Raises: InvalidSpecError for none."""
    terms = parse_features(text)
    if not terms:
        raise InvalidSpecError(
            "No descriptors are named.", hint="Write NAME, or a sum such as composition+grid@pca20."
        )
    return terms


def fit_transforms(
    terms: Sequence[FeatureTerm], blocks: Sequence[FloatArray], *, seed: int, scale: bool = False
) -> tuple[list[list[Fitted]], FloatArray]:
    """Fit all transforms; returns their states and the training matrix (n, d), float64.

    Args:
        blocks: (n, d_t) features of each term.
        scale: bring every column to mean 0 and deviation 1 at the end.
    """
    states, parts = [], []
    for term, block in zip(terms, blocks, strict=True):
        names = (*term.transforms, "scale") if scale else term.transforms
        x: FloatArray = np.asarray(block, dtype=np.float64)
        done = []
        for name in names:
            state = _fit(name, x, seed)
            x = _apply(state, x)
            done.append(state)
        states.append(done)
        parts.append(x)
    return states, np.hstack(parts)


def apply_transforms(
    states: Sequence[Sequence[Fitted]], blocks: Sequence[FloatArray]
) -> FloatArray:
    """The matrix (n, d) of new crystals under transforms fitted before."""
    parts = []
    for done, block in zip(states, blocks, strict=True):
        x: FloatArray = np.asarray(block, dtype=np.float64)
        for state in done:
            x = _apply(state, x)
        parts.append(x)
    return np.hstack(parts)


def transformed_labels(
    terms: Sequence[FeatureTerm],
    labels: Sequence[Sequence[str]],
    states: Sequence[Sequence[Fitted]],
) -> tuple[str, ...]:
    """Labels of the columns after the transforms: components of a PCA are numbered."""
    out: list[str] = []
    for term, names, done in zip(terms, labels, states, strict=True):
        current = list(names)
        for state in done:
            if state["kind"] == "pca":  # fewer than asked for when crystals are few
                count = len(state["components"])
                current = [f"{term.key} component {i + 1}" for i in range(count)]
        out += current
    return tuple(out)


def _fit(name: str, x: FloatArray, seed: int) -> Fitted:
    if name == "log":
        return {"kind": "log"}
    if name == "scale":
        mean, std = x.mean(axis=0), x.std(axis=0)
        # A column that varies by rounding alone carries nothing.
        flat = std <= 1e-12 * np.maximum(1.0, np.abs(mean))
        return {"kind": "scale", "mean": mean, "std": np.where(flat, np.inf, std)}
    match = _PCA.fullmatch(name)
    assert match is not None
    return _principal(x, int(match[1]), seed)


def _principal(x: FloatArray, count: int, seed: int) -> Fitted:
    """Leading right singular vectors of the centred matrix, at most as many as there are."""
    mean = x.mean(axis=0)
    centred = x - mean
    count = min(count, *x.shape)
    if min(x.shape) > _MANY:
        from sklearn.utils.extmath import randomized_svd

        _, _, components = randomized_svd(centred, count, random_state=seed)
    else:
        components = np.linalg.svd(centred, full_matrices=False)[2][:count]
    return {"kind": "pca", "mean": mean, "components": np.ascontiguousarray(components)}


_APPLY: dict[str, Callable[[Fitted, FloatArray], FloatArray]] = {
    "log": lambda state, x: np.sign(x) * np.log1p(np.abs(x)),
    "scale": lambda state, x: (x - state["mean"]) / state["std"],
    "pca": lambda state, x: (x - state["mean"]) @ state["components"].T,
}


def _apply(state: Fitted, x: FloatArray) -> FloatArray:
    return _APPLY[state["kind"]](state, x)
