"""What a partition's rows say: the numbers of the modules they come from, failures beside them."""

from __future__ import annotations

import io

import numpy as np
import pyarrow.parquet as pq
import pytest

from core.data import load_embedded
from core.descriptors.composition_statistics import composition_statistics
from core.descriptors.grid import GridSpec, grid
from core.distances.base import between, parse_metric
from core.errors import InvalidSpecError
from core.geometry.prototype_label import prototype_label
from core.models.inputs import prepare
from core.models.persistence import load_model
from core.partitions.crystals import to_table
from core.partitions.request import Describing, Request
from core.partitions.work import MARK, START, pack, run_part

METRIC = "grid-emd(n_groups=20)"


@pytest.fixture(scope="module")
def crystals():
    return list(load_embedded("prototype-elastic")[::80])


def table(work, crystals, carry=(), start=0):
    payload = pack(to_table(crystals, carry), {MARK: b"m", START: b"%d" % start})
    return pq.read_table(io.BytesIO(run_part(work, payload)))


def column(found, name):
    return np.array(found[name].to_pylist())


def test_features_and_labels_are_those_of_their_modules(crystals) -> None:
    found = table(Describing.of(Request()), crystals, carry=["bulk_modulus_GPa"], start=70)
    assert found["row"].to_pylist() == list(range(70, 70 + len(crystals)))
    assert found["id"].to_pylist() == [c.id for c in crystals]
    assert found["formula"].to_pylist() == [c.formula for c in crystals]
    wanted = np.stack([grid(c, GridSpec(mode="quantile")).ravel() for c in crystals])
    assert np.abs(column(found, "grid(mode=quantile)") - wanted).max() < 1e-5
    wanted = np.stack([composition_statistics(c) for c in crystals])
    assert np.allclose(column(found, "composition_statistics"), wanted, rtol=1e-6)
    assert found["prototype"].to_pylist() == [prototype_label(c) for c in crystals]
    wanted = np.array([c.properties["bulk_modulus_GPa"] for c in crystals])
    assert (column(found, "bulk_modulus_GPa") == wanted).all()
    assert found["failure_code"].null_count == len(crystals)


def test_one_that_fails_has_a_row_that_says_so(crystals) -> None:
    half = crystals[1].with_(id="half", occupancy=np.full(crystals[1].n_rows, 0.5))
    twice = crystals[2].with_(id="twice", frac=np.zeros((crystals[2].n_rows, 3)))
    found = table(Describing.of(Request()), [crystals[0], half, crystals[3], twice])
    assert found["id"].to_pylist() == [crystals[0].id, "half", crystals[3].id, "twice"]
    assert found["failure_code"].to_pylist()[::2] == [None, None]
    assert found["failure_code"].to_pylist()[1] == "DisorderedStructureError"
    assert found["prototype"].to_pylist()[1] is None
    assert found["composition_statistics"].to_pylist()[1] is not None  # exact for a mixture
    whole = table(Describing.of(Request()), [crystals[0], crystals[3]])
    for name in whole.column_names[1:]:
        assert found[name].to_pylist()[::2] == whole[name].to_pylist()


def test_rows_that_hold_no_crystal_are_failures(crystals) -> None:
    good = to_table(crystals[:3])
    lattice = good["lattice"].to_pylist()
    lattice[1] = lattice[1][:8]
    import pyarrow as pa

    bad = good.set_column(2, "lattice", pa.array(lattice, pa.list_(pa.float64())))
    payload = pack(bad, {MARK: b"m", START: b"0"})
    found = pq.read_table(io.BytesIO(run_part(Describing.of(Request()), payload)))
    assert found["id"].to_pylist() == [c.id for c in crystals[:3]]
    assert found["failure_stage"].to_pylist() == [None, "read", None]
    assert found["formula"].to_pylist()[1] is None


def test_nearest_crystals_are_those_of_the_whole_matrix(crystals) -> None:
    query, known = crystals[::2], crystals[1::2]
    work = Describing.of(Request(features="", prototype=False, metric=METRIC, k=2), reference=known)
    found = table(work, query)
    metric = parse_metric(METRIC)
    matrix = between(metric.embed(query), metric.embed(known))
    order = np.argsort(matrix, axis=1, kind="stable")
    for i, name in enumerate(("nearest", "nearest_2")):
        assert found[name].to_pylist() == [known[j].id for j in order[:, i]]
        wanted = np.take_along_axis(matrix, order[:, i : i + 1], 1)[:, 0]
        assert np.allclose(column(found, f"{name}_distance"), wanted, atol=1e-6)


@pytest.fixture(scope="module")
def models(crystals):
    """Of two targets; the second without intervals."""
    from core.jobs import JobSpec, run

    made = []
    for target, conformal in (
        ("bulk_modulus_GPa", {"method": "cross"}), ("formation_energy_eV_per_atom", None)
    ):  # fmt: skip
        options = {
            "target": target, "model": {"key": "knn", "metric": METRIC}, "conformal": conformal,
            "seed": 1,
        }  # fmt: skip
        spec = JobSpec(task="train", options=options, seed=1)
        made.append(run(spec, {"crystals": crystals[:40]}).outputs["model"].tobytes())
    return made


def test_predictions_are_those_of_the_model(crystals, models) -> None:
    work = Describing.of(Request(features="", levels=(0.9,)), models=models[:1])
    found = table(work, crystals)
    model = load_model(models[0])
    inputs, _, _ = prepare(crystals, model.needs)
    p = model.predict(inputs, levels=(0.9,))
    assert np.allclose(column(found, "predicted_bulk_modulus_GPa"), p.mean, rtol=1e-9)
    assert np.allclose(column(found, "predicted_std_bulk_modulus_GPa"), p.std, rtol=1e-9)
    for side, name in enumerate(("low", "high")):
        assert np.allclose(
            column(found, f"predicted_{name}_90_bulk_modulus_GPa"), p.intervals[:, side, 0]
        )
    assert column(found, "in_training")[:40].all()
    assert found["nearest_training"].to_pylist()[:40] == [c.id for c in crystals[:40]]


def test_several_models_stand_side_by_side(crystals, models) -> None:
    both = table(Describing.of(Request(features=""), models=models), crystals)
    alone = [table(Describing.of(Request(features=""), models=[m]), crystals) for m in models]
    for one in alone:
        for name in one.column_names:
            if name.startswith("predicted_"):
                assert both[name].to_pylist() == one[name].to_pylist()
    suffix = "_formation_energy_eV_per_atom"
    for name in ("in_training", "distance_percentile", "nearest_training", "applicability"):
        assert both[name].to_pylist() == alone[0][name].to_pylist()
        assert both[name + suffix].to_pylist() == alone[1][name].to_pylist()
    with pytest.raises(InvalidSpecError, match="Two models"):
        Describing.of(Request(), models=[models[0], models[0]])
    with pytest.raises(InvalidSpecError, match="Intervals"):
        Describing.of(Request(levels=(0.9,)), models=models)


def test_requests_that_make_no_sense_are_refused(crystals) -> None:
    for options in (
        {"features": "grid@pca3"}, {"k": 0}, {"symprec": 2.0}, {"levels": (1.5,)},
        {"keep_vectors": True}, {"metric": "rdf-cosine", "keep_vectors": True},
    ):  # fmt: skip
        with pytest.raises(InvalidSpecError):
            Request(**options)
    with pytest.raises(InvalidSpecError, match="Intervals"):
        Describing.of(Request(levels=(0.9,)))
    with pytest.raises(InvalidSpecError, match="metric"):
        Describing.of(Request(), reference=crystals[:3])
