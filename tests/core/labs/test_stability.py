"""The stability lab on a few elements: every number again by other means, and its findings."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidSpecError
from core.jobs.stability import outputs_of
from core.labs.stability import (
    STATES,
    Described,
    Trial,
    default_spec,
    describe,
    label_block,
    split,
    try_states,
)
from core.labs.stability_figures import (
    CENTERS,
    EDGES,
    FRACTIONS,
    mean_interval,
    rows,
    same_number,
    select,
)
from core.labs.stability_findings import difference, find_row, findings
from core.labs.stability_kept import load_trial, save_trial, trial_key
from core.models import MODELS
from core.screening.hull import Hull, Phases

ELEMENTS = "Ti Zr Al Ga Si Ni Co Pd Pt Cu O S N C Mg Sc Fe In Sn Nb".split()
MODEL = "extra-trees"
SPEC = default_spec(MODEL, {"features": "composition+structure_features+given", "n_trees": 30})


@cache
def described() -> Described:
    return describe(MODELS[MODEL].needs(SPEC), systems=ELEMENTS)


@cache
def trials() -> tuple[Trial, ...]:
    return tuple(t for seed in range(3) for t in try_states(described(), MODEL, SPEC, seed))


def test_the_described_set_is_whole_before_and_after_relaxation() -> None:
    d = described()
    assert d.before.ids == d.after.ids == tuple(c.id for c in d.crystals)
    assert len(d.crystals) > 300
    own = np.array([c.properties["energy_above_hull_eV_per_atom"] for c in d.crystals])
    # Nothing outside these elements touches hulls inside them.
    assert np.maximum(d.distance, 0) == pytest.approx(own, abs=1e-6)
    assert (d.before.blocks["given"].values.sum(axis=1) <= 1).all()


def test_candidates_are_of_systems_nobody_trained_on() -> None:
    d = described()
    train, test = split(d, seed=1)
    systems = ["-".join(sorted(c.elements)) for c in d.crystals]
    assert not {systems[i] for i in train} & {systems[i] for i in test}
    assert not d.elemental[test].any()
    assert d.elemental[train].sum() == d.elemental.sum()
    assert len(train) + len(test) == len(d.crystals)


def test_distances_are_those_of_hulls_made_one_by_one() -> None:
    d, t = described(), trials()[0]
    train, _ = split(d, seed=0)
    everything = d.phases[train] + Phases(d.phases.shares[t.rows], t.mean)
    known = Hull(d.phases[train])
    rng = np.random.default_rng(0)
    for i in rng.permutation(len(t.rows))[:25].tolist():
        others = np.delete(np.arange(len(everything)), len(train) + i)
        alone = Phases(d.phases.shares[t.rows[[i]]], t.mean[[i]])
        assert t.joint[i] == pytest.approx(Hull(everything[others]).above(alone)[0])
        assert t.known[i] == pytest.approx(known.above(alone)[0])
        truth = Phases(alone.shares, t.truth[[i]])
        assert t.true_known[i] == pytest.approx(known.above(truth)[0])


def test_every_count_of_a_selection_is_recounted() -> None:
    for t in trials():
        for hull in ("joint", "known"):
            true, predicted = t.distances(hull)
            for name, k in (("", 0.0), ("std", 1.0), ("std", 2.0)):
                found = select(t, hull, name, k)
                tp = fp = fn = tn = 0
                for i in range(len(t.rows)):
                    chosen = predicted[i] + (k * t.std[i] if name else 0.0) <= 0
                    right = true[i] <= 0
                    tp += chosen and right
                    fp += chosen and not right
                    fn += right and not chosen
                    tn += not right and not chosen
                assert (found.true_positive, found.false_positive) == (tp, fp)
                assert (found.false_negative, found.true_negative) == (fn, tn)
                beside = same_number(t, hull, found.selected)
                best = sorted(range(len(t.rows)), key=lambda i: predicted[i])[: found.selected]
                assert beside.true_positive == sum(bool(true[i] <= 0) for i in best)


def test_rows_are_means_over_the_seeds_with_students_interval() -> None:
    mean, low, high = mean_interval([1.0, 2.0, 4.0])
    assert mean == pytest.approx(7 / 3)
    half = 4.302652729911275 * np.std([1, 2, 4], ddof=1) / np.sqrt(3)
    assert (low, high) == pytest.approx((mean - half, mean + half))
    assert np.isnan(mean_interval([1.0])[1])
    told = rows(trials())
    row = find_row(told, "unrelaxed", "precision", uncertainty="std", k=1.0)
    own = [select(t, "joint", "std", 1.0).precision for t in trials() if t.state == "unrelaxed"]
    assert row.values == pytest.approx(own)
    mae = find_row(told, "relaxed", "mae", hull="", rule="all")
    assert mae.values[0] == pytest.approx(np.abs(trials()[2].mean - trials()[2].truth).mean())
    assert difference(row, row) == pytest.approx((0, 0, 0))
    with pytest.raises(KeyError):
        find_row(told, "unrelaxed", "luck")
    with pytest.raises(InvalidSpecError):
        rows([])


def test_findings_follow_from_the_numbers() -> None:
    told = findings(rows(trials()))
    assert len(told) == 4  # this model states no uncertainty besides, so nothing is told of others
    first = rows(trials())
    gain = difference(
        find_row(first, "unrelaxed", "precision", uncertainty="std", k=1.0),
        find_row(first, "unrelaxed", "precision"),
    )
    enriched = difference(
        find_row(first, "unrelaxed", "enrichment", uncertainty="std", k=1.0),
        find_row(first, "unrelaxed", "enrichment"),
    )
    holds = [gain[1] > 0, enriched[1] > 0]
    expected = (
        "reproduced" if all(holds) else "partly reproduced" if any(holds) else "not reproduced"
    )
    assert told[0].verdict == expected
    assert f"{find_row(first, 'unrelaxed', 'recall').mean:.3f}" in told[1].measured


def test_outputs_hold_every_candidate_and_end_at_chance() -> None:
    out = outputs_of(trials(), STATES)
    assert out["enrichment"].shape == (3, 3, 3, len(FRACTIONS))
    assert out["enrichment"][..., -1] == pytest.approx(np.ones((3, 3, 3)))
    assert out["recall"][..., -1] == pytest.approx(np.ones((3, 2, 3)))
    inside = [((t.true_joint >= EDGES[0]) & (t.true_joint <= EDGES[-1])).sum()
              for t in trials() if t.state == "relaxed"]  # fmt: skip
    assert out["histograms"][2, 0, 0].sum() == sum(inside)
    assert out["rolling"].shape == (3, 3, len(CENTERS))
    assert len(out["claims"]) == len(out["verdicts"])
    assert set(out["row_state"].tolist()) == set(STATES)
    one = outputs_of([t for t in trials() if t.state == "unrelaxed"], ["unrelaxed"])
    assert len(one["claims"]) == 0


def test_error_against_confidence_starts_at_that_of_all() -> None:
    out = outputs_of(trials(), STATES)
    mine = [t for t in trials() if t.state == "relaxed"]
    error = np.abs(np.concatenate([t.mean - t.truth for t in mine]))
    std = np.concatenate([t.std for t in mine])
    assert out["candidates"].tolist() == [len(t.rows) for t in mine]
    assert out["uncertainties"].tolist() == ["std", *mine[0].part_names]
    stated, oracle = out["confidence"][2, 0]
    assert [stated[0], oracle[0]] == pytest.approx([error.mean()] * 2)
    n = round(0.5 * len(error))
    half = error[np.argsort(std, kind="stable")[:n]].mean()
    assert stated[np.argmin(np.abs(out["kept"] - 0.5))] == pytest.approx(half, rel=0.01)
    assert (oracle <= stated + 1e-12).all()


def test_one_seed_makes_no_findings() -> None:
    assert len(outputs_of([t for t in trials() if t.seed == 0], STATES)["claims"]) == 0


def test_trials_are_kept_and_told_apart(tmp_path: Path) -> None:
    key = trial_key(described(), MODEL, SPEC, 0, 0.3)
    assert key != trial_key(described(), MODEL, SPEC, 1, 0.3)
    first = trials()[0]
    save_trial(tmp_path, key, first)
    again = load_trial(tmp_path, key, first.state)
    assert again is not None
    assert again.joint.tolist() == first.joint.tolist()
    assert (again.state, again.part_names, again.seed) == (first.state, first.part_names, 0)
    assert load_trial(tmp_path, key, "relaxed") is None
    next(tmp_path.glob("*.npz")).write_bytes(b"nonsense")
    assert load_trial(tmp_path, key, first.state) is None


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InvalidSpecError, match="molten"):
        try_states(described(), MODEL, SPEC, 0, states=["molten"])
    with pytest.raises(InvalidSpecError, match="moon"):
        trials()[0].distances("moon")
    with pytest.raises(InvalidSpecError, match="luck"):
        trials()[0].uncertainty("luck")


def test_labels_are_ones_and_zeros_without_elements() -> None:
    block = label_block(described().crystals[:20])
    assert set(np.unique(block.values)) <= {0.0, 1.0}
    assert not any(":" in name for name in block.labels)
