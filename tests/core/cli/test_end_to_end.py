"""The whole main job in processes of its own, on real files."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
import zipfile

import numpy as np
import pytest

from tests.core.cli.conftest import command, core_environment


def test_from_a_zip_to_a_matrix_and_back_to_one_crystal(shell, folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    done = shell("distance", "set.zip", "-o", "m.npz", "--disorder", "ordered")
    assert done.returncode == 0
    assert done.stdout == ""
    assert "\r" not in done.stderr  # no progress bar into a pipe
    with np.load(tmp_path / "m.npz", allow_pickle=False) as stored:
        assert len(stored["ids"]) == 5
        assert len(stored["failures"]) == 3
    one = shell("check", "set.zip#Cu", "--json")
    assert [row["formula"] for row in json.loads(one.stdout)] == ["Cu"]


def test_a_reader_that_leaves_early_is_no_fault(tmp_path):
    process = subprocess.Popen(
        command("check", "embedded:aflow-prototypes", "--json"), cwd=tmp_path,
        env=core_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 0
    assert b"Error" not in said


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_is_said_in_a_line(tmp_path):
    with open("/dev/full", "w") as full:
        process = subprocess.run(
            command("check", "embedded:elements", "--json"), cwd=tmp_path, env=core_environment(),
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert process.returncode == 1
    assert process.stderr.count("\n") == 1
    assert "No space left" in process.stderr


def test_a_terminal_without_angstrom_sign(shell):
    done = shell(
        "explain", "embedded:elements#Cu", "embedded:elements#Al", PYTHONIOENCODING="cp1251"
    )
    assert done.returncode == 0
    assert "\\xc5 apart" in done.stdout


def test_of_a_thousand_files_with_fifty_broken_none_is_lost(shell, folder, tmp_path):
    good = (folder / "Cu.cif").read_text()
    many = tmp_path / "many"
    many.mkdir()
    for i in range(1_000):
        (many / f"c{i:03d}.cif").write_text(good[:60] if i % 20 == 0 else good)
    assert shell("grid", "many", "-o", "g.npz", "--groups", "12").returncode == 0
    with np.load(tmp_path / "g.npz", allow_pickle=False) as stored:
        assert stored["grid"].shape == (950, 12, 100)
        rows = [json.loads(text) for text in stored["failures"]]
    assert sorted(row["id"] for row in rows) == [f"c{i:03d}" for i in range(0, 1_000, 20)]
    assert all(row["message"] and row["code"] for row in rows)


@pytest.mark.data
def test_zeolites_are_all_there(shell, shared_data):
    path = shared_data / "zeolites" / "optimized_structures"
    done = shell("check", str(path), "--json")
    rows = json.loads(done.stdout)
    assert len(rows) == len(list(path.glob("*.cif")))
    failed = [row for row in rows if row["formula"] is None]
    assert [row["id"] for row in failed] == ["SFE"]
    assert sum(row["formula"] == "SiO2" for row in rows) >= len(rows) - 2
    assert all(row["repairs"] for row in rows if row["id"] == "ABW")


@pytest.mark.data
def test_binaries_to_neighbors(shell, shared_data):
    path = shared_data / "elasticity" / "mp-binary-pbe-elasticity-2025.1.json.gz"
    done = shell("neighbors", "embedded:elements#Cu", "--library", str(path), "-k", "3", "--json")
    (row,) = json.loads(done.stdout)
    assert len(row["neighbors"]) == 3
    assert 0 < row["neighbors"][0]["distance"] < 0.1


@pytest.mark.data
def test_disordered_cuprates_keep_their_weights(shell, shared_data, tmp_path):
    with tarfile.open(shared_data / "cuprates" / "3dsc_mp_cuprate_cifs.tar.xz") as archive:
        members = [m for m in archive if m.isfile() and m.name.endswith(".cif")][:12]
        for member in members:
            text = archive.extractfile(member)
            assert text is not None
            (tmp_path / os.path.basename(member.name)).write_bytes(text.read())
    refused = shell("distance", ".", "-o", "../refused.npz")
    weighed = shell("distance", ".", "-o", "../weighed.npz", "--disorder", "weights")
    with np.load(tmp_path.parent / "weighed.npz") as stored:
        assert stored["matrix"].shape == (12, 12)
        assert len(stored["failures"]) == 0
    assert weighed.returncode == 0
    assert "partially occupied" in refused.stderr
