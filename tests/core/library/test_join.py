"""Joining by id: who matches, who does not, what is recorded."""

from __future__ import annotations

import pytest

from core.errors import InvalidSpecError, UnknownNameError
from core.library.join import guess_id_column, join, match, preview
from core.library.tables import read_table
from core.types import RawFile


def table(text: str, name: str = "extra.csv"):
    return read_table(RawFile(name, text.encode()))


def test_exact_ids_come_first_then_file_names_in_any_case(library):
    found = match(library, table("id,x\nNaCl,1\nsrtio3.CIF,2\n/data/Fe.cif,3\nnone,4\n"), "id")
    assert dict(found.rows) == {"NaCl": 0, "SrTiO3": 1, "Fe": 2}
    assert found.by_exact_id == 1
    assert found.rows_without == ("none",)
    assert set(found.crystals_without) == {"quartz-like", "FeO"}


def test_an_exact_id_wins_over_the_same_in_another_case(library):
    twin = library.crystals[3].with_(id="fe")
    both = library.adding(
        type(library.report)((twin,), (), (library.examinations[3],)), "a twin in lower case"
    )
    assert dict(match(both, table("id,x\nFe,1\nfe,2\n"), "id").rows) == {"Fe": 0, "fe": 1}
    unclear = match(both, table("id,x\nFE,1\n"), "id")
    assert unclear.unclear == ("FE",)
    assert not unclear.rows


def test_rows_that_differ_for_one_crystal_are_left_out_unless_asked_for(library):
    doubled = table("id,x\nNaCl,1\nNaCl,2\nFe,3\nFe,3\n")
    assert dict(match(library, doubled, "id").rows) == {"Fe": 2}
    assert match(library, doubled, "id").doubled == ("NaCl",)
    assert match(library, doubled, "id", doubles="first").rows["NaCl"] == 0


def test_the_id_column_is_the_one_that_matches(library):
    assert guess_id_column(library, table("id,where\n1,NaCl\n2,Fe\n")) == "where"
    assert guess_id_column(library, table("where,Material ID\nFe,Fe\n")) == "Material ID"
    assert guess_id_column(library, table("x,filename\n1,a\n2,b\n")) == "filename"
    assert guess_id_column(library, table("x,y\n1,2\n")) == "x"


def test_a_table_without_ids_matches_nothing_and_joins_nothing(library):
    nothing = table("x,y\n1,2\n")
    found = match(library, nothing, "x")
    assert not found.rows
    with pytest.raises(InvalidSpecError):
        join(library, nothing, found, ["y"])
    with pytest.raises(UnknownNameError):
        match(library, nothing, "id")


def test_preview_counts_what_would_come(library):
    extra = table("id,E_eV,K_GPa,note\nNaCl,1,5,\nFe,,6,magnetic\nother,3,7,x\n")
    found = match(library, extra, "id")
    rows = {p.key: p for p in preview(library, extra, found)}
    assert (rows["E_eV"].kind, rows["E_eV"].n_values, rows["E_eV"].n_missing) == ("number", 1, 1)
    assert rows["K_GPa"].taken
    assert not rows["note"].taken
    assert "id" not in rows


def test_joining_keeps_names_and_leaves_gaps(library):
    extra = table("id,E,note\nNaCl,1.5,\nFe,nan,=magnetic\n")
    new = join(library, extra, match(library, extra, "id"), ["E", "note"])
    assert new.get("NaCl").properties["E"] == 1.5
    assert "note" not in new.get("NaCl").properties
    assert "E" not in new.get("Fe").properties
    assert new.get("Fe").properties["note"] == "=magnetic"
    assert new.decisions[-1] == ("joined E, note from extra.csv by id: 2 of 5 crystals matched")
    assert new.digest == library.digest
    assert new.record_digest != library.record_digest


@pytest.mark.parametrize(
    ("collision", "expected"),
    [
        ("rename", {"K_GPa": 24.0, "K_GPa (extra)": 5.0}),
        ("replace", {"K_GPa": 5.0}),
    ],
)
def test_a_name_that_is_taken(library, collision, expected):
    extra = table("id,K_GPa\nNaCl,5\n")
    new = join(library, extra, match(library, extra, "id"), ["K_GPa"], collision=collision)
    properties = new.get("NaCl").properties
    assert {k: properties[k] for k in properties if k.startswith("K_GPa")} == expected


def test_a_taken_name_may_be_left_out(library):
    extra = table("id,K_GPa\nNaCl,5\n")
    with pytest.raises(InvalidSpecError):
        join(library, extra, match(library, extra, "id"), ["K_GPa"], collision="skip")


def test_joining_the_same_table_twice_never_overwrites(library):
    extra = table("id,K_GPa\nNaCl,5\n")
    found = match(library, extra, "id")
    once = join(library, extra, found, ["K_GPa"])
    twice = join(once, extra, found, ["K_GPa"])
    assert twice.property_keys[-1] == "K_GPa (extra 2)"


def test_the_record_says_what_was_left_out(library):
    extra = table("id,x\nNaCl,1\nNaCl,2\nFe,3\nghost,4\n")
    new = join(library, extra, match(library, extra, "id"), ["x"])
    assert "1 rows named no crystal" in new.decisions[-1]
    assert "1 crystals had several differing rows, these were left out" in new.decisions[-1]


@pytest.mark.data
def test_zeolites_join_by_their_code(shared_data):
    from core.io import read
    from core.library import Library

    folder = shared_data / "zeolites"
    paths = sorted((folder / "optimized_structures").glob("A*.cif"))[:12]
    zeolites = Library("zeolites", "files", read(paths, examine=False))
    properties = read_table(RawFile("p.csv", (folder / "properties.csv").read_bytes()))
    assert guess_id_column(zeolites, properties) == "CODE"
    found = match(zeolites, properties, "CODE")
    codes = set(properties.texts["CODE"])
    assert set(found.rows) == set(zeolites.ids) & codes
    assert found.by_exact_id == len(found.rows) >= 5
    new = join(zeolites, properties, found, ["K0(GPa)"])
    assert new.get("ABW").properties["K0(GPa)"] == 74.0
