"""`data list`, `show`, `fetch`, `export`, help."""

from __future__ import annotations

import csv
import json
import socket
import time

import numpy as np
import pytest

from core.data import EMBEDDED, load_embedded
from core.data.public import PUBLIC_SETS


def test_list_names_every_set_with_licence_and_source(run):
    rows = json.loads(run("data", "list", "--json").stdout)
    assert [row["name"] for row in rows] == [*EMBEDDED, *PUBLIC_SETS]
    assert all(row["licence"] and row["source"] for row in rows)
    assert all(row["n_crystals"] for row in rows if row["holds"] == "crystals")
    text = run("data", "list").stdout
    assert all(f"embedded:{name}" in text for name in EMBEDDED)
    assert all(f"public:{name}" in text for name in PUBLIC_SETS)


def test_export_can_be_read_back(run, tmp_path):
    result = run("data", "export", "elements", "-o", "out/")
    assert result.exit_code == 0
    out = tmp_path / "out"
    members = load_embedded("elements")
    assert len(list(out.glob("*.cif"))) == len(members)
    with (out / "properties.csv").open(newline="", encoding="utf-8") as stream:
        table = {row["id"]: row for row in csv.DictReader(stream)}
    assert set(table) == {crystal.id for crystal in members}
    copper = next(c for c in members if c.id == "Cu")
    key = "bulk_modulus_GPa"
    assert float(table["Cu"][key]) == pytest.approx(copper.properties[key])
    assert "Licence" in (out / "CARD.md").read_text("utf-8")
    assert EMBEDDED["elements"].card.dois[0] in (out / "references.bib").read_text("utf-8")
    origin = json.loads((out / "provenance.json").read_text("utf-8"))
    assert origin["embedded_sets"][0]["licence"] == EMBEDDED["elements"].card.licence
    assert origin["decisions"][0].startswith("embedded:elements: ")
    check = run("check", "out/Cu.cif", "--json")
    assert json.loads(check.stdout)[0]["formula"] == "Cu"


@pytest.mark.parametrize(
    ("name", "output", "status"),
    [("nothing", "out", 2), ("elements", "full", 2), ("elements", "none/out", 2),
     ("elements", "/proc/out", 1)],
)  # fmt: skip
def test_export_refusals_leave_nothing(run, tmp_path, name, output, status):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("keep")
    assert run("data", "export", name, "-o", output).exit_code == status
    assert [p.name for p in tmp_path.iterdir()] == ["full"]
    assert [p.name for p in (tmp_path / "full").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "name", ["check", "grid", "distance", "neighbors", "explain", "warmup", "data", "workspace"]
)
def test_every_command_has_help(run, name):
    result = run(name, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout


def test_no_command_is_a_usage_fault(run):
    assert run().exit_code == 2
    assert run("frobnicate").exit_code == 2


# Public sets.


@pytest.fixture
def public(shared_data, monkeypatch, tmp_path):
    monkeypatch.setenv("GRIDSCOPE_DATA_MIRROR", str(shared_data))
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "home"))


@pytest.fixture
def offline(monkeypatch, tmp_path):
    monkeypatch.delenv("GRIDSCOPE_DATA_MIRROR", raising=False)
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "home"))

    def nowhere(*_args, **_options):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)


def test_no_name_is_both_embedded_and_public():
    assert not set(EMBEDDED) & set(PUBLIC_SETS)


def test_show_tells_licence_columns_and_works_before_anything_is_loaded(run, offline):
    for name in ("public:zeolites-thermal", "zeolites-thermal"):
        text = run("data", "show", name).stdout
        for words in (
            "Licence: CC BY 4.0", "Thermal expansion [1/K]", "10.1021/acs.jpcc.1c03975",
            "120 crystals in 134 files", "not here yet", "malformed tags",
        ):  # fmt: skip
            assert words in text
    row = json.loads(run("data", "show", "public:zeolites-thermal", "--json").stdout)
    assert row["properties"]["thermal_expansion_1_K"] == "1/K"
    assert row["columns"]["thermal_expansion_1_K"] == "Thermal_exp.(K-1)"
    assert len(row["files"]) == 134
    assert "GPa" in run("data", "show", "elements").stdout
    assert run("data", "show", "public:elements").exit_code == 2
    assert run("data", "show", "nothing").exit_code == 2
    assert "Did you mean 'zeolites-thermal'" in run("data", "show", "zeolite-thermal").stderr


