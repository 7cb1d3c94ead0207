"""The registry of public sets: complete, pinned, described; and what the readers make of them."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.citations import has_entry
from core.data.connection import MIRROR
from core.data.fetch import fetch
from core.data.loading import (
    PublicReport,
    citation_record,
    load_public,
    load_public_crystals,
    public_sets_in,
)
from core.data.public import PUBLIC_SETS, public_name
from core.data.readers import PUBLIC_READERS
from core.data.readers.base import Reading
from core.data.readers.tables import read_csv
from core.data.tables import DataTable
from core.errors import InputError, SchemaError, ShapeMismatchError, UnknownNameError
from core.types import RawFile
from core.units import QUANTITIES

ROOT = Path(__file__).resolve().parents[3]
# Crystals or rows, as counted in the files independently of the readers.
ROWS = {
    "3dsc-cuprates": 2219, "carbon-24-val": 2032, "expt-band-gaps": 3895, "gridrdf-fixtures": 63,
    "gridrdf-ion-similarity": 78, "gridrdf-test-set": 200, "matbench-log-kvrh": 10987,
    "matbench-phonons": 1265, "mp-band-gaps": 43921, "mp-binary-elasticity": 3953,
    "mp-bulk-modulus": 4414 + 946 + 947, "mp-element-references": 789, "perov-5-val": 3787,
    "zeolites-classical-moduli": 121, "zeolites-descriptors": 120, "zeolites-dft-moduli": 121,
    "zeolites-iza-moduli": 195, "zeolites-starting": 133, "zeolites-thermal": 120,
    "zif-4-cell-trajectory": 10_000, "zif-4-crystal": 1, "zif-4-glasses": 11,
}  # fmt: skip
SLOW = ("3dsc-cuprates", "carbon-24-val", "perov-5-val", "zeolites-starting")
SILICA_G_PER_MOL = 60.0843
# Cells that are empty at the source: JOZ, JSN, JST, NPT, and SZR with one potential.
GAPS = {
    "zeolites-classical-moduli": {
        f"{kind}_modulus_{name}_GPa": 5 if name == "matsui" else 4
        for kind in ("bulk", "shear")
        for name in ("bks", "catlow", "gale", "sastre", "matsui")
    }
}
NO_LICENCE = ("supercon.csv", "supercon_data", "solid-state_dataset", "vstanev1")


@pytest.fixture
def mirror(shared_data, monkeypatch, tmp_path):
    monkeypatch.setenv(MIRROR, str(shared_data))
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    return shared_data


def test_the_registry_holds_these_sets():
    assert {key: PUBLIC_SETS[key].rows for key in PUBLIC_SETS} == ROWS
    with pytest.raises(UnknownNameError, match="mp-band-gaps"):
        PUBLIC_SETS["mp-band-gap"]


@pytest.mark.parametrize("key", list(ROWS))
def test_each_set_tells_what_it_is(key):
    entry = PUBLIC_SETS[key]
    assert entry.title
    assert entry.summary
    assert entry.licence
    assert entry.limits or key == "zif-4-crystal"
    assert entry.reader in PUBLIC_READERS
    assert entry.dois
    assert all(has_entry(doi) for doi in entry.dois)
    assert all(f"doi = {{{doi}}}" in entry.bibtex for doi in entry.dois)
    assert all("title" in record for record in entry.bibtex.split("\n\n"))
    assert 0 < entry.size < 8 * 2**20


@pytest.mark.parametrize("key", list(ROWS))
def test_addresses_are_pinned_to_a_full_commit(key):
    entry = PUBLIC_SETS[key]
    for file in entry.files:
        host, _, path = file.address.removeprefix("https://").partition("/")
        owner, repository, commit, *_ = path.split("/")
        assert host == "raw.githubusercontent.com"
        assert len(commit) == 40
        assert f"github.com/{owner}/{repository} at commit {commit[:10]}" in entry.source
        assert " " not in file.address
    paths = [file.path for file in entry.files]
    assert len(set(paths)) == len(paths)


@pytest.mark.parametrize("key", [key for key in ROWS if key != "gridrdf-ion-similarity"])
def test_each_column_is_bound_to_label_and_unit(key):
    assert set(PUBLIC_SETS[key].columns) <= set(QUANTITIES)


def test_nothing_without_a_licence_is_registered():
    text = (ROOT / "core" / "data" / "datasets.toml").read_text("utf-8").lower()
    assert not [name for name in NO_LICENCE if name in text]


def test_the_registry_reads_no_environment_and_asks_no_network(monkeypatch):
    monkeypatch.setenv(MIRROR, "/nowhere")
    assert PUBLIC_SETS["mp-band-gaps"].address.endswith("mp-non-metals.csv")
    assert public_name("public:mp-band-gaps") == "mp-band-gaps"


@pytest.mark.data
def test_every_file_is_the_one_of_the_table(shared_data):
    table = (shared_data / "README.md").read_text("utf-8")
    for entry in PUBLIC_SETS.values():
        for file in entry.files:
            if file.path in table:
                row = next(line for line in table.splitlines() if f"| {file.path} |" in line)
                assert file.sha256 in row
        if entry.archive is not None:
            assert entry.archive.sha256 in table
            data = (shared_data / entry.archive.path).read_bytes()
            assert hashlib.sha256(data).hexdigest() == entry.archive.sha256
    told = {line.split("|")[1].strip() for line in table.splitlines() if line.count("|") > 6}
    told -= {"file", "---"}
    known = {file.path for entry in PUBLIC_SETS.values() for file in entry.files}
    known |= {e.archive.path for e in PUBLIC_SETS.values() if e.archive is not None}
    assert told - known == {
        "reactions/solid-state_dataset_2019-12-03.json.xz", "cuprates/supercon.csv"
    }  # fmt: skip


def load(key: str) -> PublicReport:
    report = load_public(key)
    found = report.table if PUBLIC_SETS[key].holds == "table" else report.crystals
    assert found is not None
    assert len(found) == ROWS[key]
    assert not report.failures
    assert report.record.startswith(f"public:{key}: ")
    return report


@pytest.mark.data
@pytest.mark.parametrize(
    "key",
    [pytest.param(key, marks=[pytest.mark.slow] if key in SLOW else []) for key in ROWS],
)
def test_each_set_loads_from_a_mirror(mirror, key):
    report = load(key)
    wanted = set(PUBLIC_SETS[key].columns)
    if report.table is not None:
        assert set(report.table.keys) == wanted
        assert len(set(report.table.ids)) == ROWS[key]
        gaps = {k: int(np.isnan(c).sum()) for k, c in report.table.numeric.items()}
        assert {k: n for k, n in gaps.items() if n} == GAPS.get(key, {})
        assert not any(np.isinf(column).any() for column in report.table.numeric.values())
        return
    assert len({crystal.id for crystal in report.crystals}) == ROWS[key]
    assert {e.crystal_id for e in report.examinations} == {c.id for c in report.crystals}
    assert all(c.source.startswith(f"public:{key}/") for c in report.crystals)
    assert {name for c in report.crystals for name in c.properties} == wanted


@pytest.mark.data
def test_binaries_load_in_seconds(mirror):
    start = time.process_time()
    report = load("mp-binary-elasticity")
    assert time.process_time() - start < 10
    first = report.crystals[0]
    assert (first.id, first.formula) == ("mp-975512", "InSb3")
    assert dict(first.properties) == {
        "bulk_modulus_vrh_GPa": 53.357, "shear_modulus_vrh_GPa": 12.164
    }  # fmt: skip
    assert all(len(c.elements) == 2 for c in report.crystals)


@pytest.mark.data
def test_zeolites_are_silica_and_thermodynamics_holds(mirror):
    """Cp - Cv = alpha^2 K (M / density) T per mole of SiO2, with one temperature for all rows."""
    crystals = load("zeolites-thermal").crystals
    temperatures = []
    for crystal in crystals:
        n = int((crystal.numbers == 14).sum())
        assert (crystal.numbers == 8).sum() == 2 * n
        p = crystal.properties
        assert p["volume_A3_per_SiO2"] == pytest.approx(crystal.volume / n, rel=1e-3)
        molar_volume = SILICA_G_PER_MOL / p["density_qha_g_cm3"] * 1e-6  # m3/mol
        work = p["thermal_expansion_1_K"] ** 2 * p["bulk_modulus_GPa"] * 1e9 * molar_volume
        temperatures.append(p["cp_minus_cv_J_per_mol_K"] / work)
    assert temperatures == pytest.approx([299.4] * len(crystals), rel=1e-3)
    abw = next(c for c in crystals if c.id == "ABW")
    assert abw.properties["thermal_expansion_1_K"] == -2.725e-05
    assert abw.properties["cp_minus_cv_J_per_mol_K"] == pytest.approx(18.0023 / 32)


@pytest.mark.data
def test_a_cif_of_another_framework_is_not_joined(mirror):
    entry = PUBLIC_SETS["zeolites-thermal"]
    by_name = {Path(raw.name).name: raw for raw in fetch(entry).files}
    table, abw, aco = (by_name[name] for name in ("properties.csv", "ABW.cif", "ACO.cif"))
    swapped = RawFile(abw.name, aco.data)
    read = PUBLIC_READERS["zeolites"].read
    report = read(entry, [table, swapped, aco], Reading(workers=0))
    assert [c.id for c in report.crystals] == ["ACO"]
    told = {f.id: f.message for f in report.failures}
    assert len(told) == 119
    assert told["ABW"] == "The CIF has 60.74 Å³ per SiO2, the table 56.87."
    assert told["AEI"] == "There is no CIF of AEI."


@pytest.mark.data
def test_descriptors_tell_their_normalisation(mirror):
    table = load("zeolites-descriptors").table
    assert table is not None
    row = table.ids.index("ABW")
    of = {key: column[row] for key, column in table.numeric.items()}
    assert of["volume_A3"] == 1819.7
    assert of["accessible_volume_A3_per_SiO2"] * 32 == pytest.approx(
        of["total_volume_A3_per_cell"], rel=1e-4
    )
    assert of["SiOSi_mean_deg"] == pytest.approx(160.7404, abs=1e-4)
    assert [of[f"coordination_shell_{n}"] for n in (1, 2, 12)] == [4, 10, 306]


@pytest.mark.data
def test_compositions_and_their_split(mirror):
    table = load("mp-bulk-modulus").table
    assert table is not None
    assert Counter(table.text["split"]) == {"train": 4414, "val": 946, "test": 947}
    row = table.formulas.index("HfBe5")
    assert table.numeric["bulk_modulus_GPa"][row] == pytest.approx(131.2330658988945, rel=1e-15)
    gaps = load("expt-band-gaps").table
    assert gaps is not None
    assert gaps.formulas[0] == "Hg0.7Cd0.3Te"
    assert gaps.to_csv().splitlines()[:2] == ["id,formula,band_gap_exp_eV", "1,Hg0.7Cd0.3Te,0.35"]


@pytest.mark.data
@pytest.mark.slow
def test_cuprates_are_told_apart_by_their_names(mirror):
    crystals = load("3dsc-cuprates").crystals
    assert all({29, 8} <= set(c.numbers.tolist()) for c in crystals)
    origins = Counter(c.properties["structure_origin"] for c in crystals)
    assert origins == {"doped by 3DSC": 2060, "as in Materials Project": 159}
    assert sum(not c.is_ordered for c in crystals) > 1_500


@pytest.mark.data
def test_a_table_is_no_library(mirror):
    with pytest.raises(InputError, match="without structures"):
        load_public_crystals("public:mp-band-gaps")


@pytest.mark.data
def test_the_record_leads_back_to_the_set(mirror):
    report = load("gridrdf-test-set")
    entry = PUBLIC_SETS["gridrdf-test-set"]
    for text in (entry.address, entry.sha256, entry.licence, *entry.dois, "read from a mirror"):
        assert text in report.record
    decisions = ("kept 3 crystals", report.record, report.record, "public:nothing: of the kind")
    assert public_sets_in(decisions) == (entry,)
    record = citation_record(entry)
    assert record["files"] == [
        {"address": entry.address, "sha256": entry.sha256, "bytes": entry.size}
    ]
    assert record["licence"] == entry.licence


# Tables that are not as they should be.


def csv_set(**changes):
    return replace(PUBLIC_SETS["expt-band-gaps"], **changes)


def csv_file(text: str) -> RawFile:
    return RawFile("test/a.csv", text.encode())


def test_a_row_without_a_formula_is_a_failure_and_a_gap_is_none():
    text = "material_id,composition,Eg\n1,NaCl,8.5\n2,Xx3,1\n3,K2,\n"
    table = read_csv(csv_set(), [csv_file(text)], Reading())
    assert table.ids == ("1", "3")
    assert [f.id for f in table.failures] == ["2"]
    assert table.rows()[0] == {"id": "1", "formula": "NaCl", "band_gap_exp_eV": 8.5}
    assert np.isnan(table.numeric["band_gap_exp_eV"][1])
    assert table.to_csv().splitlines()[2] == "3,K2,"


@pytest.mark.parametrize("row", ["1,NaCl", "1,NaCl,2,3"])
def test_a_ragged_row_is_refused(row):
    with pytest.raises(SchemaError, match=r"Line 2 of test/a\.csv"):
        read_csv(csv_set(), [csv_file(f"material_id,composition,Eg\n{row}\n")], Reading())


def test_an_id_that_comes_twice_is_refused():
    with pytest.raises(SchemaError, match="'1' comes twice"):
        read_csv(csv_set(), [csv_file("material_id,composition,Eg\n1,K,2\n1,K,3\n")], Reading())


def test_columns_of_a_table_are_as_long_as_its_ids():
    with pytest.raises(ShapeMismatchError, match="'x' has 1 rows"):
        DataTable("t", ("a", "b"), (), {"x": np.zeros(1)}, {})


def test_a_table_for_a_spreadsheet_runs_nothing():
    table = DataTable("t", ("=1+1",), ("@x",), {}, {"note": ("-2",)})
    assert table.to_csv().splitlines()[1] == "'=1+1,'@x,'-2"
