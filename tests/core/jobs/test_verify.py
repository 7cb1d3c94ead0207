"""Task `verify` on a potential in closed form: rows, resumption, stopping; without the extra."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.errors import ComputeError, JobCancelled, MissingDependencyError
from core.jobs import JobSpec, run
from core.jobs.base import Resources
from core.jobs.verify import (
    ABOVE_HULL,
    BULK,
    DOUBT,
    ENERGY,
    FORMATION,
    VALUES,
    VERIFIED_BY,
    relaxed_crystals,
    verified_key,
)
from core.types import Crystal
from core.verification import chgnet
from core.verification.relax import RelaxSpec, relax
from tests.pair_potential import Pairs

SPEC = JobSpec(task="verify", options={})


@pytest.fixture
def pairs(monkeypatch, tmp_path):
    """The pair potential in the place of CHGNet; a home of its own."""
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "home"))
    shared = Pairs()
    monkeypatch.setattr(chgnet, "CHGNet", lambda: shared)
    return shared


@pytest.fixture
def crystals():
    close = 2.0 * (np.ones((3, 3)) - np.eye(3))
    return [
        Crystal("copper", close, [[0, 0, 0]], [29], source="a.cif", properties={"note": "hand"}),
        Crystal("half", close, [[0, 0, 0]], [29], occupancy=[0.5], source="b.cif"),
        Crystal("alloy", 2.9 * np.eye(3), [[0, 0, 0], [0.5, 0.5, 0.5]], [29, 30]),
        Crystal("neon", 1.05 * close, [[0, 0, 0]], [10]),
        Crystal("fermium", close, [[0, 0, 0]], [100]),
    ]


def verify(crystals, **resources):
    return run(SPEC, {"crystals": crystals}, Resources(**resources))


def test_every_crystal_is_a_row_or_a_failure(pairs, crystals):
    result = verify(crystals)
    out = result.outputs
    assert out["ids"].tolist() == ["copper", "alloy", "neon"]
    said = {(f.id, f.stage, f.code) for f in result.failures}
    assert said == {
        ("half", "relax", "DisorderedStructureError"),
        ("fermium", "relax", "ComputeError"),
        ("neon", "label", "SchemaError"),
    }
    assert next(f for f in result.failures if f.id == "half").source == "b.cif"
    for key in VALUES:
        assert np.isfinite(out[key][:2]).all(), key
    assert np.isnan(out[FORMATION][2])
    assert np.isnan(out[ABOVE_HULL][2])
    assert out["ends"].tolist() == [1, 3, 4]
    assert out["frac"].shape == (4, 3)
    assert out["spacegroup"].tolist() == [[225, 225], [221, 221], [225, 225]]


def test_values_are_those_of_a_relaxation(pairs, crystals):
    out = verify(crystals[:1]).outputs
    alone = relax(Pairs(), crystals[0])
    assert out[ENERGY][0] == alone.energy
    assert out[BULK][0] == alone.fit.bulk_modulus
    np.testing.assert_array_equal(out["lattices"][0], alone.crystal.lattice)


def test_crystals_come_back_with_values_and_their_origin(pairs, crystals):
    out = verify(crystals).outputs
    relaxed = relaxed_crystals(out)
    assert [c.id for c in relaxed] == ["copper", "alloy", "neon"]
    assert relaxed[1].numbers.tolist() == [29, 30]
    assert relaxed[1].volume / 2 == pytest.approx(out["volume_per_atom_A3"][1])
    assert relaxed[0].properties[VERIFIED_BY] == "CHGNet 0.3.0"
    assert relaxed[0].properties[ENERGY] == out[ENERGY][0]
    assert FORMATION not in relaxed[2].properties
    as_given = relaxed_crystals(out, given=crystals)
    assert as_given[0].digest == crystals[0].digest
    assert as_given[0].properties["note"] == "hand"


def test_doubtful_fits_are_marked(pairs, crystals):
    """A curve far too anharmonic for its volumes is named, not passed off as a modulus."""
    out = dict(verify(crystals[:1]).outputs)
    assert out[DOUBT].tolist() == [""]
    out[DOUBT] = np.array(["derivative"])
    assert relaxed_crystals(out)[0].properties[DOUBT] == "derivative"


def test_finished_crystals_are_not_computed_again(pairs, crystals):
    first = verify(crystals, use_store=True)
    calls = pairs.calls
    renamed = [c.with_(id=f"{c.id}-again") for c in crystals]
    again = verify(renamed, use_store=True)
    assert pairs.calls == calls
    for name in set(first.outputs) - {"ids", "method"}:
        np.testing.assert_array_equal(again.outputs[name], first.outputs[name])
    assert again.outputs["ids"].tolist() == [f"{i}-again" for i in first.outputs["ids"].tolist()]
    verify(crystals)  # without the store
    assert pairs.calls == 2 * calls


def test_other_options_are_other_records(pairs, crystals):
    verify(crystals, use_store=True)
    calls = pairs.calls
    run(
        JobSpec(task="verify", options={"equation_of_state": False}),
        {"crystals": crystals}, Resources(use_store=True),
    )  # fmt: skip
    assert pairs.calls > calls


def test_a_stopped_job_goes_on_where_it_was(pairs, crystals):
    whole = verify(crystals)
    asked = []

    def should_stop():
        asked.append(1)
        return len(asked) > 30

    pairs.calls = 0
    with pytest.raises(JobCancelled):
        verify(crystals, use_store=True, should_stop=should_stop)
    before = pairs.calls
    assert before <= 30
    resumed = verify(crystals, use_store=True)
    total = pairs.calls
    alone = sum(_calls(c) for c in crystals if c.id in {"copper", "alloy", "neon"})
    assert total < before + alone  # the finished ones were not begun again
    for name in VALUES:
        np.testing.assert_array_equal(resumed.outputs[name], whole.outputs[name])


def _calls(crystal):
    pairs = Pairs()
    relax(pairs, crystal)
    return pairs.calls


def test_a_damaged_record_is_computed_again(pairs, crystals, tmp_path):
    first = verify(crystals[:1], use_store=True)
    (record,) = (tmp_path / "home" / "verified").rglob("*.json")
    for text in ("{", "[]", json.dumps({"energy": 1}), "\xff"):
        record.write_text(text)
        again = verify(crystals[:1], use_store=True)
        assert again.outputs[ENERGY][0] == first.outputs[ENERGY][0]


def test_a_crystal_that_did_not_relax_is_a_row(pairs, crystals):
    spec = JobSpec(task="verify", options={"max_steps": 1})
    for _ in range(2):  # computed, then from the disk
        with pytest.raises(ComputeError, match=r"None of 1 crystals.*did not relax in 1 steps"):
            run(spec, {"crystals": crystals[:1]}, Resources(use_store=True))


def test_progress_counts_crystals_to_the_end(pairs, crystals):
    told = []
    verify(crystals, on_progress=lambda *args: told.append(args))
    assert told == [(i, 5, "relaxing crystals") for i in range(6)]


def test_without_the_extra_the_job_says_how_to_install_it(monkeypatch, crystals):
    monkeypatch.setattr(chgnet, "is_installed", lambda: False)
    with pytest.raises(MissingDependencyError, match="pip install -r requirements-verify"):
        verify(crystals)


def test_what_is_known_needs_no_extra(pairs, monkeypatch, crystals):
    first = verify(crystals, use_store=True)

    def absent():
        raise MissingDependencyError(chgnet.MISSING)

    monkeypatch.setattr(chgnet, "CHGNet", absent)
    again = verify(crystals, use_store=True)
    np.testing.assert_array_equal(again.outputs[ENERGY], first.outputs[ENERGY])
    with pytest.raises(MissingDependencyError):
        verify(crystals)


def test_predicted_properties_that_can_be_verified():
    assert verified_key("bulk_modulus_vrh_GPa") == BULK
    assert verified_key(ABOVE_HULL) == ABOVE_HULL
    assert verified_key("band_gap_eV") is None
    assert RelaxSpec().to_dict().keys() <= SPEC.resolve().keys()
