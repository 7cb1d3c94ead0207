"""Task `active-round`: two rounds on crystals of the embedded set, the history they leave."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.data import load_embedded
from core.errors import InvalidSpecError, SchemaError
from core.jobs import JobSpec, run
from core.jobs.base import Resources
from core.models.persistence import load_model
from core.verification.rounds import ROUND, joined

KEY = "bulk_modulus_GPa"


@pytest.fixture(scope="module")
def crystals():
    every = load_embedded("prototype-elastic")
    return [every[i] for i in np.random.default_rng(0).permutation(len(every))[:150].tolist()]


def spec(history=(), **changes):
    options = {
        "target": KEY, "seed": 1, "model": {"key": "ridge", "features": "composition_statistics"},
        "conformal": None, "held_out": {"share": 0.3}, "history": list(history), **changes,
    }  # fmt: skip
    return JobSpec(task="active-round", options=options, seed=1)


@pytest.fixture(scope="module")
def rounds(crystals):
    """Two rounds, forty crystals verified in each."""
    first_in = {"crystals": crystals[:70], "verified": crystals[70:110]}
    first = run(spec(), first_in)
    library = [*crystals[:70], *joined(crystals[:70], crystals[70:110], 1)[0]]
    second = run(
        spec(json.loads(str(first.outputs["history"]))),
        {"crystals": library, "verified": crystals[110:]},
    )
    return first, second


def test_the_history_tells_what_was_done(rounds, crystals):
    one, two = json.loads(str(rounds[1].outputs["history"]))
    assert [one] == json.loads(str(rounds[0].outputs["history"]))
    assert (one["number"], two["number"]) == (1, 2)
    assert one["held_out"] == two["held_out"] == rounds[0].outputs["held_out"].tolist()
    assert sorted(one["added"]) == sorted(c.id for c in crystals[70:110])
    assert one["n_before"] + len(one["held_out"]) == 70
    assert two["n_before"] == one["n_before"] + 40
    for row in (one, two):
        assert row["n_after"] == row["n_before"] + len(row["added"]) - len(row["aside"])
        assert row["change"][0] == pytest.approx(row["after"]["mae"][0] - row["before"]["mae"][0])


def test_the_second_round_knows_more(rounds):
    first, second = (r.outputs for r in rounds)
    np.testing.assert_array_equal(first["truth"], second["truth"])
    mae = [np.abs(o[side] - o["truth"]).mean() for o, side in
           ((first, "before"), (first, "after"), (second, "after"))]  # fmt: skip
    assert mae[2] < mae[0]
    assert mae[1] == pytest.approx(first["after_scores"][first["metrics"].tolist().index("mae")][0])


def test_the_model_has_learnt_from_all(rounds, crystals):
    outputs = rounds[0].outputs
    model = load_model(outputs["model"].tobytes())
    assert sorted(model.ids) == sorted(c.id for c in crystals[:110])
    assert sorted(outputs["train_ids"].tolist()) == sorted(model.ids)


def test_nothing_new_is_refused(crystals):
    with pytest.raises(SchemaError, match="None of 5 verified crystals brings a new value"):
        run(spec(), {"crystals": crystals[:70], "verified": crystals[:5]})
    bare = [c.with_(properties={}) for c in crystals[110:115]]
    with pytest.raises(SchemaError, match="None of 5 verified"):
        run(spec(), {"crystals": crystals[:70], "verified": bare})


def test_a_round_is_the_same_again(crystals):
    inputs = {"crystals": crystals[:70], "verified": crystals[70:110]}
    a, b = run(spec(), inputs), run(spec(), inputs, Resources(threads=2))
    assert str(a.outputs["history"]) == str(b.outputs["history"])


def test_a_history_of_another_property_is_refused(rounds):
    history = json.loads(str(rounds[0].outputs["history"]))
    with pytest.raises(SchemaError, match="history is of"):
        spec(history, target="volume_per_atom_A3")
    with pytest.raises(InvalidSpecError):
        spec(held_out={"share": 0.0})
    assert ROUND == "verified_in_round"
