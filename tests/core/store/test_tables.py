"""DuckDB answers what numpy would, sees only the table it is given, and tells what is wrong."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import InvalidSpecError, SchemaError
from core.store import tables

N = 10_000


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    near = rng.random(N)
    missing = rng.random(N) < 0.1
    return pa.table({
        "id": [f"c{i}" for i in range(N)],
        'od"d; DROP': rng.integers(0, 50, N),
        "distance_A": pa.array(near, mask=missing),
    })  # fmt: skip


@pytest.fixture
def path(data, tmp_path):
    pq.write_table(data, tmp_path / "it's.parquet")
    return tmp_path / "it's.parquet"


def test_columns_and_counts(path, data):
    assert tables.columns(path) == {
        "id": "VARCHAR", 'od"d; DROP': "BIGINT", "distance_A": "DOUBLE"
    }  # fmt: skip
    assert tables.count(path) == N
    near = data["distance_A"].to_numpy()
    where = [("distance_A", "<", 0.25), ('od"d; DROP', ">=", 10)]
    expected = (near < 0.25) & (data['od"d; DROP'].to_numpy() >= 10)
    assert tables.count(path, where) == expected.sum()


@pytest.mark.parametrize("descending", [False, True])
def test_rows_are_filtered_sorted_and_cut(path, data, descending):
    found = tables.rows(path, select=["id", "distance_A"], where=[('od"d; DROP', "=", 7)],
                        sort="distance_A", descending=descending, limit=20, offset=5)  # fmt: skip
    assert found.column_names == ["id", "distance_A"]
    frame = data.to_pandas()
    frame = frame[frame['od"d; DROP'] == 7].sort_values("distance_A", ascending=not descending)
    assert found["id"].to_pylist() == frame["id"].tolist()[5:25]


def test_missing_values_come_last(path):
    last = tables.rows(path, sort="distance_A", descending=True, limit=N)["distance_A"]
    assert last[0].as_py() is not None
    assert last[-1].as_py() is None


def test_a_question_in_sql(path):
    found = tables.ask("SELECT max(distance_A) AS far FROM pairs WHERE id <> ?", {"pairs": path},
                       ["c0"])  # fmt: skip
    assert 0.99 < found["far"][0].as_py() <= 1


@pytest.mark.parametrize(
    "sql",
    ["SELECT * FROM '/etc/passwd'", "SELECT * FROM read_csv('/etc/passwd')",
     "COPY pairs TO '/tmp/gridscope-stolen.csv'", "ATTACH '/tmp/gridscope-x.duckdb'",
     "SET enable_external_access = true", "INSTALL httpfs", "SELECT nothing FROM pairs",
     "COPY (SELECT 1) TO 'PATH'", "SELECT 1; COPY (SELECT 1) TO 'PATH'", "",
     "SELECT * FROM 'https://example.org/x.parquet'"],
)  # fmt: skip
def test_nothing_but_the_table_can_be_reached(path, sql):
    before = path.read_bytes()
    with pytest.raises(InvalidSpecError):
        tables.ask(sql.replace("PATH", str(path).replace("'", "''")), {"pairs": path})
    assert path.read_bytes() == before


def test_what_does_not_exist_is_said(path, tmp_path):
    with pytest.raises(InvalidSpecError, match="nothing"):
        tables.rows(path, sort="nothing")
    with pytest.raises(InvalidSpecError, match="LIKE"):
        tables.count(path, [("id", "LIKE", "c%")])
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 nothing PAR1")
    for bad in ("bad.parquet", "absent.parquet"):
        with pytest.raises(SchemaError):
            tables.count(tmp_path / bad)
