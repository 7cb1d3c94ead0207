"""Feature sets as text, and transforms that are fitted on training crystals alone."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidSpecError, UnknownNameError
from core.models.feature_sets import (
    apply_transforms,
    fit_transforms,
    parse_features,
    transformed_labels,
)


def test_text_is_read_and_written_back() -> None:
    text = "composition+grid(n_groups=5,centers=Si O)@scale@pca3"
    terms = parse_features(text)
    assert "+".join(map(str, terms)) == text
    assert terms[1].transforms == ("scale", "pca3")
    assert terms[1].spec.n_groups == 5
    assert parse_features("  ") == ()


@pytest.mark.parametrize(
    "text", ["composition+", "+composition", "composition@pca0", "composition@nonsense", "a b",
             "composition+composition", "grid(n_groups)", "grid(n_groups=0)", "composition;grid"],
)  # fmt: skip
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises((InvalidSpecError, UnknownNameError)):
        parse_features(text)


def test_scaling_uses_the_training_rows_alone() -> None:
    rng = np.random.default_rng(0)
    train, new = rng.normal(3, 5, (50, 4)), rng.normal(100, 1, (10, 4))
    states, x = fit_transforms(parse_features("given@scale"), [train], seed=0)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(x.std(axis=0), 1)
    np.testing.assert_allclose(
        apply_transforms(states, [new]), (new - train.mean(axis=0)) / train.std(axis=0)
    )


def test_a_constant_column_becomes_zero_not_nan() -> None:
    states, x = fit_transforms(parse_features("given@scale"), [np.full((5, 1), 3.1)], seed=0)
    assert (x == 0).all()
    assert (apply_transforms(states, [np.array([[9.0]])]) == 0).all()


def test_components_equal_scikit_learn() -> None:
    from sklearn.decomposition import PCA

    x = np.random.default_rng(0).normal(size=(30, 6))
    terms = parse_features("given@pca3")
    states, ours = fit_transforms(terms, [x], seed=0)
    theirs = PCA(3, svd_solver="full").fit(x)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs.transform(x)), atol=1e-10)
    np.testing.assert_allclose(apply_transforms(states, [x]), ours)
    assert transformed_labels(terms, [list("abcdef")], states) == tuple(
        f"given component {i}" for i in (1, 2, 3)
    )


def test_more_components_than_rows_are_as_many_as_there_are() -> None:
    _, x = fit_transforms(parse_features("given@pca12"), [np.eye(4)], seed=0)
    assert x.shape == (4, 4)
