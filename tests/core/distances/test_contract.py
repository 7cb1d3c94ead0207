"""What every registered distance promises, and metrics as sums of distances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from core.data import load_embedded
from core.distances import DISTANCES, Metric, parse_metric
from core.distances.base import between
from core.errors import InvalidSpecError, ShapeMismatchError, UnknownNameError
from core.types import Crystal, FloatArray
from tests.strategies import random_crystal

SYMMETRY_TOLERANCE = 1e-12
TRIANGLE_TOLERANCE = 1e-9
KEYS = list(DISTANCES)


@pytest.fixture(scope="module")
def crystals() -> list[Crystal]:
    elements = [c for c in load_embedded("elements") if c.numbers.max() <= 83][::6]
    return [*load_embedded("grid-report")[:5], *elements, *map(random_crystal, range(4))]


def matrix(crystals: list[Crystal], text: str) -> FloatArray:
    features = parse_metric(text).embed(crystals, float)
    return between(features, features)


@pytest.mark.parametrize("key", KEYS)
def test_identity_symmetry_sign(key: str, crystals: list[Crystal]) -> None:
    d = matrix(crystals, key)
    assert np.isfinite(d).all()
    assert d.min() >= 0
    np.testing.assert_allclose(np.diag(d), 0, atol=SYMMETRY_TOLERANCE)
    np.testing.assert_allclose(d, d.T, atol=SYMMETRY_TOLERANCE * max(1.0, d.max()))
    assert d.max() > 0


@pytest.mark.parametrize("key", KEYS)
def test_triangle_inequality_where_promised(key: str, crystals: list[Crystal]) -> None:
    d = matrix(crystals, key)
    worst = max(
        float((d[i, :][None, :] - d[i, j] - d[j, :][None, :]).max())
        for i in range(len(d))
        for j in range(len(d))
    )
    if DISTANCES[key].is_metric:
        assert worst <= TRIANGLE_TOLERANCE * d.max()
    else:
        assert DISTANCES[key].why_not_metric


@pytest.mark.parametrize("key", [k for k in KEYS if not DISTANCES[k].is_metric])
def test_a_dissimilarity_is_refused_where_a_metric_is_needed(key: str) -> None:
    with pytest.raises(InvalidSpecError, match="triangle inequality"):
        parse_metric(f"grid-emd+{key}").require_metric("a kernel")
    parse_metric("grid-emd+composition-emd").require_metric("a kernel")


@pytest.mark.parametrize("key", [k for k in KEYS if DISTANCES[k].block is None])
def test_block_sums_bound_the_distance(key: str, crystals: list[Crystal]) -> None:
    features = parse_metric(key).embed(crystals, float)
    bounds = features.bounds()
    assert bounds is not None
    low = cdist(bounds, bounds, "cityblock")
    d = between(features, features)
    assert (low <= d + 1e-12).all()
    assert bounds.shape[1] <= features.parts[0].shape[1]


@pytest.mark.parametrize("key", KEYS)
def test_documented(key: str) -> None:
    distance = DISTANCES[key]
    assert "doi" in distance.reference
    assert distance.summary.endswith(".")
    assert distance.formula
    assert distance.formula.count("{") == distance.formula.count("}")
    assert distance.symbols.endswith(".")
    assert distance.limits.endswith(".")


def test_a_sum_is_the_sum(crystals: list[Crystal]) -> None:
    total = matrix(crystals, "10*grid-emd+composition-emd+0.5*grid-cosine")
    parts = 10 * matrix(crystals, "grid-emd") + matrix(crystals, "composition-emd")
    np.testing.assert_allclose(total, parts + 0.5 * matrix(crystals, "grid-cosine"), atol=1e-12)
    merged = parse_metric("10*grid-emd+composition-emd").embed(crystals, float)
    assert len(merged.parts) == 1  # one L1 vector: one fast kernel
    np.testing.assert_allclose(between(merged, merged), parts, atol=1e-12)


def test_metric_text_survives_the_round_trip() -> None:
    text = "10*grid-emd(mode=binned,centers=Si O,n_groups=20)+composition-emd(axis=mendeleev)"
    metric = parse_metric(text)
    assert str(metric) == text
    assert parse_metric(str(metric)) == metric
    assert metric.terms[0].spec.centers == ("Si", "O")
    assert metric.terms[0].spec.n_groups == 20
    assert metric.terms[0].weight == 10
    assert metric.unit == ""
    assert parse_metric("grid-emd").unit == "Å"


@pytest.mark.parametrize(
    "text",
    ["", "grid-emd+", "grid-emd composition-emd", "0*grid-emd", "-1*grid-emd",
     "grid-emd(mode)", "grid-emd(mode=none)", "grid-emd(n_groups=many)", "grid-emd(colour=red)",
     "grid-emd(n_groups=0)", "grid-emd(bin_width=0.3,mode=binned)", "1e999*grid-emd"],
)  # fmt: skip
def test_bad_metrics_are_refused(text: str) -> None:
    with pytest.raises(InvalidSpecError):
        parse_metric(text)


def test_unknown_distance_is_named() -> None:
    with pytest.raises(UnknownNameError, match="grid-emd"):
        parse_metric("grid-end")


_PIECES = ["grid-emd", "rdf-cosine", "composition-emd", "10*", "0.5*", "-1*", "+", "(", ")", ",",
           "mode=binned", "n_groups=3", "=", " "]  # fmt: skip


@given(st.text(max_size=30) | st.lists(st.sampled_from(_PIECES), max_size=5).map("".join))
@example("10*grid-emd(mode=binned)+composition-emd")
def test_any_text_gives_a_metric_or_a_clear_refusal(text: str) -> None:
    """A metric's own text means the same metric."""
    try:
        metric = parse_metric(text)
    except (InvalidSpecError, UnknownNameError):
        return
    assert isinstance(metric, Metric)
    assert parse_metric(str(metric)) == metric
    assert str(parse_metric(str(metric))) == str(metric)


def test_features_of_two_metrics_do_not_mix(crystals: list[Crystal]) -> None:
    a = parse_metric("grid-emd").embed(crystals[:2])
    b = parse_metric("rdf-emd").embed(crystals[:2])
    with pytest.raises(ShapeMismatchError, match="grid-emd meet features of rdf-emd"):
        between(a, b)
