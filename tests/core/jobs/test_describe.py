"""Task `describe`: descriptors side by side, one row a crystal, a failure for each of the rest."""

from __future__ import annotations

import numpy as np
import pytest

from core.descriptors import DESCRIPTORS, describe
from core.descriptors.tot_geometry import TotGeometrySpec
from core.errors import ComputeError, MemoryBudgetError
from core.jobs import JobSpec, run
from core.jobs.results import load_result, result_key, save_result
from core.types import Crystal

TWO = JobSpec(
    task="describe", options={"features": "tot_geometry(centers=Si Al)+composition_statistics"}
)


def test_rows_are_those_of_the_descriptors(quartz: Crystal) -> None:
    mixed = quartz.with_(id="mixed", numbers=[13, 14, 14] + [8] * 6)
    result = run(TWO, {"crystals": [quartz, mixed]})
    assert result.outputs["ids"].tolist() == ["quartz", "mixed"]
    spec = TotGeometrySpec(centers=("Si", "Al"))
    labels = DESCRIPTORS["tot_geometry"].labels(spec)
    assert result.outputs["labels"].tolist()[:12] == labels
    assert result.outputs["features"].shape == (2, 12 + 132)
    assert result.outputs["features"].dtype == np.float64
    for row, crystal in zip(result.outputs["features"], (quartz, mixed), strict=True):
        np.testing.assert_array_equal(row[:12], describe(crystal, "tot_geometry", spec))
        np.testing.assert_array_equal(row[12:], describe(crystal, "composition_statistics"))


def test_what_lacks_one_of_them_is_a_row_of_failures(quartz: Crystal, rocksalt: Crystal) -> None:
    salt = rocksalt.with_(source="salt.cif")
    result = run(TWO, {"crystals": [salt, quartz]})
    assert result.outputs["ids"].tolist() == ["quartz"]
    (failure,) = result.failures
    assert (failure.id, failure.source, failure.stage) == ("NaCl", "salt.cif", "describe")
    assert failure.code == "NeighborShortageError"
    assert "holds no Si/Al" in failure.message
    with pytest.raises(ComputeError, match="holds no Si/Al"):
        run(TWO, {"crystals": [salt]})


def test_arrays_of_any_shape_lie_in_a_row(rocksalt: Crystal) -> None:
    result = run(
        JobSpec(task="describe", options={"features": "grid(n_groups=5)"}), {"crystals": [rocksalt]}
    )
    assert result.outputs["features"].shape == (1, 5 * 100)
    assert result.outputs["labels"].shape == (500,)
    np.testing.assert_allclose(result.outputs["features"].sum(), 5)


def test_a_result_is_kept_on_disk(quartz: Crystal, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    result = run(TWO, {"crystals": [quartz]})
    key = result_key(TWO, result.provenance.input_digest)
    save_result(key, result)
    again = load_result(key)
    for name, array in result.outputs.items():
        np.testing.assert_array_equal(again.outputs[name], array)


def test_the_digest_names_options_and_versions() -> None:
    plain = JobSpec(task="describe", options={"features": "structure_features"})
    spelled = JobSpec(task="describe", options={"features": "structure_features(symprec=0.1)"})
    assert plain.digest != spelled.digest
    (term,) = plain.resolve()["features"]
    assert term["version"] == DESCRIPTORS["structure_features"].version
    assert term["spec"]["symprec"] == 0.01


def test_a_million_numbers_a_crystal_are_refused(rocksalt: Crystal) -> None:
    options = {"features": "grid(n_groups=2000,bin_width=0.01)"}
    with pytest.raises(MemoryBudgetError, match="2,000,000 numbers a crystal"):
        run(JobSpec(task="describe", options=options), {"crystals": [rocksalt]})
