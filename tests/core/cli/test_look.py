"""`neighbors` and `explain`."""

from __future__ import annotations

import json

import pytest


def test_neighbors_are_sorted_and_leave_the_query_out(run, folder):
    result = run("neighbors", str(folder / "Cu.cif"), "--library", str(folder), "-k", "2", "--json")
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    (answer,) = [row for row in rows if row["failure"] is None]
    assert answer["query"] == "Cu"
    # Lattice constants: Cu 3.61, Ni 3.52, Al 4.05: the order is that of the differences.
    assert [near["id"] for near in answer["neighbors"]] == ["Ni", "Al"]
    distances = [near["distance"] for near in answer["neighbors"]]
    assert 0 < distances[0] < distances[1]


def test_failures_are_objects_too_and_told_once(run, folder):
    result = run("neighbors", str(folder), "--library", str(folder), "--json")
    rows = json.loads(result.stdout)
    failed = [row["query"] for row in rows if row["failure"]]
    assert sorted(failed) == ["alloy", "broken", "empty", "notes"]
    assert all(row["neighbors"] == [] for row in rows if row["failure"])
    assert result.stderr.count("empty.cif") == 1


def test_a_query_is_known_however_its_path_is_written(run, folder):
    result = run("neighbors", "files/../files/Cu.cif", "--library", "files", "-k", "9")
    assert "Cu.cif" not in result.stdout
    assert result.stdout.splitlines()[0] == "Cu"
    assert not any(line.split()[1:2] == ["Cu"] for line in result.stdout.splitlines())
    assert "only 3 to choose from; 9 were asked for" in result.stderr


def test_a_query_from_elsewhere_may_equal_a_library_crystal(run, folder, tmp_path):
    (tmp_path / "copy.cif").write_text((folder / "Cu.cif").read_text())
    result = run("neighbors", "copy.cif", "--library", str(folder), "-k", "1", "--json")
    (near,) = json.loads(result.stdout)[0]["neighbors"]
    assert (near["id"], near["distance"]) == ("Cu", 0.0)


def test_a_library_of_nothing_but_the_query(run, folder):
    path = str(folder / "Cu.cif")
    result = run("neighbors", path, "--library", path)
    assert result.exit_code == 2
    assert "nothing but the query" in result.stderr


@pytest.mark.parametrize("args", [["-k", "0"], ["--metric", "nearest"]])
def test_wrong_requests_of_neighbors(run, folder, args):
    path = str(folder / "Cu.cif")
    assert run("neighbors", path, "--library", str(folder), *args).exit_code == 2


def test_neighbors_needs_a_library(run):
    assert run("neighbors", "embedded:elements").exit_code == 2


def test_explain_splits_the_whole_distance(run):
    pair = ("embedded:grid-report#ABX3-4.00", "embedded:grid-report#ABX3-4.40")
    result = run("explain", *pair, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["distance"] > 0
    assert sum(part["contribution"] for part in found["by_pair"]) == pytest.approx(
        found["distance"]
    )
    assert found["sentence"].startswith("ABX3-4.00 and ABX3-4.40 are")


def test_explain_in_words(run):
    pair = ("embedded:grid-report#ABX3-4.00", "embedded:grid-report#ABX3-4.40")
    out = run("explain", *pair).stdout
    assert out.startswith("ABX3-4.00 and ABX3-4.40 are")
    assert "by element pair" in out


def test_explain_of_one_with_itself_says_so(run):
    one = "embedded:elements#Cu"
    result = run("explain", one, one)
    assert result.exit_code == 0
    assert "same interatomic distances" in result.stdout
    assert "by element pair" not in result.stdout


@pytest.mark.parametrize(
    ("path", "said"),
    [("embedded:elements", "holds 71 crystals. Choose one: embedded:elements#"),
     ("embedded:elements#Q", "holds no crystal 'Q'"), ("absent.cif", "no such file"),
     ("files/alloy.cif", "--disorder weights"), ("files/empty.cif", "is empty")],
)  # fmt: skip
def test_explain_says_what_it_can_not_use(run, folder, path, said):
    result = run("explain", "embedded:elements#Cu", path)
    assert result.exit_code == 1
    assert said in result.stderr


def test_explain_with_weights(run, folder):
    result = run("explain", "embedded:elements#Cu", "files/alloy.cif", "--disorder", "weights")
    assert result.exit_code == 0
    assert "Au" in result.stdout
