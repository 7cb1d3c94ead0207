"""Small problems that models are tested on."""

from __future__ import annotations

from functools import cache

import numpy as np

from core.data import load_embedded
from core.distances import parse_metric
from core.models import Inputs, Target, prepare
from core.models.inputs import Needs
from core.types import Crystal

KEY = "volume_per_atom_A3"


@cache
def crystals() -> tuple[Crystal, ...]:
    """Elements with their volume per atom as property, computed here: a law to learn."""
    return tuple(
        c.with_(properties={**c.properties, KEY: c.volume / c.n_rows})
        for c in load_embedded("elements")
    )


@cache
def elements_under(metric: str) -> Inputs:
    """The elements with their vectors under a metric."""
    return prepare(crystals(), Needs(distances=parse_metric(metric).terms))[0]


def problem(metric: str) -> tuple[Inputs, Target]:
    """Volumes per atom of the elements, to be learnt from distances."""
    return elements_under(metric), Target(KEY, np.array([c.properties[KEY] for c in crystals()]))


def table(n: int, d: int, *, noise: float, seed: int = 0) -> tuple[Inputs, Target]:
    """A smooth function of d numbers with Gaussian noise of known width."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, d))
    y = np.sin(2 * x[:, 0]) + (x[:, 1] ** 2 if d > 1 else 0) + noise * rng.normal(size=n)
    return Inputs.given(x, ids=[f"{seed}-{i}" for i in range(n)]), Target("y", y)
