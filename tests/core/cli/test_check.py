"""`check`: one object for each crystal or failure."""

from __future__ import annotations

import json

import pytest

KEYS = {"source", "id", "verdict", "formula", "problems", "repairs", "hint"}


@pytest.fixture
def rows(run, folder):
    result = run("check", str(folder), "--json")
    assert result.exit_code == 0
    return {row["id"]: row for row in json.loads(result.stdout)}


def test_every_file_has_an_object_with_all_keys(rows):
    assert set(rows) == {"Cu", "Al", "Ag", "Ni", "alloy", "broken", "empty", "notes"}
    assert all(set(row) >= KEYS for row in rows.values())


def test_crystals_and_failures_are_told_apart(rows):
    assert rows["Cu"]["formula"] == "Cu"
    assert rows["Cu"]["verdict"] == "green"
    assert rows["alloy"]["verdict"] == "amber"
    assert any("partial_occupancy" in text for text in rows["alloy"]["problems"])
    for name in ("broken", "empty", "notes"):
        assert rows[name]["verdict"] == "red"
        assert rows[name]["formula"] is None
        assert rows[name]["problems"]
        assert rows[name]["source"].startswith("/")
    assert rows["empty"]["problems"] == ["ParseError: The file is empty."]


def test_text_names_every_crystal_and_counts(run, folder):
    result = run("check", str(folder))
    assert "ok    Cu  Cu" in result.stdout
    assert "look  alloy" in result.stdout
    assert "empty.cif\n        The file is empty." in result.stdout
    assert "5 crystals (4 fine, 1 worth a look), 3 failures." in result.stderr


def test_notes_of_fine_crystals_are_told_only_when_asked(run, folder):
    path = str(folder / "Cu.cif")
    quiet, loud = run("check", path), run("check", path, "--verbose")
    assert quiet.stdout == "ok    Cu  Cu\n"
    assert len(loud.stdout) > len(quiet.stdout)


@pytest.mark.parametrize("name", ["broken.cif", "absent.cif", "notes.txt"])
def test_nothing_readable_is_status_1(run, folder, name):
    result = run("check", str(folder / name), "--json")
    assert result.exit_code == 1
    (row,) = json.loads(result.stdout)
    assert row["verdict"] == "red"
    assert row["hint"]


def test_an_empty_folder_is_said_to_be_empty(run, tmp_path):
    (tmp_path / "void").mkdir()
    result = run("check", "void")
    assert result.exit_code == 1
    assert "holds no files" in result.stdout


def test_one_crystal_of_a_set(run):
    result = run("check", "embedded:elements#Cu", "embedded:elements#Xx", "--json")
    assert result.exit_code == 0
    good, bad = json.loads(result.stdout)
    assert (good["id"], good["formula"]) == ("Cu", "Cu")
    assert bad["source"] == "embedded:elements#Xx"
    assert "holds no crystal 'Xx'" in bad["problems"][0]


def test_control_characters_of_a_name_do_not_reach_the_terminal(run, tmp_path):
    (tmp_path / "a\x1b[31m.cif").write_text("")
    result = run("check", str(tmp_path))
    assert "\x1b" not in result.stdout
    assert "a\\x1b[31m.cif" in result.stdout


def test_an_unknown_set_is_a_usage_fault(run):
    result = run("check", "embedded:elemnts")
    assert result.exit_code == 2
    assert "Did you mean 'elements'?" in result.stderr
