"""Verdicts follow from numbers; slopes and importances are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from core.explain.partial_dependence import PartialDependence
from core.labs import zeolites as lab
from core.labs import zeolites_findings as findings
from core.labs.zeolites import EVERY
from core.labs.zeolites_reasons import find_reasons, slopes

AT = {family.key: i for i, family in enumerate(EVERY)}


def curve(x, y) -> PartialDependence:
    x, y = np.asarray(x, float), np.asarray(y, float)
    return PartialDependence(("angle",), (x,), y, y[None], x[:, None])


def test_slopes_of_a_broken_line() -> None:
    x = np.linspace(130, 160, 61)
    y = np.where(x < 142, -10.0, -10.0 - 0.15 * (x - 142))
    below, above = slopes(curve(x, y))
    assert below == pytest.approx(0, abs=1e-12)
    assert above == pytest.approx(-0.15)
    assert np.isnan(slopes(curve([150, 151], [0, 1]))[0])


def errors(**changed: float) -> np.ndarray:
    out = np.array([[4.10, 4.11, 4.27, 3.83, 3.72, 3.30], [16.1, 17.9, 20.4, 16.8, 14.7, 15.5]])
    for key, value in changed.items():
        out[0, AT[key]] = value
    return out


def test_verdicts_turn_when_the_numbers_do() -> None:
    good = findings.family_findings(errors(), 2.56)
    assert [f.verdict for f in good] == ["reproduced"] * 4
    assert "3.83" in good[0].measured
    assert "beats it" in good[2].note
    bad = findings.family_findings(errors(soap=5.0, combined=5.5), 4.5)
    assert bad[0].verdict == "partly reproduced"
    assert bad[2].verdict == "not reproduced"
    assert bad[3].verdict == "not reproduced"
    assert "does not beat" in findings.family_findings(errors(process=3.9), 2.5)[2].note


def test_reasons_in_words() -> None:
    near = [["Si-O-Si angle mean [°]", "Si-O-Si angle harmonic mean [°]"]]
    slope = np.array([[0.01, -0.15], [0.1, 0.6]])
    ranges = np.array([2.6, 0.7])
    first, second, third = findings.reason_findings([near[0][1], "b", "c"], near, slope, ranges)
    assert third.verdict == "reproduced"
    assert first.verdict == second.verdict == "reproduced"
    assert "collinear" in first.note
    other = findings.reason_findings(
        ["Si-O distance min [Å]", "b", "c"], near, -slope, ranges[::-1]
    )
    assert other[2].verdict == "not reproduced"
    assert other[0].verdict == "not reproduced"
    assert other[1].verdict != "reproduced"


def test_correlations_in_words() -> None:
    angles = np.linspace(140, 160, 12)
    known = np.array([-angles, angles])
    (found,) = findings.correlation_findings(known, angles, known[:, :3], angles[:3])
    assert found.verdict == "reproduced"
    assert "-1.00" in found.measured
    assert "Of your" not in found.measured
    (turned,) = findings.correlation_findings(-known[::-1], angles, known, angles)
    assert "Of your 12" in turned.measured
    (same,) = findings.correlation_findings(np.array([angles, angles]), angles, known, angles)
    assert same.verdict == "not reproduced"


@pytest.mark.data
def test_the_angle_matters_most(zeolites) -> None:
    found = find_reasons(zeolites, lab.TARGETS[0], seeds=3)
    for family, importances in found.impurity.items():
        assert importances.draws.shape[0] == 3, family
        np.testing.assert_allclose(importances.draws.sum(axis=1), 1)
    geometric = found.impurity["geometric"]
    assert "angle" in geometric.names[geometric.order[0]]
    together = [g for g in found.near["geometric"] if any("harmonic" in n for n in g)]
    assert any(len(g) >= 3 for g in together)  # the three means
    _, above = slopes(found.dependence)
    assert -0.3 < above < -0.05
    assert len(found.impurity["combined"].names) == 12
