"""Criteria against the closed forms of normal distributions, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from core.errors import InvalidSpecError, ShapeMismatchError
from core.models.prediction import Prediction
from core.screening.criteria import HOW, Column, Criterion
from core.screening.what_if import what_if

KEY = "bulk_modulus_GPa"
MEAN, STD = np.array([90.0, 100.0, 110.0, 150.0, np.nan]), np.array([5.0, 1.0, 20.0, 0.0, 1.0])
LEVELS = np.array([0.5, 0.9])
REACH = np.outer(STD, norm.ppf(0.5 + LEVELS / 2))
BOUNDS = np.stack([MEAN[:, None] - REACH, MEAN[:, None] + REACH], axis=1)
FULL = Column(KEY, MEAN, STD, LEVELS, BOUNDS, trained=(10.0, 120.0))


def passed(**options: object) -> list[bool]:
    return Criterion.from_dict({"key": KEY, **options}).passed(FULL).tolist()


def test_each_way_of_judging() -> None:
    assert passed(low=95, high=120) == [False, True, True, False, False]
    assert passed(low=95, high=120, how="shifted", k=0) == passed(low=95, high=120)
    assert passed(low=95, how="shifted", k=1) == [False, True, False, True, False]
    assert passed(high=115, how="shifted", k=2) == [True, True, False, False, False]
    # 110 +- 20 is inside [95, 130] to 0.5 (13.5 wide), not to 0.9.
    assert passed(low=95, high=130, how="interval", level=0.5) == [False, True, True, False, False]
    assert passed(low=95, high=130, how="interval", level=0.9) == [False, True, False, False, False]
    assert passed(low=95, high=130, how="conformal", least=0.5)[2]
    assert not passed(low=95, high=130, how="conformal", least=0.9)[2]


def test_probabilities_are_those_of_the_normal_distribution() -> None:
    found = Criterion(key=KEY, low=95, high=130).probability(FULL)
    expected = norm.cdf((130 - MEAN[:3]) / STD[:3]) - norm.cdf((95 - MEAN[:3]) / STD[:3])
    assert found[:3] == pytest.approx(expected)
    assert found[3] == 0  # without doubt outside
    assert np.isnan(found[4])
    assert passed(low=95, high=130, how="probability", least=0.6) == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_the_shifted_criterion_is_a_threshold_on_the_margin() -> None:
    rng = np.random.default_rng(1)
    column = Column(KEY, rng.normal(100, 20, 400), rng.uniform(1, 20, 400))
    window = {"key": KEY, "low": 80.0, "high": 130.0}
    margin = Criterion(**window).margin(column)
    k = np.linspace(0, 3, 13)
    swept = what_if(Criterion(**window), column, k)
    probability = Criterion(**window).probability(column)
    for i, value in enumerate(k):
        mask = Criterion(**window, how="shifted", k=value).passed(column)
        assert (mask == (margin >= value)).all()
        assert swept.kept[i] == mask.sum()
        if mask.any():
            assert swept.precision[i] == pytest.approx(probability[mask].mean())
    assert (np.diff(swept.kept) <= 0).all()
    assert np.isnan(what_if(Criterion(**window), column, np.array([1e9])).precision[0])


@pytest.mark.parametrize("how", HOW)
def test_a_model_without_uncertainty_meets_no_criterion_on_uncertainty(how: str) -> None:
    bare = Column(KEY, MEAN)
    criterion = Criterion(key=KEY, low=95, how=how)
    if how == "value":
        assert criterion.passed(bare).tolist() == [False, True, True, True, False]
        return
    with pytest.raises(InvalidSpecError, match="there is none") as caught:
        criterion.passed(bare)
    assert "states its uncertainty" in caught.value.hint


def test_a_prediction_whose_deviations_are_zero_has_no_uncertainty() -> None:
    p = Prediction(("a", "b"), np.ones(2), np.zeros(2), np.empty(0), np.empty((2, 2, 0)), None, (),
                   KEY, "GPa")  # fmt: skip
    column = Column.of(p)
    assert column.std is None
    assert column.intervals is None
    with pytest.raises(InvalidSpecError):
        what_if(Criterion(key=KEY, low=0), column, np.array([1.0]))


def test_an_interval_that_was_not_asked_for_is_named() -> None:
    with pytest.raises(InvalidSpecError, match=r"0\.8.*\[0\.5, 0\.9\]"):
        passed(low=95, how="interval", level=0.8)


def test_uniform_deviations_are_known_as_such() -> None:
    assert Column(KEY, MEAN, np.full(5, 3.0)).is_uniform
    assert not FULL.is_uniform
    assert not Column(KEY, MEAN).is_uniform


def test_reasons_name_value_uncertainty_window_and_extrapolation() -> None:
    criterion = Criterion(key=KEY, low=95, how="probability", least=0.6)
    text = criterion.reason(FULL, 1)
    assert "100 ± 1 GPa" in text
    assert "wanted from 95 GPa" in text
    assert "inside with 1.00" in text
    assert "outside the training values (10 to 120)" in criterion.reason(FULL, 3)
    assert FULL.beyond.tolist() == [False, False, False, True, False]
    told = criterion.thresholds()
    assert (told["unit"], told["low"], told["least"]) == ("GPa", 95, 0.6)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"low": 1}, "names no property"), ({"key": KEY}, "no bound"),
     ({"key": KEY, "low": 2, "high": 1}, "from 2 to 1"), ({"key": KEY, "low": "x"}, "'x'"),
     ({"key": KEY, "low": float("nan")}, "nan"), ({"key": KEY, "low": 1, "how": "luck"}, "luck")],
)  # fmt: skip
def test_bad_criteria_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidSpecError, match=words):
        Criterion.from_dict(options)


def test_columns_check_their_shapes() -> None:
    with pytest.raises(ShapeMismatchError):
        Column(KEY, MEAN, STD[:2])
    with pytest.raises(ShapeMismatchError):
        Column(KEY, MEAN, STD, LEVELS, None)
    with pytest.raises(ShapeMismatchError):
        Column(KEY, MEAN, STD, LEVELS, BOUNDS[:2])
