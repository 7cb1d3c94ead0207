"""Element axes and the ion-substitution dissimilarity: known orders, exact transport, no metric."""

from __future__ import annotations

import csv
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.stats import spearmanr, wasserstein_distance

from core.descriptors.composition import CompositionSpec, composition
from core.distances import element_axes
from core.distances.element_axes import (
    AXES,
    SUBSTITUTION_IS_METRIC,
    UNOBSERVED_DISSIMILARITY,
    WHY_NOT_METRIC,
    axis_position,
    composition_cdf,
    substitution_dissimilarity,
    substitution_transport,
    transport,
)
from core.elements import ATOMIC_NUMBERS, SYMBOLS
from core.errors import ComputeError, InvalidSpecError, NonFiniteError, ShapeMismatchError
from core.types import Crystal

EXACT = 1e-12
LINPROG = 1e-9
seeds = st.integers(0, 2**32 - 1)


def place(axis: str, *symbols: str) -> list[float]:
    return [axis_position(axis)[ATOMIC_NUMBERS[s]] for s in symbols]


def compositions(*formulas: dict[str, float]) -> np.ndarray:
    out = np.zeros((len(formulas), 118))
    for row, formula in zip(out, formulas, strict=True):
        for symbol, amount in formula.items():
            row[ATOMIC_NUMBERS[symbol] - 1] = amount
    return out / out.sum(axis=1, keepdims=True)


def random_shares(rng: np.random.Generator, known: np.ndarray, n: int, most: int) -> np.ndarray:
    out = np.zeros((n, 118))
    for row in out:
        chosen = rng.choice(known, rng.integers(1, most + 1), replace=False) - 1
        row[chosen] = rng.dirichlet(np.ones(len(chosen)))
    return out


class TestAxes:
    @pytest.mark.parametrize("axis", AXES)
    def test_a_permutation_of_the_first_103_elements(self, axis):
        positions = axis_position(axis)
        assert positions.shape == (119,)
        assert sorted(positions[1:104]) == list(range(1, 104))
        assert np.isnan(positions[[0, *range(104, 119)]]).all()
        assert axis_position(axis) is positions
        assert not positions.flags.writeable

    def test_modified_pettifor_in_the_published_order(self):
        """Ends, alkali metals, and the neighbours that set it apart from Pettifor's own scale."""
        assert place("modified_pettifor", "He", "H", "Fr", "Li") == [1, 103, 7, 12]
        assert place("modified_pettifor", "Mn", "Mg", "Zn", "Hg", "Be") == [72, 73, 74, 76, 77]
        assert place("modified_pettifor", "La", "Ac", "Lr", "Sc") == [32, 33, 47, 48]
        assert place("modified_pettifor", "B", "C", "N", "S", "O", "F") == [86, 87, 88, 96, 97, 102]

    def test_mendeleev_numbers(self):
        assert place("mendeleev", "He", "Li", "Ti", "O", "H") == [1, 12, 51, 101, 103]

    def test_unknown_axis(self):
        with pytest.raises(InvalidSpecError, match="pettifor"):
            axis_position("pettifor")


class TestCompositionCdf:
    @pytest.mark.parametrize("axis", AXES)
    def test_one_element_for_another_costs_the_steps_between(self, axis):
        cdf = composition_cdf(compositions({"Na": 1, "Cl": 1}, {"K": 1, "Cl": 1}), axis)
        sodium, potassium = place(axis, "Na", "K")
        assert cdf.shape == (2, 103)
        assert np.abs(cdf[0] - cdf[1]).sum() == pytest.approx(abs(sodium - potassium) / 2)

    @given(seed=seeds, axis=st.sampled_from(AXES))
    def test_l1_is_scipys_wasserstein_distance(self, seed, axis):
        rng = np.random.default_rng(seed)
        shares = random_shares(rng, np.arange(1, 104), 2, 6)
        a, b = composition_cdf(shares, axis)
        spots = axis_position(axis)[1:104]
        expected = wasserstein_distance(spots, spots, *shares[:, :103])
        assert np.abs(a - b).sum() == pytest.approx(expected, abs=EXACT)

    def test_elements_may_share_a_place(self, monkeypatch):
        tied = axis_position("mendeleev").copy()
        tied[ATOMIC_NUMBERS["K"]] = tied[ATOMIC_NUMBERS["Na"]]
        monkeypatch.setattr(element_axes, "axis_position", lambda _: tied)
        cdf = composition_cdf(compositions({"Na": 1, "K": 1}, {"Na": 1}), "tied")
        assert cdf[0] == pytest.approx(cdf[1])
        assert cdf[0, -1] == pytest.approx(1)

    def test_deuterium_is_hydrogen(self):
        crystal = Crystal("D", 4 * np.eye(3), [[0, 0, 0]], [ATOMIC_NUMBERS["D"]])
        cdf = composition_cdf(composition(crystal, CompositionSpec())[None], "mendeleev")
        assert cdf[0].sum() == pytest.approx(1)  # all of it at the very end, with H

    def test_element_without_a_place_is_named(self):
        with pytest.raises(ComputeError, match=r"Rf.*mendeleev"):
            composition_cdf(compositions({"Rf": 1, "O": 2}), "mendeleev")

    def test_bad_input(self):
        with pytest.raises(ShapeMismatchError, match=r"\(3, 5\)"):
            composition_cdf(np.ones((3, 5)), "mendeleev")
        for bad in (np.zeros((1, 118)), -np.ones((1, 118)), np.full((1, 118), np.nan)):
            with pytest.raises(NonFiniteError):
                composition_cdf(bad, "mendeleev")


