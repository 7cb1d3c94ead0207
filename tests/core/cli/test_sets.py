"""`data list`, `data export`, help."""

from __future__ import annotations

import csv
import json

import pytest

from core.data import EMBEDDED, load_embedded


def test_list_names_every_set_with_licence_and_source(run):
    rows = json.loads(run("data", "list", "--json").stdout)
    assert [row["name"] for row in rows] == list(EMBEDDED)
    assert all(row["licence"] and row["source"] and row["n_crystals"] for row in rows)
    text = run("data", "list").stdout
    assert all(f"embedded:{name}" in text for name in EMBEDDED)


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
