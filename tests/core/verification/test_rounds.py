"""Rounds of active learning: who learns, who is judged, and that histories are one story."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.errors import InvalidSpecError, SchemaError, ShapeMismatchError
from core.models import MODELS, Inputs, Target
from core.types import Crystal
from core.verification.rounds import (
    ROUND,
    HeldOutSpec,
    Parts,
    Round,
    compare,
    divide,
    joined,
    paired_change,
    read_history,
)


def made(name: str, *numbers: int, a: float = 6.0) -> Crystal:
    frac = np.linspace(0, 0.8, len(numbers))[:, None] * np.ones(3)
    return Crystal(name, a * np.eye(3), frac, numbers)


def a_round(number=1, **changes):
    values = {
        "number": number, "target": "y", "model": {"key": "mean"}, "seed": 0, "held_out": ("a",),
        "by": "formula", "added": ("b",), "aside": (), "n_before": 3, "n_after": 4,
        "before": {"mae": (2.0, 1.0, 3.0)}, "after": {"mae": (1.0, 0.5, 2.0)},
        "change": (-1.0, -1.5, -0.5),
    }  # fmt: skip
    return Round(**{**values, **changes})


@pytest.fixture
def library():
    return [made(f"{z}-{w}", z, w) for z in range(3, 9) for w in range(20, 24)]


def test_new_crystals_join_under_names_of_their_own():
    library = [made("x", 11, 17), made("y", 12, 8)]
    fresh = made("x", 11, 17, a=6.1)
    new, failures = joined(library, [fresh, made("z", 12, 8), fresh.with_(id="w")], 3)
    assert [c.id for c in new] == ["x~2"]
    assert new[0].properties[ROUND] == 3
    assert [(f.id, f.stage) for f in failures] == [("z", "join"), ("w", "join")]


def test_groups_are_held_out_whole_and_new_members_stand_aside(library):
    new = [made("new-1", 3, 20, a=5), made("new-2", 30, 40), made("new-3", 8, 23, a=5)]
    parts = divide([*library, *new], 3, HeldOutSpec(share=0.25), seed=1)
    held = {library[i].elements for i in parts.held_out.tolist()}
    assert len(parts.held_out) == 6
    assert sorted([*parts.base, *parts.held_out]) == list(range(24))
    assert sorted([*parts.added, *parts.aside]) == [24, 25, 26]
    for rows, inside in ((parts.aside, True), (parts.added, False), (parts.base, False)):
        for i in rows.tolist():
            crystal = [*library, *new][i]
            assert (crystal.elements in held) is inside
    assert 25 in parts.added


def test_held_out_crystals_stay_the_same(library):
    first = divide([*library, made("new", 30, 40)], 1, HeldOutSpec(), seed=1)
    names = [library[i].id for i in first.held_out.tolist()]
    grown = [*library, made("new", 30, 40), made("newer", 31, 41)]
    again = divide(grown[::-1], 0, HeldOutSpec(), seed=99, held_out=names)
    assert {grown[::-1][i].id for i in again.held_out.tolist()} == set(names)
    with pytest.raises(SchemaError, match="held out in earlier rounds"):
        divide(library[3:], 0, HeldOutSpec(), seed=1, held_out=["3-20"])


def test_new_knowledge_lowers_the_error_where_it_was_missing():
    """A line through a flat left half misses the rise on the right; points there mend it."""
    x = np.arange(12.0)
    inputs = Inputs.given(x[:, None])
    target = Target("y", np.where(x < 6, 0.01 * x, x - 6))
    none = np.array([], dtype=int)
    parts = Parts(np.arange(4), np.array([6, 8, 11]), none, np.array([7, 9, 10]))
    spec = MODELS["ridge"].spec_type(features="given")
    found = compare("ridge", inputs, target, parts, spec=spec)
    (before, *_), (after, *_) = found.scores_before, found.scores_after
    assert before.key == after.key == "mae"
    assert after.value < before.value
    assert found.change[0] == pytest.approx(after.value - before.value)
    nothing = Parts(parts.base, none, none, parts.held_out)
    assert compare("ridge", inputs, target, nothing, spec=spec).change == (0.0, 0.0, 0.0)


def test_paired_change_by_hand_and_its_interval():
    truth = np.zeros(50)
    before, after = np.full(50, 2.0), np.full(50, -1.0)
    assert paired_change(truth, before, after) == pytest.approx((-1.0, -1.0, -1.0))
    rng = np.random.default_rng(0)
    noise = rng.normal(size=50)
    value, low, high = paired_change(truth, noise, noise + 0.0)
    assert (value, low, high) == (0.0, 0.0, 0.0)
    value, low, high = paired_change(truth, np.abs(noise), np.abs(rng.normal(size=50)))
    spread = np.std(np.abs(noise)) * np.sqrt(2 / 50)
    assert low < value < high
    assert high - low == pytest.approx(2 * 1.96 * spread, rel=0.35)
    with pytest.raises(ShapeMismatchError):
        paired_change(truth, before[:3], after)


def test_a_history_survives_json():
    rounds = (a_round(1), a_round(2, added=("c", "d")))
    again = read_history(json.loads(json.dumps([r.to_dict() for r in rounds])), "y")
    assert again == rounds


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([a_round(2)], "says it is round 2"),
        ([a_round(1, target="z")], "history is of 'z'"),
        ([a_round(1), a_round(2, held_out=("q",))], "other held-out"),
    ],
)
def test_what_is_no_history_of_the_target_is_refused(rows, said):
    with pytest.raises(SchemaError, match=said):
        read_history([r.to_dict() for r in rows], "y")


@pytest.mark.parametrize("row", [{"number": 1}, 7])
def test_what_is_no_round_is_refused(row):
    with pytest.raises(SchemaError, match="A round of the history"):
        read_history([row], "y")


def test_shares_out_of_bounds_are_refused():
    for wrong in ({"share": 0.9}, {"by": "prototype"}):
        with pytest.raises(InvalidSpecError):
            HeldOutSpec(**wrong)
