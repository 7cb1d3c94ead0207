"""Applicability: closed cases of elements, distances and values; words that say why."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import NonFiniteError, ShapeMismatchError
from core.uncertainty.applicability import Domain, digest_head, judge


def heads(*numbers: int) -> list[str]:
    return [f"{n:016x}" + "0" * 48 for n in numbers]


def domain(nearest: np.ndarray | None = None, space: str = "a distance") -> Domain:
    """100 crystals of NaCl with nearest others at 0.01, 0.02 ... 1, and one of KCl."""
    elements = [("Na", "Cl")] * 100 + [("K", "Cl")]
    near = np.arange(1, 102) / 100 if nearest is None else nearest
    return Domain.of(elements, np.arange(101.0), near, space, heads(*range(101)))


def verdict(distance: float, *, elements=("Na", "Cl"), mean=50.0, digest=999):
    return judge(
        domain(), [elements], heads(digest), np.array([distance]), ["c7"], np.array([mean]),
        value_range=(0.0, 100.0), unit="GPa",
    )  # fmt: skip


def test_a_crystal_like_the_training_crystals_gives_no_reason() -> None:
    found = verdict(0.3)
    assert found.reasons == ("",)
    assert found.unseen == ((),)
    assert not found.in_training[0]
    assert not found.same[0]
    assert found.beyond[0] == 0


def test_the_percentile_is_the_share_of_nearer_training_crystals() -> None:
    own = domain()
    distances = np.array([0.0, 0.01, 0.26, 0.51, 0.96, 1.01, 7.0])
    np.testing.assert_allclose(
        own.percentile(distances), [0.0, 0.0, 0.25, 0.5, 0.95, 1.0, 1.0], atol=1e-12
    )


def test_unseen_and_rare_elements_are_named() -> None:
    (reason,) = verdict(0.3, elements=("Rb", "Cs", "Cl")).reasons
    assert reason == "holds Rb and Cs, which no training crystal does"
    found = verdict(0.3, elements=("K", "Cl"))
    assert found.reasons == ("only 1 training crystal holds K",)
    assert found.unseen == ((),)


def test_far_is_told_with_the_nearest_crystal() -> None:
    assert verdict(0.95).reasons == ("",)
    assert verdict(0.99).reasons == (
        "farther from its nearest training crystal (c7) than 98% of them from theirs",
    )
    assert verdict(5.0).reasons == (
        "farther from its nearest training crystal (c7) than any of them from theirs",
    )


@pytest.mark.parametrize(("mean", "side"), [(-1.0, "below"), (150.0, "above")])
def test_values_outside_the_training_values_are_told(mean: float, side: str) -> None:
    found = verdict(0.3, mean=mean)
    assert found.reasons == (f"predicted {side} the training values (0 to 100 GPa)",)
    assert found.beyond[0] == (-1 if side == "below" else 1)


def test_several_reasons_stand_side_by_side() -> None:
    (reason,) = verdict(5.0, elements=("Rb",), mean=101.0).reasons
    assert reason.count("; ") == 2


def test_a_training_crystal_is_known_by_its_structure_not_by_its_name() -> None:
    found = verdict(0.0, digest=5)
    assert found.in_training[0]
    assert not found.same[0]
    assert not verdict(0.0, digest=500).in_training[0]
    # The same to the model within the digits that a CIF file drops, but another structure.
    assert verdict(4e-4, digest=500).same[0]
    assert not verdict(6e-4, digest=500).same[0]


def test_without_a_space_nothing_is_said_of_distance() -> None:
    own = domain(np.empty(0), "")
    found = judge(
        own, [("Na",)], heads(999), np.array([np.nan]), [""], np.array([5.0]), value_range=(0, 10)
    )
    assert np.isnan(found.percentile[0])
    assert found.reasons == ("",)
    assert not found.same[0]


def test_half_of_what_is_drawn_like_the_training_crystals_is_beyond_their_median() -> None:
    """New points of the same cloud are about as far from it as its members from one another."""
    from scipy.spatial.distance import cdist

    medians, beyond = [], []
    for seed in range(6):
        cloud, new = np.random.default_rng(seed).normal(size=(2, 1000, 4))
        own = cdist(cloud, cloud)
        np.fill_diagonal(own, np.inf)
        made = Domain.of([("Na",)] * 1000, np.zeros(1000), own.min(axis=1), "x", ["0" * 64] * 1000)
        share = made.percentile(cdist(new, cloud).min(axis=1))
        medians.append(np.median(share))
        beyond.append((share > 0.95).mean())
    assert abs(np.mean(medians) - 0.5) < 0.03
    assert abs(np.mean(beyond) - 0.05) < 0.01


def test_many_values_are_kept_as_quantiles() -> None:
    made = Domain.of([("H",)] * 5000, np.arange(5000.0), np.empty(0), "", ["0" * 64] * 5000)
    assert len(made.target) == 1001
    assert (made.target[0], made.target[-1]) == (0.0, 4999.0)
    assert digest_head("f" * 64) == 2**64 - 1


def test_what_is_no_domain_is_refused() -> None:
    with pytest.raises(ShapeMismatchError):
        Domain({}, np.empty(0), np.empty(0), "", np.empty(0, np.uint64))
    with pytest.raises(ShapeMismatchError):
        Domain({}, np.zeros(3), np.zeros(3), "x", np.empty(0, np.uint64))
    for bad in ([2.0, 1.0], [np.nan, 1.0], [0.0, np.inf]):
        with pytest.raises(NonFiniteError):
            Domain({}, np.array(bad), np.empty(0), "", np.empty(0, np.uint64))
    with pytest.raises(ShapeMismatchError):
        judge(domain(), [("Na",)], [], np.zeros(1), [""], np.zeros(1), value_range=(0, 1))
