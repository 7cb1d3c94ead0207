"""`workspace ...`, and `workspace:NAME` where a path is asked for."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.errors import StoreUnavailableError


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GRIDSCOPE_DATABASE_URL", raising=False)


@pytest.fixture
def saved(run, folder):
    result = run("workspace", "save", "files", "--name", "metals", "--workers", "0")
    assert result.exit_code == 0, result.stderr
    assert "workspace:metals: 5 crystals, 3 failures." in result.stderr
    return result


def test_what_is_saved_is_listed_with_its_examination(run, saved):
    (row,) = json.loads(run("workspace", "list", "--json").stdout)
    assert (row["name"], row["n_crystals"], row["n_failures"]) == ("metals", 5, 3)
    assert row["notes"]["paths"] == ["files"]
    assert "workspace:metals  5 crystals" in run("workspace", "list").stdout
    rows = json.loads(run("check", "workspace:metals", "--json").stdout)
    copper = next(row for row in rows if row["id"] == "Cu")
    assert copper["facts"]["space_group_number_found"] == 225
    assert sum(row["formula"] is None for row in rows) == 3, "failures are kept"


def test_a_workspace_stands_where_a_path_does(run, saved, tmp_path):
    assert (
        run("distance", "workspace:metals", "-o", "a.npz", "--disorder", "weights").exit_code == 0
    )
    assert run("distance", "files", "-o", "b.npz", "--disorder", "weights",
               "--workers", "0").exit_code == 0  # fmt: skip
    with np.load(tmp_path / "a.npz") as a, np.load(tmp_path / "b.npz") as b:
        assert a["ids"].tolist() == b["ids"].tolist()
        assert np.array_equal(a["matrix"], b["matrix"])
    found = run("neighbors", "workspace:metals#Cu", "--library", "workspace:metals", "-k", "1",
                "--disorder", "weights", "--json")  # fmt: skip
    assert json.loads(found.stdout)[0]["neighbors"][0]["id"] == "Ni"
    assert run("explain", "workspace:metals#Cu", "workspace:metals#Al").exit_code == 0


def test_what_does_not_exist_is_said(run, saved):
    result = run("check", "workspace:metal")
    assert result.exit_code == 2
    assert "Did you mean 'metals'?" in result.stderr
    result = run("check", "workspace:metals#Cx")
    assert result.exit_code == 1
    assert "holds no crystal 'Cx'" in result.stdout + result.stderr
    for command in ("export", "remove"):
        extra = ["-o", "x.zip"] if command == "export" else ["--yes"]
        assert run("workspace", command, "none", *extra).exit_code == 2
    assert run("workspace", "save", "files", "--name", "metals", "--workers", "0").exit_code == 2
    assert run("workspace", "save", "files", "--name", "a#b", "--workers", "0").exit_code == 2
    assert run("workspace", "save", "files/notes.txt", "-n", "n", "--workers", "0").exit_code == 1


def test_out_and_in_again(run, saved, tmp_path):
    assert run("workspace", "export", "workspace:metals", "-o", "m.zip").exit_code == 0
    assert run("workspace", "import", "m.zip").exit_code == 2, "the name is taken"
    result = run("workspace", "import", "m.zip", "--name", "again")
    assert result.exit_code == 0
    assert "workspace:again: 5 crystals, 3 failures." in result.stderr
    assert run("workspace", "import", "m.zip", "--replace").exit_code == 0
    assert run("workspace", "rename", "again", "once more").exit_code == 0
    names = {row["name"] for row in json.loads(run("workspace", "list", "--json").stdout)}
    assert names == {"metals", "once more"}
    (tmp_path / "bad.zip").write_bytes((tmp_path / "m.zip").read_bytes()[:-40])
    result = run("workspace", "import", "bad.zip", "--name", "bad")
    assert result.exit_code == 1
    assert "no sound export" in result.stderr
    assert run("workspace", "export", "metals", "-o", "m.tar").exit_code == 2


def test_where_crystals_came_from_travels_from_workspace_to_workspace(run):
    def noted(name):
        (row,) = [r for r in json.loads(run("workspace", "list", "--json").stdout)
                  if r["name"] == name]  # fmt: skip
        return row["notes"]["decisions"]

    run("workspace", "save", "embedded:elements#Cu", "embedded:elements#Al", "-n", "two")
    (line,) = noted("two")
    assert line.startswith("embedded:elements: ")
    assert "10.1080/10408436.2013.772503" in line
    assert run("workspace", "save", "workspace:two#Cu", "-n", "one").exit_code == 0
    assert noted("one") == [line]
    assert run("distance", "workspace:two", "embedded:elements#Fe", "-o", "d.npz").exit_code == 0
    with np.load("d.npz") as found:
        assert json.loads(str(found["provenance"]))["workspaces"] == {"workspace:two": [line]}


@pytest.mark.parametrize("when", ["opened", "asked", "gone"])
def test_a_store_that_fails_after_the_work_costs_no_result(run, monkeypatch, when):
    from core.cli import outputs
    from core.store import workspaces
    from core.store.workspaces import Store

    run("workspace", "save", "embedded:elements#Cu", "embedded:elements#Al", "-n", "two")
    work = outputs.workspace_records

    def down(*_, **__):
        raise StoreUnavailableError("The store x: database is locked.", hint="Try again.")

    def late(paths):
        with monkeypatch.context() as patch:
            if when == "gone":
                with workspaces.open_store() as store:
                    store.remove("two")
            else:
                patch.setattr(*((workspaces, "open_store") if when == "opened"
                                else (Store, "workspace")), down)  # fmt: skip
            return work(paths)

    monkeypatch.setattr(outputs, "workspace_records", late)
    result = run("distance", "workspace:two", "embedded:elements#Fe", "-o", "d.npz")
    assert result.exit_code == 0, result.stderr
    with np.load("d.npz") as found:
        assert found["matrix"].shape == (3, 3)
        (line,) = json.loads(str(found["provenance"]))["workspaces"]["workspace:two"]
    assert "could not be had" in line
    assert ("no workspace 'two'" if when == "gone" else "locked") in line


def test_removing_asks_or_needs_yes(run, saved):
    result = run("workspace", "remove", "metals")
    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert run("workspace", "remove", "metals", "--yes").exit_code == 0
    assert run("workspace", "list").stdout == ""


def test_an_unreachable_store_is_told_without_the_password(run, monkeypatch):
    monkeypatch.setenv("GRIDSCOPE_DATABASE_URL", "postgresql://me:planted-key@127.0.0.1:1/none")
    result = run("workspace", "list")
    assert result.exit_code == 1
    assert "postgresql://127.0.0.1:1/none" in result.stderr
    assert "planted-key" not in result.stdout + result.stderr
