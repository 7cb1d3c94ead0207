"""Duplicates across partitions are those of the whole matrix."""

from __future__ import annotations

import numpy as np
import pytest

from core.data import load_embedded
from core.distances.base import between, parse_metric
from core.errors import InputError, InvalidSpecError
from core.maps.duplicates import duplicate_groups
from core.partitions.duplicates import find_duplicates, linked
from core.partitions.query import CandidateTable
from core.partitions.request import Describing, Request
from core.partitions.run import run_partitions
from core.partitions.schedulers import scheduler
from core.partitions.sources import Crystals

METRIC = "grid-emd(n_groups=20)"
THRESHOLD = 0.02


@pytest.fixture(scope="module")
def crystals():
    """Every fourth crystal of the set three times, a little larger each time."""
    rng = np.random.default_rng(5)
    base = load_embedded("prototype-elastic")[::40]
    more = [
        c.with_(id=f"{c.id}-{n}", lattice=c.lattice * (1 + 0.004 * n)) for c in base[::4]
        for n in (1, 2, 3)
    ]  # fmt: skip
    return [([*base, *more])[i] for i in rng.permutation(len(base) + len(more))]


@pytest.fixture(scope="module")
def folder(crystals, tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "run"
    request = Request(features="", prototype=False, metric=METRIC, keep_vectors=True)
    run_partitions(Crystals(crystals), Describing.of(request), path, size=23)
    return path


def wanted(crystals):
    vectors = parse_metric(METRIC).embed(crystals)
    matrix = np.asarray(between(vectors, vectors), dtype=np.float64)
    formulas = np.array([c.formula for c in crystals])
    matrix[formulas[:, None] != formulas] = 99.0
    np.fill_diagonal(matrix, 0)
    return duplicate_groups(np.minimum(matrix, matrix.T), THRESHOLD)


@pytest.mark.parametrize("kind", ["here", "processes:2"])
def test_groups_are_those_of_the_matrix(kind, crystals, folder) -> None:
    for left in (folder / "duplicates").glob("*.parquet"):
        left.unlink()
    find_duplicates(folder, THRESHOLD, rows=10, scheduler=scheduler(kind))
    assert len(list((folder / "duplicates").glob("part-*.parquet"))) > 3
    groups = wanted(crystals)
    assert len(groups) > 20
    table = CandidateTable.open(folder).rows(["row", "duplicate_of", "copies"])
    of, copies = table["duplicate_of"].to_pylist(), table["copies"].to_pylist()
    assert table["row"].to_pylist() == list(range(len(crystals)))
    for group in groups:
        assert of[group[0]] is None
        assert {of[i] for i in group[1:]} == {crystals[group[0]].id}
        assert {copies[i] for i in group} == {len(group)}
    assert sum(name is not None for name in of) == sum(len(group) - 1 for group in groups)


def test_it_goes_on_where_it_was(folder) -> None:
    find_duplicates(folder, THRESHOLD, rows=10)
    parts = sorted((folder / "duplicates").glob("part-*.parquet"))
    before = [part.read_bytes() for part in parts]
    for part in parts[::2]:
        part.unlink()
    seen: list[int] = []
    find_duplicates(
        folder, THRESHOLD, rows=10, on_progress=lambda done, total, what: seen.append(done)
    )
    assert len(seen) == len(parts[::2])
    assert [part.read_bytes() for part in parts] == before
    with pytest.raises(InvalidSpecError, match="another request"):
        find_duplicates(folder, 2 * THRESHOLD, rows=10)


def test_links_are_followed() -> None:
    line = np.array([[0.0], [0.5], [1.0], [3.0], [3.4]], dtype=np.float32)
    assert linked(line, 0.5).tolist() == [0, 0, 0, 1, 1]
    assert linked(line, 0.3).tolist() == [0, 1, 2, 3, 4]


def test_a_run_without_vectors_is_told(tmp_path, crystals) -> None:
    run_partitions(
        Crystals(crystals[:5]), Describing.of(Request(features="", prototype=False)), tmp_path / "r"
    )
    with pytest.raises(InputError, match="no vectors"):
        find_duplicates(tmp_path / "r", 0.1)
    with pytest.raises(InvalidSpecError, match="threshold"):
        find_duplicates(tmp_path / "r", -0.1)


def test_none_is_an_answer(tmp_path, crystals) -> None:
    path = tmp_path / "r"
    request = Request(features="", prototype=False, metric=METRIC, keep_vectors=True)
    run_partitions(Crystals(crystals[:1]), Describing.of(request), path)
    find_duplicates(path, 0.01)
    assert CandidateTable.open(path).rows(["duplicate_of"]).column(0).to_pylist() == [None]
