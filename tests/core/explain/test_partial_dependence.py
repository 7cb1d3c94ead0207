"""Partial dependence: equal to scikit-learn's by brute force, and to closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidSpecError
from core.explain.partial_dependence import partial_dependence, quantile_grid

SAME = 1e-10


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 4))
    return x, x[:, 0] ** 2 + x[:, 1] * x[:, 2] + 0.1 * rng.normal(size=120)


@pytest.mark.parametrize("columns", [[0], [1, 2]])
def test_it_equals_scikit_learn(data, columns) -> None:
    """Against the library on its own estimator, and against a loop written here."""
    from sklearn.ensemble import GradientBoostingRegressor
    from sklearn.inspection import partial_dependence as theirs

    x, y = data
    model = GradientBoostingRegressor(random_state=0).fit(x, y)
    ours = partial_dependence(model.predict, x, columns, points=7)
    grids = dict(zip(columns, ours.grids, strict=True))
    expected = theirs(model, x, columns, method="brute", kind="both", custom_values=grids)
    np.testing.assert_allclose(ours.average, expected["average"][0], atol=SAME, rtol=0)
    np.testing.assert_allclose(ours.individual, expected["individual"][0], atol=SAME, rtol=0)
    for at in np.ndindex(ours.average.shape):
        changed = x.copy()
        for axis, column in enumerate(columns):
            changed[:, column] = ours.grids[axis][at[axis]]
        answers = model.predict(changed)
        assert ours.average[at] == pytest.approx(answers.mean(), abs=SAME)
        np.testing.assert_allclose(ours.individual[(slice(None), *at)], answers, atol=SAME)


def test_an_additive_law_gives_itself_back(data) -> None:
    x, _ = data
    found = partial_dependence(lambda z: z[:, 0] ** 2 + 3 * z[:, 1], x, [0], names=("a",))
    np.testing.assert_allclose(found.average, found.grids[0] ** 2 + 3 * x[:, 1].mean())
    assert found.names == ("a",)
    assert found.supported.all()
    np.testing.assert_array_equal(found.values[:, 0], x[:, 0])
    flat = partial_dependence(lambda z: z[:, 0], x, [3])
    assert flat.range == pytest.approx(0, abs=SAME)


def test_points_where_no_data_lie_are_known() -> None:
    """Two columns on a line: the corners off it hold nothing."""
    t = np.linspace(0, 1, 100)
    found = partial_dependence(lambda z: z.sum(axis=1), np.column_stack([t, t]), [0, 1], points=9)
    inside = found.supported
    assert inside.shape == (9, 9)
    assert inside[np.arange(9), np.arange(9)].all()
    assert not inside[0, 3:].any()
    assert not inside[3:, 0].any()


def test_the_grid_holds_quantiles_or_all_values() -> None:
    values = np.repeat([0.0, 1.0, 5.0], 10)
    assert quantile_grid(values, 20).tolist() == [0.0, 1.0, 5.0]
    grid = quantile_grid(np.arange(1001.0), 11, tail=0.1)
    np.testing.assert_allclose(grid, np.linspace(100, 900, 11))


def test_what_shows_nothing_is_refused(data) -> None:
    x, _ = data
    with pytest.raises(InvalidSpecError, match="nothing depends"):
        partial_dependence(lambda z: z[:, 0], np.ones((5, 2)), [0])
    for columns in ([], [0, 0], [0, 1, 2]):
        with pytest.raises(InvalidSpecError, match="one or two"):
            partial_dependence(lambda z: z[:, 0], x, columns)
    with pytest.raises(InvalidSpecError, match="1 points"):
        partial_dependence(lambda z: z[:, 0], x, [0], points=1)
