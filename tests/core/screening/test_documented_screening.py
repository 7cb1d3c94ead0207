"""What the Methods page says of screening and verification is what is computed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from core.data import load_embedded
from core.distances import parse_metric
from core.distances.base import between
from core.screening import likelihood as likelihoods
from core.screening import novelty, radii, substitution, templates
from core.screening.charges import balanced, electronegativities, oxidation_states
from core.screening.criteria import HOW, Column, Criterion
from core.screening.discovery import confusion, rank, rolling_mae
from core.screening.diversity import farthest_points
from core.screening.hull import Hull, Phases, element_shares
from core.screening.likelihood import likelihood
from core.screening.limits import ABOVE_HULL, HullSpec
from core.screening.pareto import pareto_front
from core.screening.procedures_of_candidates import LIKELIHOOD, SUBSTITUTION, VOLUME
from core.screening.screen import Request, screen
from core.screening.what_if import what_if
from core.verification.hits import hit_rate
from core.verification.rounds import paired_change

RNG = np.random.default_rng(9)
N = 300
MEAN, STD = RNG.normal(100, 30, N), RNG.uniform(5, 30, N)
LEVELS = np.array([0.5, 0.8, 0.9])
REACH = np.outer(STD, norm.ppf(0.5 + LEVELS / 2))
COLUMN = Column(
    "bulk_modulus_GPa", MEAN, STD, LEVELS,
    np.stack([MEAN[:, None] - REACH, MEAN[:, None] + REACH], axis=1),
)  # fmt: skip
L, U, K, P = 80.0, 150.0, 0.8, 0.6


def test_windows_pass_what_their_formulas_say() -> None:
    inside = [(lo >= L) & (hi <= U) for lo, hi in COLUMN.intervals.transpose(2, 1, 0)]
    probability = norm.cdf((U - MEAN) / STD) - norm.cdf((L - MEAN) / STD)
    expected = {
        "value": (MEAN >= L) & (MEAN <= U),
        "shifted": (MEAN - K * STD >= L) & (MEAN + K * STD <= U),
        "interval": inside[1],
        "probability": probability >= P,
        "conformal": np.max([np.where(i, x, 0) for i, x in zip(inside, LEVELS, strict=True)], 0)
        >= P,
    }  # fmt: skip
    assert set(expected) == set(HOW)
    for how, passed in expected.items():
        c = Criterion(key=COLUMN.key, low=L, high=U, how=how, k=K, level=0.8, least=P)
        np.testing.assert_array_equal(c.passed(COLUMN), passed, err_msg=how)
        assert 0 < passed.sum() < N, how


def test_margin_what_if_and_rank() -> None:
    c = Criterion(key=COLUMN.key, low=L, high=U, how="shifted")
    margin = np.minimum(MEAN - L, U - MEAN) / STD
    np.testing.assert_allclose(c.margin(COLUMN), margin)
    found = what_if(c, COLUMN, np.array([0.0, 0.5, 1.0]))
    probability = norm.cdf((U - MEAN) / STD) - norm.cdf((L - MEAN) / STD)
    for k, kept, precision in zip(found.k, found.kept, found.precision, strict=True):
        assert kept == (margin >= k).sum()
        assert precision == pytest.approx(probability[margin >= k].mean())
    other = Criterion(key=COLUMN.key, high=120.0)
    result = screen(Request(criteria=(c, other)), {COLUMN.key: COLUMN}, None, N)
    np.testing.assert_allclose(result.score, -probability * norm.cdf((120.0 - MEAN) / STD))


def test_energy_above_hull_is_the_stated_maximum_over_facets() -> None:
    crystals = [c for c in load_embedded("prototype-elastic") if set(c.elements) <= {"Na", "Cl"}]
    phases, _ = Phases.of(crystals, "formation_energy_eV_per_atom")
    hull = Hull(phases)
    mu = hull.potentials((11, 17))
    shares = element_shares(crystals)
    np.testing.assert_allclose(
        hull.energies(shares), [max(m @ x[[11, 17]] for m in mu) for x in shares], atol=1e-9
    )
    above = Column(ABOVE_HULL, np.array([-0.3, -0.1, 0.2]), np.array([0.2, 0.2, 0.2]))
    passed = HullSpec(threshold=0.0, how="shifted", k=1.0).criterion.passed(above)
    np.testing.assert_array_equal(passed, above.mean + above.std <= 0.0)


def test_likelihoods_of_tables_leave_one_half_for_staying() -> None:
    for source in ("ions", "mendeleev", "uniform"):
        table = likelihood(source).table
        assert table[11, 11] == pytest.approx(0.5)
        assert table[11].sum() == pytest.approx(1.0)
    weights = likelihoods._axis_weights()
    others = np.delete(np.arange(1, 119), 10)
    expected = weights[11, 19] / (2 * np.nansum(weights[11, others]))
    assert likelihood("mendeleev").table[11, 19] == pytest.approx(expected)


def test_charges_balance_as_stated() -> None:
    chosen = RNG.integers(1, 95, size=(200, 2))
    chosen = chosen[chosen[:, 0] != chosen[:, 1]]
    states, chi = oxidation_states(), electronegativities()
    for amounts in ((1, 1), (2, 3)):
        found = balanced(chosen, amounts)
        for pair, answer in zip(chosen.tolist(), found.tolist(), strict=True):
            anion = int(chi[pair].argmax())
            sets = [states[z][np.isfinite(states[z])] for z in pair]
            sets[anion] = sets[anion][sets[anion] < 0]
            fits = any(amounts[0] * a + amounts[1] * b == 0 for a in sets[0] for b in sets[1])
            assert answer == fits, pair
    assert not balanced(np.array([[26, 8]]), (3, 4))[0], "Fe3O4 needs two charges of iron"


def test_radii_of_a_library_minimise_the_stated_sum() -> None:
    library, _ = templates.templates(load_embedded("prototype-elastic")[:60])
    best, usual = radii.contact_radii(library), radii.radii("covalent")

    def cost(r):
        misfit = [t.contacts @ r[list(t.kinds)] - t.contact / 2 for t in library]
        return np.square(misfit).sum() + 0.5 * np.square(r - usual).sum()

    for _ in range(20):
        assert cost(best) <= cost(best + RNG.normal(0, 0.01, size=best.shape))
    t = library[0]
    s = float(t.scales(np.array([[z + 1 for z in t.kinds]]), best)[0])
    ratio = best[[z + 1 for z in t.kinds]] @ t.contacts / (best[list(t.kinds)] @ t.contacts)
    assert s == pytest.approx(ratio)
    made = t.decorated([z + 1 for z in t.kinds], s)
    assert made.volume == pytest.approx(s**3 * t.crystal.volume)


def test_farthest_points_and_front() -> None:
    crystals = load_embedded("aflow-prototypes")[:25]
    features = parse_metric("grid-emd").embed(crystals)
    d = np.asarray(between(features, features))
    chosen = [3]
    for _ in range(5):
        left = d[:, chosen].min(axis=1)
        left[chosen] = -1
        chosen.append(int(left.argmax()))
    assert farthest_points(features, 6, start=3).chosen.tolist() == chosen
    values = RNG.integers(0, 6, size=(60, 3)).astype(float)
    beaten = [
        any((b <= a).all() and (b < a).any() for b in values) for a in values
    ]  # fmt: skip
    np.testing.assert_array_equal(pareto_front(values, ("low",) * 3), ~np.array(beaten))


def test_discovery_measures() -> None:
    truth, score = RNG.random(N) < 0.2, RNG.normal(size=N)
    chosen = score < 0
    tp, fp, fn = (truth & chosen).sum(), (~truth & chosen).sum(), (truth & ~chosen).sum()
    found = confusion(truth, chosen)
    assert found.precision == pytest.approx(tp / (tp + fp))
    assert found.recall == pytest.approx(tp / (tp + fn))
    assert found.enrichment == pytest.approx(found.precision / ((tp + fn) / N))
    ranking = rank(truth, score)
    h = np.cumsum(truth[np.argsort(score)])
    m = np.arange(1, N + 1)
    np.testing.assert_allclose(ranking.precision, h / m)
    np.testing.assert_allclose(ranking.enrichment, h / m * N / h[-1])
    ap = (np.diff(h, prepend=0) * h / m).sum() / h[-1]
    assert ranking.average_precision == pytest.approx(ap)
    e, error = RNG.normal(0, 0.05, N), RNG.normal(0, 0.1, N)
    rolling = rolling_mae(e, error, np.array([0.0, 0.03]), window=0.04)
    expected = [np.abs(error[np.abs(e - c) <= 0.02]).mean() for c in (0.0, 0.03)]
    np.testing.assert_allclose(rolling.mae, expected)


@pytest.mark.parametrize(("hits", "n"), [(0, 7), (3, 10), (10, 10)])
def test_hit_rate_has_the_stated_interval(hits: int, n: int) -> None:
    z, share = norm.ppf(0.975), hits / n
    root = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    found = hit_rate(hits, n)
    ends = [(share + z**2 / (2 * n) + sign * root) / (1 + z**2 / n) for sign in (-1, 1)]
    assert (found.low, found.high) == pytest.approx(ends, abs=1e-12)


def test_change_of_a_round_is_the_mean_of_paired_differences() -> None:
    truth, before, after = RNG.normal(size=(3, 50))
    change, low, high = paired_change(truth, before, after)
    assert change == pytest.approx((np.abs(after - truth) - np.abs(before - truth)).mean())
    assert low < change < high


def test_numbers_on_the_page_are_those_of_the_code() -> None:
    assert f"{1 + templates._CONTACT:g} times" in VOLUME.symbols
    assert f"{radii._LEAST:g} Å" in dict(VOLUME.facts)["Least radius"]
    assert f"{likelihoods._MOST:,} crystals" in LIKELIHOOD.limits
    assert f"/{likelihoods._AXIS_REACH:g})" in LIKELIHOOD.symbols
    tried = [substitution._CHOICES[k] for k in (3, 4, 5)]
    assert f"{', '.join(map(str, tried))} or {substitution._FEW}" in SUBSTITUTION.limits
    assert novelty.COMPONENTS == 3
