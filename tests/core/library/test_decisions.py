"""Disorder treated, crystals exported: what was decided travels along."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest

from core.errors import InvalidSpecError
from core.io import parse
from core.io.disorder import DECISION
from core.library.disorder import disordered_ids, treat_disorder
from core.library.export import EXPORTS, properties_csv
from core.types import RawFile


@pytest.fixture
def mixed(library):
    """The library with two disordered crystals."""
    half = library.get("FeO").with_(occupancy=[1.0, 0.5])
    sparse = library.get("Fe").with_(occupancy=[0.5])
    return library.replacing([half, sparse], "made disordered")


def test_guests_are_dropped_and_the_rest_is_told(mixed):
    assert disordered_ids(mixed) == ("Fe", "FeO")
    new, failures = treat_disorder(mixed, disordered_ids(mixed), "drop")
    assert new.get("FeO").formula == "Fe"
    assert DECISION in new.get("FeO").properties
    assert [f.id for f in failures] == ["Fe"]
    assert new.get("Fe") is mixed.get("Fe")
    assert new.decisions[-1].startswith("partial occupancy: partly occupied sites dropped")
    card = new.examination("FeO")
    assert card.facts["formula"] == "Fe"
    assert not card.facts["disordered"]
    assert any(f.code == "disorder_treated" for f in card.findings)


def test_an_ordered_approximation_is_ordered(mixed):
    new, failures = treat_disorder(mixed, ["FeO"], "order")
    assert not failures
    assert new.get("FeO").is_ordered
    assert disordered_ids(new) == ("Fe",)


def test_nothing_to_change_is_said(library):
    with pytest.raises(InvalidSpecError, match="None of these"):
        treat_disorder(library, library.ids, "order")


def test_cifs_come_back_from_the_zip(library):
    with zipfile.ZipFile(io.BytesIO(EXPORTS["cif"].make(library))) as archive:
        names = archive.namelist()
        files = [RawFile(n, archive.read(n)) for n in names if n.endswith(".cif")]
        notes = json.loads(archive.read("provenance.json"))
    again = parse(files, workers=0).crystals
    assert [c.formula for c in again] == [c.formula for c in library.crystals]
    assert notes["decisions"] == list(library.decisions)
    assert notes["digest"] == library.digest


def test_hostile_ids_make_tame_file_names(library):
    crystals = [
        library.crystals[0].with_(id=i) for i in ("../../etc/passwd", "a/b", "A/B", "<b>", "", "..")
    ]
    report = type(library.report)(
        tuple(crystals), (), tuple(library.examinations[0] for _ in crystals)
    )
    hostile = type(library)("x", "files", report)
    with zipfile.ZipFile(io.BytesIO(EXPORTS["cif"].make(hostile))) as archive:
        names = [n for n in archive.namelist() if n.endswith(".cif")]
    assert len({n.lower() for n in names}) == len(crystals)
    assert not any("/" in n or n.startswith(".") for n in names)


def test_csv_holds_the_values_and_no_formulas(library):
    rows = list(csv.DictReader(io.StringIO(properties_csv(library).decode())))
    by_id = {row["id"]: row for row in rows}
    assert float(by_id["SrTiO3"]["K_GPa"]) == 170.0
    assert by_id["FeO"]["K_GPa"] == ""
    assert by_id["SrTiO3"]["kind"] == "'=perovskite"
    for crystal in library.crystals:
        assert by_id[crystal.id]["formula"] == crystal.formula
        assert int(by_id[crystal.id]["n_sites"]) == crystal.n_sites


@pytest.mark.parametrize("key", list(EXPORTS))
def test_every_format_is_written(library, key):
    assert EXPORTS[key].make(library)
    assert EXPORTS[key].help.endswith(".")
