"""What every registered descriptor promises."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from core.data import load_embedded
from core.descriptors import DESCRIPTORS, describe
from core.descriptors.grid import GridSpec
from core.descriptors.pores import PoresSpec
from core.distances.features import tabulate
from core.errors import DisorderedStructureError, UnknownNameError
from core.geometry.cell import supercell
from core.registry import Spec
from core.types import Crystal
from tests.strategies import permuted, random_crystal, reshaped, rotated, translated

# A process for each crystal: cheaper options, and fewer crystals below.
LIGHT: dict[str, Spec] = {"pores": PoresSpec(samples=1_000, surface_samples=50)}
SPECS = [(key, LIGHT.get(key) or DESCRIPTORS[key].spec_type()) for key in DESCRIPTORS]
SPECS += [("grid", GridSpec(mode="quantile")), ("grid", GridSpec(smearing=0.0))]
NAMES = [f"{key}-{i}" for i, (key, _) in enumerate(SPECS)]
CRYSTALS = [*load_embedded("grid-report")[:7:2], *load_embedded("elements")[5:30:8]]
SILICA = sorted(
    (c for c in load_embedded("aflow-prototypes") if set(c.elements) == {"Si", "O"}),
    key=lambda c: c.n_rows,
)
every = pytest.mark.parametrize(("key", "spec"), SPECS, ids=NAMES)


def fitting(key: str, spec: Spec) -> list[Crystal]:
    """Crystals that have this description: silica where silicon and oxygen are asked for."""
    needed = DESCRIPTORS[key].requires(spec)
    found = SILICA if needed else CRYSTALS
    assert all(needed <= set(crystal.elements) for crystal in found)
    return found


def chance(key: str, spec: Spec, seed: int) -> Crystal:
    """A random crystal; where elements are asked for, silica with its atoms moved at random."""
    if not DESCRIPTORS[key].requires(spec):
        return random_crystal(seed)
    crystal = SILICA[seed % 8]
    step = 0.1 * np.random.default_rng(seed).normal(size=crystal.frac.shape)
    return crystal.with_(frac=crystal.frac + step @ np.linalg.inv(crystal.lattice))


def weighs(spec: Spec) -> bool:
    """Whether the spec can keep the weights of partial occupancy."""
    for described in fields(spec):
        if described.name == "disorder":
            return "weights" in described.metadata["choices"]
    return False


@every
def test_shape_finite_and_labels(key: str, spec: Spec) -> None:
    values = [describe(crystal, key, spec) for crystal in fitting(key, spec)]
    assert {v.shape for v in values} == {values[0].shape}
    assert all(v.dtype == np.float64 and np.isfinite(v).all() for v in values)
    labels = DESCRIPTORS[key].labels(spec)
    assert len(labels) == values[0].size
    assert len(set(labels)) == len(labels)


@every
def test_deterministic_and_input_unmodified(key: str, spec: Spec) -> None:
    crystal = fitting(key, spec)[0]
    before = crystal.digest
    np.testing.assert_array_equal(describe(crystal, key, spec), describe(crystal, key, spec))
    assert crystal.digest == before


@every
def test_different_crystals_differ(key: str, spec: Spec) -> None:
    one, other = fitting(key, spec)[:2]
    assert np.abs(describe(one, key, spec) - describe(other, key, spec)).max() > 1e-3


@every
@pytest.mark.parametrize("seed", range(4))
def test_declared_invariances_hold(key: str, spec: Spec, seed: int) -> None:
    descriptor = DESCRIPTORS[key]
    rng = np.random.default_rng(seed)
    crystal = (*fitting(key, spec), chance(key, spec, seed))[-1 - seed]
    same = {
        "permutation": permuted(crystal, rng),
        "rotation": rotated(crystal, rng),
        "translation": translated(crystal, rng),
        "unit_cell": reshaped(crystal, rng),
        "supercell": supercell(crystal, (2, 1, 1)),
    }
    expected = describe(crystal, key, spec)
    scale = np.abs(expected).max()
    for invariance in descriptor.invariances:
        found = describe(same[invariance], key, spec)
        worst = np.abs(found - expected).max() / scale
        assert worst <= descriptor.invariance_tolerance, (invariance, crystal.id, worst)


@every
def test_continuous_under_small_displacements(key: str, spec: Spec) -> None:
    if not DESCRIPTORS[key].continuous or (getattr(spec, "smearing", 1.0) == 0.0 and key == "grid"):
        pytest.skip("declared discontinuous")
    needed = DESCRIPTORS[key].requires(spec)
    crystal = SILICA[0] if needed else load_embedded("grid-report")[1]
    rng = np.random.default_rng(0)
    direction = rng.normal(size=crystal.frac.shape)
    base = describe(crystal, key, spec)

    def change(step: float) -> float:
        moved = crystal.with_(frac=crystal.frac + step * direction)
        return float(np.abs(describe(moved, key, spec) - base).max())

    # A hundredfold smaller step gives a much smaller change; a jump would not shrink.
    assert change(1e-7) <= 0.05 * change(1e-5) + 1e-12


@every
def test_one_worker_equals_two(key: str, spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.distances.features._CHUNK", 4 if key in LIGHT else 16)
    crystals = [chance(key, spec, seed) for seed in range(10 if key in LIGHT else 60)]
    descriptor = DESCRIPTORS[key]

    def function(chunk: list[Crystal]) -> tuple[np.ndarray, ...]:
        if descriptor.batch is not None:
            return (descriptor.batch(chunk, spec),)
        return (np.stack([descriptor.compute(c, spec) for c in chunk]),)

    one = tabulate(crystals, function, stage=key, threads=1)
    two = tabulate(crystals, function, stage=key, threads=2)
    np.testing.assert_array_equal(one.arrays[0], two.arrays[0])
    single = np.stack([describe(crystals[i], key, spec) for i in one.kept])
    np.testing.assert_allclose(one.arrays[0], single, rtol=2e-6, atol=2e-6)


@every
def test_disorder_is_refused_or_weighed(key: str, spec: Spec) -> None:
    crystal = fitting(key, spec)[0]
    half = crystal.with_(occupancy=np.full(crystal.n_rows, 0.5))
    options = spec.to_dict() | ({"disorder": "refuse"} if weighs(spec) else {})
    with pytest.raises(DisorderedStructureError, match="partially occupied"):
        describe(half, key, type(spec).from_dict(options))
    if not weighs(spec):
        return
    kept = describe(half, key, type(spec).from_dict(spec.to_dict() | {"disorder": "weights"}))
    assert np.isfinite(kept).all()
    # Every site half occupied by two halves of the same element is the ordered crystal again.
    twice = crystal.with_(
        frac=np.vstack([crystal.frac] * 2),
        numbers=np.tile(crystal.numbers, 2),
        occupancy=np.full(2 * crystal.n_rows, 0.5),
        position=np.tile(crystal.position, 2),
    )
    whole = describe(twice, key, type(spec).from_dict(spec.to_dict() | {"disorder": "weights"}))
    np.testing.assert_allclose(whole, describe(crystal, key, spec), atol=1e-9)


@pytest.mark.parametrize("key", list(DESCRIPTORS))
def test_documented(key: str) -> None:
    descriptor = DESCRIPTORS[key]
    assert descriptor.key == key
    assert "doi" in descriptor.reference or "ch." in descriptor.reference
    assert descriptor.summary.endswith(".")
    assert descriptor.formula
    assert descriptor.formula.count("{") == descriptor.formula.count("}")
    assert descriptor.symbols.endswith(".")
    assert descriptor.limits.endswith(".")


def test_unknown_name_offers_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'grid'"):
        DESCRIPTORS["gird"]