class TestSubstitution:
    def test_table(self):
        table = substitution_dissimilarity()
        known = np.isfinite(table.diagonal())
        assert table.shape == (119, 119)
        assert known.sum() == 90
        assert np.isfinite(table[np.ix_(known, known)]).all()
        assert np.isnan(table[~known]).all()
        assert np.array_equal(table, table.T, equal_nan=True)
        assert (table.diagonal()[known] == 0).all()
        assert (table[np.ix_(known, known)] >= 0).all()
        assert not table.flags.writeable

    def test_chemistry(self):
        """Like replaces like: halides, alkaline earths, neighbouring transition metals."""
        table = substitution_dissimilarity()

        def d(a: str, b: str) -> float:
            return float(table[ATOMIC_NUMBERS[a], ATOMIC_NUMBERS[b]])

        assert d("Cl", "Br") < d("Cl", "O")
        assert d("Ca", "Sr") < d("Ca", "Al")
        assert d("Fe", "Co") < d("Fe", "Na")
        assert d("H", "Be") == UNOBSERVED_DISSIMILARITY

    def test_triangle_inequality_fails(self):
        table = substitution_dissimilarity()
        known = np.flatnonzero(np.isfinite(table.diagonal()))
        d = table[np.ix_(known, known)]
        broken = d[:, :, None] > d[:, None, :] + d.T[None, :, :] + 1e-9
        assert 0.05 < broken.mean() < 0.5
        assert SUBSTITUTION_IS_METRIC is False
        assert "triangle" in WHY_NOT_METRIC
        i, k, j = np.argwhere(broken)[0]
        assert d[i, k] > d[i, j] + d[j, k], [SYMBOLS[known[x]] for x in (i, j, k)]

    @pytest.mark.data
    def test_ranks_pairs_as_the_reference_package_does(self, shared_data):
        """Measured: Spearman 0.934 over all 2,926 common pairs, 88% of the values within 5%."""
        with (shared_data / "gridrdf" / "similarity_matrix.csv").open() as file:
            header, *rows = csv.reader(file)
        theirs = np.array([[float(x) for x in row[1:]] for row in rows])
        at = [ATOMIC_NUMBERS[symbol] for symbol in header[1:]]
        ours = substitution_dissimilarity()[np.ix_(at, at)]
        upper = np.triu_indices(len(at), 1)
        both = np.isfinite(ours[upper])
        x, y = ours[upper][both], theirs[upper][both]
        rank = spearmanr(x, y).statistic
        close = np.mean(np.abs(np.log(x / y)) < 0.05)
        assert rank > 0.92
        assert close > 0.85
        assert np.mean((x == UNOBSERVED_DISSIMILARITY) == (y == UNOBSERVED_DISSIMILARITY)) > 0.99


class TestTransport:
    def test_one_substitution(self):
        a, b = compositions({"Na": 1, "Cl": 1}), compositions({"K": 1, "Cl": 1})
        table = substitution_dissimilarity()
        found = substitution_transport(a, b)
        assert found.shape == (1, 1)
        assert found[0, 0] <= table[11, 19] / 2 + EXACT

    def test_identity_and_symmetry(self):
        shares = random_shares(np.random.default_rng(0), np.arange(19, 54), 12, 6)
        shares[:, 35] = 0  # krypton
        shares /= shares.sum(axis=1, keepdims=True)
        found = substitution_transport(shares, shares)
        assert found == pytest.approx(found.T, abs=EXACT)
        assert found.diagonal() == pytest.approx(np.zeros(12), abs=EXACT)

    @given(seed=seeds)
    def test_equals_the_linear_programme(self, seed):
        rng = np.random.default_rng(seed)
        n, m = rng.integers(1, 7, 2)
        cost = rng.choice([0.0, 0.5, 10.0], (8, 8)) + rng.random((8, 8)) * rng.integers(0, 2)
        a, b = np.zeros((1, 8)), np.zeros((1, 8))
        a[0, :n], b[0, :m] = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(m))
        equal = np.vstack(
            [np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))]
        )  # rows ship what they have, columns get what they need
        best = linprog(cost[:n, :m].ravel(), A_eq=equal, b_eq=np.r_[a[0, :n], b[0, :m]])
        assert transport(a, b, cost)[0, 0] == pytest.approx(best.fun, abs=LINPROG)

    def test_equal_shares_are_an_assignment(self):
        rng = np.random.default_rng(1)
        cost = rng.random((5, 5))
        even = np.full((1, 5), 0.2)
        best = min(sum(cost[i, j] for i, j in enumerate(p)) for p in permutations(range(5))) / 5
        assert transport(even, even, cost)[0, 0] == pytest.approx(best, abs=EXACT)

    def test_on_an_axis_it_is_the_emd(self):
        """With |i - j| as ground cost transport and cumulative fractions agree."""
        spots = axis_position("mendeleev")[1:104]
        cost = np.full((118, 118), np.inf)
        cost[:103, :103] = np.abs(spots[:, None] - spots)
        shares = random_shares(np.random.default_rng(2), np.arange(1, 104), 10, 6)
        cdf = composition_cdf(shares, "mendeleev")
        expected = np.abs(cdf[:, None] - cdf[None]).sum(axis=2)
        assert transport(shares, shares, cost) == pytest.approx(expected, abs=1e-10)

    def test_element_without_data_is_named(self):
        with pytest.raises(ComputeError, match="Pm"):
            substitution_transport(compositions({"Pm": 1}), compositions({"O": 1}))
