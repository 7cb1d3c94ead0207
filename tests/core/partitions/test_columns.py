"""Tables of predictions as columns: nothing lost, vectors left out, misfits explained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.data import load_embedded
from core.errors import SchemaError
from core.jobs import JobSpec, run
from core.partitions.columns import read_columns
from core.partitions.request import Describing, Request
from core.partitions.run import run_partitions
from core.partitions.schedulers import scheduler
from core.partitions.sources import Crystals
from core.screening.table import CandidateColumns

KEY = "bulk_modulus_GPa"
MODEL = Path(__file__).resolve().parents[3] / "assets/models/bulk-modulus.gsmodel"


def test_a_table_comes_back_whole(tmp_path: Path) -> None:
    n = 50
    rng = np.random.default_rng(0)
    mean, std = rng.random(n), rng.random(n)
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table({
            "id": [f"c{i}" for i in range(n)], "formula": ["NaCl"] * n,
            f"predicted_{KEY}": mean, f"predicted_std_{KEY}": std,
            f"predicted_low_90_{KEY}": mean - 1, f"predicted_high_90_{KEY}": mean + 1,
            f"predicted_low_50_{KEY}": mean - 0.1, f"predicted_high_50_{KEY}": mean + 0.1,
            "distance_percentile": 100 * std, "nearest_training": ["x"] * n,
            "applicability": ["holds U, which no training crystal does"] + [""] * (n - 1),
            "energy_eV": mean, "vector": [[1.0, 2.0]] * n,
        }), path,
    )  # fmt: skip
    found = read_columns(path)
    column = found.columns[KEY]
    assert np.array_equal(column.mean, mean)
    assert column.levels.tolist() == [0.5, 0.9]
    assert np.allclose(column.intervals[:, 0, 1], mean - 1)
    assert found.ids[3] == "c3"
    assert found.known is not None
    assert np.allclose(found.known.percentile, std)
    assert [bool(word) for word in found.known.unseen[:2]] == [True, False]
    assert list(found.truth) == ["energy_eV"]


def test_the_results_of_a_run_are_what_the_job_finds(tmp_path: Path) -> None:
    crystals = load_embedded("prototype-elastic")[::300]
    work = Describing(Request(features="", prototype=False, levels=(0.9,)), (MODEL.read_bytes(),))
    run_partitions(Crystals(crystals), work, tmp_path / "run", scheduler=scheduler("here"), size=7)
    found = read_columns(tmp_path / "run")
    spec = JobSpec(task="candidate-columns", options={
        "models": [str(MODEL)], "levels": [0.9], "hull": None, "prototypes": False,
    })  # fmt: skip
    wanted = CandidateColumns.from_arrays(run(spec, {"crystals": crystals}).outputs)
    assert list(found.ids) == list(wanted.ids)
    assert np.allclose(found.columns[KEY].mean, wanted.columns[KEY].mean)
    assert np.allclose(found.columns[KEY].std, wanted.columns[KEY].std)
    assert np.allclose(found.columns[KEY].intervals, wanted.columns[KEY].intervals)
    assert np.allclose(found.known.percentile, wanted.known.percentile, equal_nan=True)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"id,formula\n1,2\n"])
def test_no_parquet_is_explained(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(content)
    with pytest.raises(SchemaError, match="can't be read"):
        read_columns(path)


def test_a_table_without_predictions_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"id": ["a"], "energy_eV": [1.0]}), path)
    with pytest.raises(SchemaError, match="no predictions"):
        read_columns(path)
