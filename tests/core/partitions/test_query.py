"""Every answer equals a count in numpy; hostile names and values stay names and values."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import InvalidSpecError, SchemaError
from core.partitions.conditions import Between, Elements, Known, OneOf, Sum
from core.partitions.query import CandidateTable

HOSTILE = 'x"; DROP TABLE candidates; --'
N = 1_000


@pytest.fixture(scope="module")
def columns():
    rng = np.random.default_rng(3)
    value = rng.normal(size=N)
    value[::50] = np.nan
    system = np.array(["Cl-Na", "Ca-F", "C-O", "Na-O"], dtype=object)[rng.integers(0, 4, N)]
    return {"value": value, "std": rng.uniform(0.1, 1, N), "system": system}


@pytest.fixture(scope="module")
def table(columns, tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    paths = []
    for start in range(0, N, 300):
        rows = slice(start, start + 300)
        value = columns["value"][rows]
        part = pa.table({
            "row": pa.array(range(N))[rows],
            "id": [f"c{i}" for i in range(N)][rows],
            "chemical_system": columns["system"][rows],
            "value": pa.array(value, mask=np.arange(start, start + len(value)) % 100 == 0),
            "std": columns["std"][rows],
            HOSTILE: columns["std"][rows],
            "seen": columns["std"][rows] > 0.5,
            "vector": pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(3 * len(value))), 3),
        })  # fmt: skip
        paths.append(folder / f"part-{start:06d}.parquet")
        pq.write_table(part, paths[-1])
    found = CandidateTable(paths[::-1])
    yield found
    found.close()


def test_columns_are_those_without_vectors(table) -> None:
    assert "vector" not in table.columns
    assert table.n == N
    assert (table.columns["id"], table.columns["seen"], table.columns["std"]) == (
        "text", "flag", "number",
    )  # fmt: skip


def test_counts_of_a_funnel(table, columns) -> None:
    value, std, system = columns["value"], columns["std"], columns["system"]
    stages = [
        [Between("value", -1.0, 1.0)], [Between(Sum((("value", 1.0), ("std", 2.0))), None, 1.5)],
        [Elements(("Na",))], [OneOf("seen", (True,))],
    ]  # fmt: skip
    with np.errstate(invalid="ignore"):
        masks = [
            (value >= -1) & (value <= 1), value + 2 * std <= 1.5,
            np.array(["Na" in s.split("-") for s in system]), std > 0.5,
        ]  # fmt: skip
    left, wanted = np.ones(N, dtype=bool), [N]
    for mask in masks:
        left &= mask
        wanted.append(left.sum())
    assert table.counts(stages).tolist() == wanted
    assert table.alone(stages).tolist() == [mask.sum() for mask in masks]
    assert wanted[-1] > 10


def test_elements_are_whole_symbols(table, columns) -> None:
    carbon = sum("C" in s.split("-") for s in columns["system"])
    assert table.count([Elements(("C",))]) == carbon
    assert (
        table.count([Elements(("C", "Na"), "any")]) + table.count([Elements(("C", "Na"), "none")])
        == N
    )
    assert table.count([Elements(("C", "Na"), "all")]) == 0
    assert table.count([OneOf("chemical_system", ("C-O",), excluded=True)]) == N - carbon


def test_histogram_and_density(table, columns) -> None:
    value, std = columns["value"], columns["std"]
    edges, y_edges = np.linspace(-2, 2, 41), np.linspace(0, 0.8, 9)
    found = table.histogram("value", edges)
    known = value[~np.isnan(value)]
    assert found.counts.tolist() == np.histogram(known, edges)[0].tolist()
    assert (found.below, found.above) == ((known < -2).sum(), (known > 2).sum())
    assert found.missing == np.isnan(value).sum()
    both = table.density("value", "std", edges, y_edges)
    wanted = np.histogram2d(std, np.nan_to_num(value, nan=99.0), [y_edges, edges])[0]
    assert (both.counts == wanted).all()
    assert both.counts.sum() + both.outside == N
    some = table.histogram("std", y_edges, [Between("value", 0)])
    with np.errstate(invalid="ignore"):
        assert some.counts.tolist() == np.histogram(std[value >= 0], y_edges)[0].tolist()


def test_top_rows(table, columns) -> None:
    order = np.argsort(columns["value"], kind="stable")  # NaN last
    assert table.top("value", 5, select=["id"])["id"].to_pylist() == [f"c{i}" for i in order[:5]]
    largest = np.argsort(-columns["value"], kind="stable")
    found = table.top("value", 5, descending=True, offset=2)
    assert found["row"].to_pylist() == largest[2:7].tolist()
    assert np.isnan(columns["value"][table.top("value", N)["row"].to_pylist()[-1]])
    assert table.values("std", [Between("row", 10, 12)]) == pytest.approx(columns["std"][10:13])
    assert table.span("std") == (columns["std"].min(), columns["std"].max())
    assert table.count([Known("value", absent=True)]) == N // 100


@pytest.mark.parametrize("name", ["vector", "nothing", "1; DROP TABLE candidates", 'a" OR 1=1 --'])
def test_columns_that_are_not_there_are_refused(name, table) -> None:
    for ask in (
        lambda: table.count([Between(name, 0)]), lambda: table.top(name, 3),
        lambda: table.histogram(name, np.array([0.0, 1.0])), lambda: table.rows([name]),
        lambda: table.count([OneOf(name, ("a",))]), lambda: table.span(Sum(((name, 1.0),))),
    ):  # fmt: skip
        with pytest.raises(InvalidSpecError, match="no column"):
            ask()


def test_hostile_names_and_values_do_no_harm(table, columns) -> None:
    assert table.count([Between(HOSTILE, 0.5)]) == (columns["std"] >= 0.5).sum()
    assert table.count([OneOf("id", ("' OR 1=1 --",))]) == 0
    assert table.top(HOSTILE, 1).num_rows == 1
    assert table.count() == N
    for bad in (
        [Elements(("Na'); DROP",))], [Between("id", 0)], [OneOf("std", ("a",))],
        [Between("std", float("nan"))], [Between(Sum(()), 0)],
        [Between(Sum((("std", float("inf")),)), 0)],
    ):  # fmt: skip
        with pytest.raises(InvalidSpecError):
            table.count(bad)
    for edges in ([0.0], [0.0, 0.0], [0.0, 1.0, 5.0], [0.0, np.inf]):
        with pytest.raises(InvalidSpecError):
            table.histogram("std", np.array(edges))


def test_what_is_no_table_is_told(tmp_path) -> None:
    path = tmp_path / "part-000000.parquet"
    path.write_bytes(b"PAR1 nothing")
    with pytest.raises(SchemaError, match="can't be read"):
        CandidateTable([path])
