"""Property tables, tame and hostile."""

from __future__ import annotations

import io
import json

import pytest

from core.errors import GridscopeError, ParseError, SchemaError, UploadLimitError
from core.library import tables
from core.library.tables import read_table
from core.types import RawFile


def csv(text: str, name: str = "table.csv"):
    return read_table(RawFile(name, text.encode()))


def test_numbers_texts_and_nothing():
    table = csv("id,K,kind,empty\na,1.5,x,\nb,,2,nan\nc,-3e2,y,N/A\n")
    assert table.n_rows == 3
    assert table.kinds == {"id": "text", "K": "number", "kind": "text", "empty": "empty"}
    assert list(table.columns["K"]) == [1.5, None, -300.0]
    assert list(table.columns["kind"]) == ["x", "2", "y"]
    assert list(table.columns["empty"]) == [None, None, None]


def test_ids_are_kept_as_written():
    assert list(csv("id,x\n007,1\n1_000,2\n").texts["id"]) == ["007", "1_000"]


def test_infinity_is_no_value():
    assert list(csv("id,x\na,inf\nb,1\n").columns["x"]) == [None, 1.0]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiters(mark):
    table = csv("\n".join(mark.join(row) for row in (("id", "x"), ("a", "1"), ("b", "2"))))
    assert list(table.columns["x"]) == [1.0, 2.0]


def test_a_decimal_comma_is_text_and_not_guessed():
    table = csv("id;x\na;1,5\nb;2,5\nc;3\n")
    assert table.kinds["x"] == "text"
    assert table.notes == ("The column 'x' is text: numbers need a decimal point, not a comma.",)


@pytest.mark.parametrize("cells", [("1.5 GPa", "-3e2 GPa", ""), ("12%", "3 %", "4%")])
def test_units_in_cells_are_told_and_not_guessed(cells):
    table = csv("id,K\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells)))
    assert table.kinds["K"] == "text"
    (note,) = table.notes
    assert "'K' is text" in note
    assert f"end in {'GPa' if 'GPa' in cells[0] else '%'!r}" in note


@pytest.mark.parametrize(
    "cells",
    [("1.cif", "2.cif", "3.cif"), ("001_relaxed", "002_relaxed"), ("2H", "2H", "1H"),
     ("4mm", "4mm"), ("3D", "3D"), ("1A", "2A"), ("1-x", "2-x")],
)  # fmt: skip
def test_ids_and_words_of_crystallography_are_no_units(cells):
    table = csv("file,K\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(cells)))
    assert table.kinds == {"file": "text", "K": "number"}
    assert table.notes == ()


@pytest.mark.parametrize("cells", [("1 GPa", "2 MPa"), ("1 GPa", "x"), ("a", "b"), ("1.2.3", "4")])
def test_other_texts_need_no_note(cells):
    assert csv("id,K\n" + "".join(f"i{i},{c}\n" for i, c in enumerate(cells))).notes == ()


def test_ragged_rows_are_told():
    table = csv("id,x,y\na,1\nb,2,3,4\nc,5,6\n")
    assert list(table.columns["y"]) == [None, 3.0, 6.0]
    assert "2 rows have more or fewer cells" in table.notes[0]
    assert "line 2" in table.notes[0]


def test_a_column_that_comes_twice_keeps_both():
    table = csv("id,x,x\na,1,2\n")
    assert list(table.columns) == ["id", "x", "x (2)"]
    assert "comes twice" in table.notes[0]


def test_nameless_and_dirty_headers():
    assert list(csv("  id\t,,  \na,1,2\n").columns) == [
        "id", "column 2", "column 3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", ParseError),
        (b"  \n\n ", ParseError),
        (b"id,x\n", SchemaError),
        (bytes(range(256)) * 20, ParseError),
        (b"PAR1 this is none", ParseError),
        (b"PK\x03\x04" + bytes(100), ParseError),
        (b'{"a": [1, 2], "b": [1]}', SchemaError),
        (b"[1, 2]", SchemaError),
        (b"[", ParseError),
        (b"[" * 100_000, ParseError),
        (b"[]", SchemaError),
        (b"{}", SchemaError),
        (b'id,x\na,"' + b"y" * (2**20 + 1) + b'"\n', ParseError),
    ],
)
def test_what_is_no_table_is_refused_in_words(content, error):
    with pytest.raises(error) as caught:
        read_table(RawFile("t.csv", content))
    assert caught.value.message


def test_limits_are_named(monkeypatch):
    monkeypatch.setattr(tables, "MAX_ROWS", 10)
    with pytest.raises(UploadLimitError, match="more than 10 rows"):
        csv("id\n" + "a\n" * 50)
    with pytest.raises(UploadLimitError, match="501 columns"):
        csv(",".join(["x"] * 501))
    monkeypatch.setattr(tables, "MAX_BYTES", 100)
    with pytest.raises(UploadLimitError, match="MiB"):
        csv("id\n" + "a" * 200)


def test_json_in_its_three_shapes():
    records = [{"id": "a", "x": 1}, {"id": "b", "y": None, "x": 2.5}]
    by_column = {"id": ["a", "b"], "x": [1, 2.5]}
    by_id = {"a": {"x": 1}, "b": {"x": 2.5}}
    for content in (records, by_column, by_id):
        table = read_table(RawFile("t.json", json.dumps(content).encode()))
        assert list(table.texts["id"]) == ["a", "b"]
        assert list(table.columns["x"]) == [1.0, 2.5]


def test_json_as_pandas_writes_a_table_unasked():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"id": ["a", "b", "c"], "K_GPa": [1.5, None, 3.0]})
    table = read_table(RawFile("t.json", frame.to_json().encode()))
    assert list(table.columns) == ["id", "K_GPa"]
    assert list(table.texts["id"]) == ["a", "b", "c"]
    assert list(table.columns["K_GPa"]) == [1.5, None, 3.0]


def test_parquet():
    pandas = pytest.importorskip("pandas")
    buffer = io.BytesIO()
    frame = pandas.DataFrame({"id": ["a", "b"], "x": [1.0, float("nan")], "n": [3, 4]})
    frame.to_parquet(buffer)
    table = read_table(RawFile("t.parquet", buffer.getvalue()))
    assert list(table.columns["x"]) == [1.0, None]
    assert list(table.texts["n"]) == ["3", "4"]
    with pytest.raises(GridscopeError):
        read_table(RawFile("t.parquet", buffer.getvalue()[:-30]))


def test_formulas_of_a_spreadsheet_stay_text():
    table = csv('id,x\na,"=1+1"\nb,@SUM(A1)\n')
    assert list(table.columns["x"]) == ["=1+1", "@SUM(A1)"]
