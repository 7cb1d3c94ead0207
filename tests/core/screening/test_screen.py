"""A request against the same filters written out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import InvalidSpecError
from core.screening.criteria import Column, Criterion
from core.screening.limits import ABOVE_HULL, Goal, HullSpec, NoveltySpec
from core.screening.screen import Known, Request, screen

N, RNG = 200, np.random.default_rng(5)
BULK, VOLUME = "bulk_modulus_GPa", "volume_per_atom_A3"
COLUMNS = {
    BULK: Column(BULK, RNG.normal(100, 30, N), RNG.uniform(1, 20, N), trained=(20.0, 150.0)),
    VOLUME: Column(VOLUME, RNG.normal(15, 3, N)),
    ABOVE_HULL: Column(ABOVE_HULL, RNG.normal(0, 0.2, N), RNG.uniform(0.01, 0.2, N)),
}
KNOWN = Known(
    RNG.random(N), ["A"] * N, ["Xe" if i % 7 == 0 else "" for i in range(N)], RNG.random(N) < 0.5
)


def test_every_filter_of_a_request_counts_as_it_should() -> None:
    request = Request(
        criteria=(Criterion(key=BULK, low=80, how="shifted"),),
        hull=HullSpec(how="shifted", k=0.5),
        novelty=NoveltySpec(farthest=0.9, unseen_prototypes="drop", beyond="drop"),
    )
    found = screen(request, COLUMNS, KNOWN, N)
    bulk, hull = COLUMNS[BULK], COLUMNS[ABOVE_HULL]
    assert bulk.std is not None
    assert hull.std is not None
    expected = [
        i for i in range(N)
        if bulk.mean[i] - bulk.std[i] >= 80 and hull.mean[i] + 0.5 * hull.std[i] <= 0
        and not KNOWN.unseen[i] and KNOWN.percentile[i] <= 0.9
        and not KNOWN.new_prototype[i] and 20 <= bulk.mean[i] <= 150  # type: ignore[index]
    ]  # fmt: skip
    assert found.funnel.rows.tolist() == expected
    assert expected
    keys = [s.key for s in found.funnel.stages]
    assert keys == [BULK, "hull", "elements", "distance", "prototype", "range"]
    assert sorted(found.ranked.tolist()) == expected
    assert (np.diff(found.score[found.ranked]) >= 0).all()
    reasons = found.funnel.reasons(expected[0])
    assert "Bulk modulus" in reasons[0]
    assert "nearest training crystal A" in reasons[2]


def test_a_front_and_duplicates_see_only_what_is_left() -> None:
    request = Request(
        criteria=(Criterion(key=BULK, high=100),),
        pareto=(Goal(key=BULK, sense="high"), Goal(key=VOLUME, sense="low")),
        order=Goal(key=VOLUME), duplicates=0.1,
    )  # fmt: skip
    seen = []

    def first_is_one(rows: np.ndarray) -> np.ndarray:
        seen.append(rows)
        return np.arange(len(rows)) == 0

    found = screen(request, COLUMNS, None, N, first_is_one)
    left = np.flatnonzero(COLUMNS[BULK].mean <= 100)
    b, v = COLUMNS[BULK].mean, COLUMNS[VOLUME].mean
    front = [i for i in left if not any(b[j] > b[i] and v[j] < v[i] for j in left)]
    assert sorted(seen[0].tolist()) == front
    assert (np.diff(v[seen[0]]) >= 0).all()
    assert found.ranked.tolist() == seen[0][1:].tolist()


def test_what_was_not_predicted_or_looked_at_is_refused() -> None:
    with pytest.raises(InvalidSpecError, match="band_gap"):
        screen(Request(criteria=(Criterion(key="band_gap_eV", low=1),)), COLUMNS, None, N)
    with pytest.raises(InvalidSpecError, match="there is none"):
        screen(Request(criteria=(Criterion(key=VOLUME, low=1, how="shifted"),)), COLUMNS, None, N)
    with pytest.raises(InvalidSpecError, match="training domain"):
        screen(Request(novelty=NoveltySpec()), COLUMNS, None, N)
    bare = Known(np.full(N, np.nan), [""] * N, [""] * N)
    with pytest.raises(InvalidSpecError, match="Prototypes"):
        screen(Request(novelty=NoveltySpec(unseen_prototypes="only")), COLUMNS, bare, N)


def test_the_hull_of_known_crystals_is_a_filter_of_its_own() -> None:
    inside = np.arange(N) % 3 == 0
    known = replace(KNOWN, within_hull=inside)
    asked = NoveltySpec(unseen_elements="keep", outside_hull="drop")
    found = screen(Request(novelty=asked), COLUMNS, known, N)
    assert [s.key for s in found.funnel.stages] == ["extent"]
    assert found.funnel.rows.tolist() == np.flatnonzero(inside).tolist()
    with pytest.raises(InvalidSpecError, match="was not looked at"):
        screen(Request(novelty=asked), COLUMNS, KNOWN, N)


def test_extrapolation_and_uniform_uncertainty_are_told() -> None:
    flat = {BULK: Column(BULK, COLUMNS[BULK].mean, np.full(N, 5.0), trained=(90.0, 110.0))}
    found = screen(Request(criteria=(Criterion(key=BULK, low=80, how="shifted"),)), flat, None, N)
    note = found.funnel.stages[0].note
    assert "same for all" in note
    assert "outside the training values" in note


def test_an_uncertainty_that_is_a_share_of_the_value_is_told() -> None:
    mean = np.abs(COLUMNS[BULK].mean)
    window = Criterion(key=BULK, low=80, how="shifted")
    relative = {BULK: Column(BULK, mean, 0.195 * mean)}
    note = screen(Request(criteria=(window,)), relative, None, N).funnel.stages[0].note
    assert "19.5% of every value" in note
    own = {BULK: Column(BULK, mean, 0.195 * mean * (1 + 0.1 * (np.arange(N) % 2)))}
    assert screen(Request(criteria=(window,)), own, None, N).funnel.stages[0].note == ""
    plain = Criterion(key=BULK, low=80)
    assert screen(Request(criteria=(plain,)), relative, None, N).funnel.stages[0].note == ""


def test_two_windows_on_one_property_have_keys_of_their_own() -> None:
    both = (Criterion(key=BULK, low=80), Criterion(key=BULK, high=120, how="shifted"))
    found = screen(Request(criteria=both), COLUMNS, None, N)
    assert [s.key for s in found.funnel.stages] == [BULK, f"{BULK} 2"]
    told = Request(criteria=both, hull=HullSpec()).thresholds()
    assert [t["unit"] for t in told] == ["GPa", "GPa", "eV/atom"]
