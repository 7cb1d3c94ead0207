"""What can be learned, on which scale, and why; nothing is left out without being counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SchemaError
from core.models.target_choice import bin_edges, learnable, require_learnable, target_facts
from core.types import Crystal


def crystals(*values, key="bulk_modulus_GPa"):
    cell = 4.0 * np.eye(3)
    return [
        Crystal(f"c{i}", cell, [[0, 0, 0]], [29], properties={} if v is Ellipsis else {key: v})
        for i, v in enumerate(values)
    ]


def test_positive_values_over_more_than_a_decade_are_fitted_as_logarithm():
    facts = target_facts(crystals(1.0, 5.0, 11.0), "bulk_modulus_GPa")
    assert facts.scale == "log"
    assert "1.0 decades" in facts.reason
    assert "GPa" in facts.reason


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((1.0, 5.0, 10.0), "less than a decade"),
        ((0.0, 5.0, 500.0), "no logarithm"),
        ((-3.0, 5.0, 500.0), "no logarithm"),
        ((7.0, 7.0, 7.0), "nothing to learn"),
    ],
)
def test_others_are_fitted_as_they_are_and_told_why(values, said):
    facts = target_facts(crystals(*values), "bulk_modulus_GPa")
    assert facts.scale == "linear"
    assert said in facts.reason
    assert facts.is_constant == (len(set(values)) == 1)


def test_every_crystal_is_counted_once():
    found = target_facts(
        crystals(1.0, ..., None, float("nan"), float("inf"), "12 GPa", True, 2.0),
        "bulk_modulus_GPa",
    )
    np.testing.assert_array_equal(found.values, [1.0, 2.0])
    assert found.missing == 2
    assert [f.id for f in found.unusable] == ["c3", "c4", "c5", "c6"]
    assert "'12 GPa'" in found.unusable[2].message


def test_text_is_named_apart_from_what_can_be_learned():
    several = [
        c.with_(properties={"mineral": "halite", "K": "12 GPa", "spacegroup": 225, "x": 1.0,
                            "bulk_modulus_GPa": v, "hole": float("nan")})
        for c, v in zip(crystals(..., ...), (3.0, None), strict=True)
    ]  # fmt: skip
    counts, words = learnable(several)
    assert counts == {"bulk_modulus_GPa": 1, "x": 2, "spacegroup": 2}
    assert list(counts) == ["bulk_modulus_GPa", "x", "spacegroup"]  # facts of the geometry last
    assert words == {"mineral": "halite", "K": "12 GPa"}


@pytest.mark.parametrize(
    ("counts", "words", "said"),
    [({}, {}, "no property to learn"), ({}, {"K": "12 GPa"}, "'K' is '12 GPa'")],
)
def test_nothing_to_learn_is_refused_with_the_way_out(counts, words, said):
    with pytest.raises(SchemaError, match=said) as caught:
        require_learnable(counts, words)
    assert caught.value.hint
    require_learnable({"x": 1}, words)


@given(
    st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=60),
    st.sampled_from(["linear", "log"]),
)
def test_bins_are_of_one_round_width_and_hold_every_value(values, scale):
    x = np.array(values)
    edges = bin_edges(x, scale)
    counted, _ = np.histogram(np.log10(x) if scale == "log" else x, edges)
    assert counted.sum() == len(x)
    widths = np.diff(edges)
    np.testing.assert_allclose(widths, widths[0], rtol=1e-6)
    assert len(widths) <= 130
    if x.min() < x.max() and len(widths) > 1:
        mantissa = widths[0] / 10 ** np.floor(np.log10(widths[0]) + 1e-9)
        assert np.isclose([1, 2, 2.5, 5, 10], mantissa, rtol=1e-4).any()
