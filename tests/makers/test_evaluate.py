"""The record of one crystal, on energies known in closed form."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.verification.equation_of_state import EV_PER_A3_IN_GPA
from makers.prototype_elastic.evaluate import evaluate
from makers.prototype_elastic.prototypes import prototype
from tests.pair_potential import Pairs


def test_evaluate_agrees_with_the_potential_s_curvature():
    host = prototype("A_cF4_225_a")
    start = {"lattice": host.lattice * 1.05, "frac": host.frac, "numbers": [29]}
    record = evaluate(Pairs(), start)
    volume = record["fit"]["volume"]
    energies = [
        Pairs().energy(host.lattice * (v / abs(np.linalg.det(host.lattice))) ** (1 / 3), host.frac,
                       [29])
        for v in (volume * 0.999, volume, volume * 1.001)
    ]  # fmt: skip
    curvature = (energies[0] - 2 * energies[1] + energies[2]) / (volume * 0.001) ** 2
    assert record["relaxed"]
    assert record["fit"]["bulk_modulus"] == pytest.approx(
        volume * curvature * EV_PER_A3_IN_GPA, rel=0.02
    )
    assert json.loads(json.dumps(record)) == record