@pytest.mark.parametrize(
    "args",
    [("data", "fetch", "expt-band-gaps"), ("data", "export", "public:expt-band-gaps", "-o", "out"),
     ("check", "public:gridrdf-test-set")],
)  # fmt: skip
def test_offline_is_said_and_leaves_nothing(run, offline, tmp_path, args):
    start = time.monotonic()
    result = run(*args)
    assert time.monotonic() - start < 10
    assert result.exit_code == 1
    assert "no network" in result.stderr
    assert "GRIDSCOPE_DATA_MIRROR" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.data
def test_fetch_verifies_what_a_mirror_holds(run, public):
    result = run("data", "fetch", "public:expt-band-gaps", "mp-bulk-modulus")
    assert result.exit_code == 0
    assert "public:expt-band-gaps: 1 file, 70,136 bytes verified, in the mirror." in result.stderr
    assert "public:mp-bulk-modulus: 3 files" in result.stderr
    for wrong in ((), ("expt-band-gaps", "--all"), ("elements",)):
        assert run("data", "fetch", *wrong).exit_code == 2
    assert "needs no download" in run("data", "fetch", "embedded:elements").stderr


def test_cards_need_no_home_folder(run, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "file"))
    monkeypatch.delenv("GRIDSCOPE_DATA_MIRROR", raising=False)
    assert "public:zif-4-glasses" in run("data", "list").stdout
    assert "not here yet" in run("data", "show", "zif-4-glasses").stdout
    refused = run("data", "fetch", "zif-4-glasses")
    assert refused.exit_code == 1
    assert "GRIDSCOPE_HOME" in refused.stderr


@pytest.mark.data
def test_export_of_a_table(run, public, tmp_path):
    assert run("data", "export", "public:expt-band-gaps", "-o", "out").exit_code == 0
    out = tmp_path / "out"
    assert sorted(p.name for p in out.iterdir()) == [
        "CARD.md", "provenance.json", "references.bib", "table.csv"
    ]  # fmt: skip
    with (out / "table.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 3895
    assert rows[0] == {"id": "1", "formula": "Hg0.7Cd0.3Te", "band_gap_exp_eV": "0.35"}
    (record,) = json.loads((out / "provenance.json").read_text("utf-8"))["public_sets"]
    assert record["files"][0]["sha256"] == PUBLIC_SETS["expt-band-gaps"].sha256
    assert "10.1021/acs.jpclett.8b00124" in (out / "references.bib").read_text("utf-8")


@pytest.mark.data
def test_export_of_crystals_can_be_read_back(run, public, tmp_path):
    assert run("data", "export", "public:zif-4-glasses", "-o", "out").exit_code == 0
    assert len(list((tmp_path / "out").glob("*.cif"))) == 11
    check = run("check", "out/crystal.cif", "--json")
    assert json.loads(check.stdout)[0]["formula"] == "ZnH6C6N4"


@pytest.mark.data
def test_a_public_set_stands_where_a_path_does(run, public, tmp_path):
    path = "public:gridrdf-fixtures"
    result = run("distance", f"{path}#pero_latt_3.0", f"{path}#pero_latt_4.0", "-o", "m.npz")
    assert result.exit_code == 0
    with np.load(tmp_path / "m.npz") as saved:
        assert saved["matrix"].shape == (2, 2)
        origin = json.loads(str(saved["provenance"]))
    (record,) = origin["public_sets"]
    assert record["name"] == path
    assert record["licence"] == "MIT"
    assert record["files"][0]["address"].startswith("https://raw.githubusercontent.com/CumbyLab/")
    report = json.loads(run("check", f"{path}#Hf5CuSn3", "--json").stdout)
    assert report[0]["facts"]["examined"]
    refused = run("grid", "public:mp-band-gaps", "-o", "g.npz")
    assert refused.exit_code == 1
    assert "without structures" in refused.stderr


@pytest.mark.data
def test_a_workspace_remembers_the_public_set(run, public):
    assert run("workspace", "save", "public:zif-4-crystal", "-n", "zif").exit_code == 0
    (row,) = json.loads(run("workspace", "list", "--json").stdout)
    (record,) = row["notes"]["decisions"]
    assert record.startswith("public:zif-4-crystal: ")
    assert PUBLIC_SETS["zif-4-crystal"].sha256 in record
