"""Sources give every crystal once, in order, whatever partitions are wanted."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

from core.data import load_embedded
from core.errors import InputError, SchemaError
from core.partitions.candidate_file import CandidateFile
from core.partitions.crystals import from_table, to_table
from core.partitions.sources import Crystals, ParquetFile, Workspace
from core.store.workspaces import open_store
from core.types import Crystal, Examination, Failure, ParseReport


@pytest.fixture(scope="module")
def crystals():
    base = list(load_embedded("prototype-elastic")[:460:20])
    mixed = base[3].with_(id="mixed", occupancy=np.full(base[3].n_rows, 0.5))
    return [*base, mixed]


def same(a: Crystal, b: Crystal) -> bool:
    return a.id == b.id and a.digest == b.digest


def test_crystals_survive_the_table(crystals) -> None:
    again = list(from_table(to_table(crystals)))
    assert all(same(a, b) for a, b in zip(again, crystals, strict=True))


@pytest.mark.parametrize("size", [1, 5, 7, 24, 100])
@pytest.mark.parametrize("group", [3, 7, 100])
def test_parquet_in_partitions(size, group, crystals, tmp_path) -> None:
    path = tmp_path / "some.parquet"
    pq.write_table(to_table(crystals, ["energy_eV_per_atom"]), path, row_group_size=group)
    source = ParquetFile(path)
    assert len(source) == len(crystals)
    wanted = set(range(0, -(-len(crystals) // size), 2))
    found = dict(source.parts(size, wanted))
    assert set(found) == wanted
    for number, table in found.items():
        part = crystals[number * size : (number + 1) * size]
        assert all(same(a, b) for a, b in zip(from_table(table), part, strict=True))
        assert (
            table["energy_eV_per_atom"].to_pylist()[0] == (part[0].properties["energy_eV_per_atom"])
        )


def test_the_digest_is_of_what_decides(crystals, tmp_path) -> None:
    assert Crystals(crystals).digest == Crystals(list(crystals)).digest
    assert Crystals(crystals).digest != Crystals(crystals[::-1]).digest
    assert Crystals(crystals).digest != Crystals(crystals, carry=["volume_per_atom_A3"]).digest
    moved = [crystals[0].with_(lattice=crystals[0].lattice * 1.001), *crystals[1:]]
    assert Crystals(crystals).digest != Crystals(moved).digest


def test_a_workspace_is_read_in_its_order(crystals, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    cards = tuple(Examination(c.id, "", "green") for c in crystals)
    with open_store() as store:
        store.create("mine").add(ParseReport(tuple(crystals), (), cards))
    source = Workspace("mine", carry=["energy_eV_per_atom"])
    found = dict(source.parts(10, {0, 1, 2}))
    again = [item for number in range(3) for item in from_table(found[number])]
    assert all(same(a, b) for a, b in zip(again, crystals, strict=True))
    assert len(source) == len(crystals)


def test_what_can_not_be_a_source_is_refused(crystals, tmp_path) -> None:
    with pytest.raises(SchemaError, match="more than once"):
        Crystals([crystals[0], crystals[0]])
    path = tmp_path / "twice.parquet"
    pq.write_table(to_table([crystals[0], crystals[0]]), path)
    with pytest.raises(SchemaError, match="more than once"):
        ParquetFile(path)
    pq.write_table(to_table(crystals).drop_columns(["frac"]), path)
    with pytest.raises(SchemaError, match="lacks frac"):
        ParquetFile(path)
    with pytest.raises(InputError, match="nowhere"):
        ParquetFile(tmp_path / "nowhere.parquet")


def test_lines_that_are_no_crystals_are_failures() -> None:
    import pyarrow as pa

    table = pa.table({
        "id": ["a", "b", "c", "d"],
        "json": ["{", "[1]", '{"numbers": [1], "lattice": [1], "frac": []}', '{"sites": []}'],
    })  # fmt: skip
    found = list(from_table(table))
    assert all(isinstance(item, Failure) for item in found)
    assert [item.id for item in found] == ["a", "b", "c", "d"]


def test_candidates_are_built_as_they_are_read(crystals, tmp_path) -> None:
    from core.screening.candidates import Candidates
    from core.screening.templates import Template

    parents = [c for c in crystals[:-1] if len(c.elements) == 2][:3]
    templates = tuple(Template.known(c, "") for c in parents)
    pairs = np.array([[11, 17], [19, 35], [3, 9], [37, 53]])
    made = Candidates(
        templates, np.repeat(np.arange(3), 4), np.tile(pairs, (3, 1)), np.linspace(0.9, 1.1, 12),
        np.linspace(1, 0.1, 12), np.full(12, "?"), np.full(12, ""),
    )  # fmt: skip
    path = tmp_path / "candidates.npz"
    np.savez(path, failures=np.empty(0, dtype=np.str_), **made.arrays())
    source = CandidateFile(path)
    assert len(source) == 12
    found = dict(source.parts(5, {0, 2}))
    for number, rows in ((0, range(5)), (2, range(10, 12))):
        again = from_table(found[number])
        assert all(same(a, made.crystal(i)) for a, i in zip(again, rows, strict=True))
    assert found[2]["substitution_probability"].to_pylist() == [made.probability[10], 0.1]
    np.savez(path, failures=np.array(["other"]), **made.arrays())
    assert CandidateFile(path).digest == source.digest
    np.savez(path, nothing=np.zeros(3))
    with pytest.raises(SchemaError, match="candidates lack"):
        CandidateFile(path)
    path.write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="can't be read"):
        CandidateFile(path)
