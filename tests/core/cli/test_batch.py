"""`batch` from files to partitions: every kind of source, stopped and gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

import psutil
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from core.cli import app
from core.data import load_embedded
from core.io.write import to_cif
from core.partitions.crystals import to_table
from core.partitions.query import CandidateTable
from tests.core.cli.conftest import command, core_environment

runner = CliRunner()
LIGHT = ("--features", "composition_statistics", "--scheduler", "here")


@pytest.fixture(scope="module")
def crystals():
    return list(load_embedded("prototype-elastic")[:700:50])


def batch(*arguments):
    return runner.invoke(app, ["batch", *map(str, arguments)])


def test_sources_give_the_same_rows(crystals, tmp_path) -> None:
    pq.write_table(to_table(crystals), tmp_path / "many.parquet", row_group_size=4)
    lines = [
        json.dumps({"material_id": c.id, "numbers": c.numbers.tolist(),
                    "lattice": c.lattice.tolist(), "frac": c.frac.tolist()})
        for c in crystals
    ]  # fmt: skip
    (tmp_path / "many.jsonl").write_text("\n".join(lines) + "\n\n")
    chosen = [f"embedded:prototype-elastic#{c.id}" for c in crystals]
    tables = []
    for i, paths in enumerate(
        ([tmp_path / "many.parquet"], [tmp_path / "many.jsonl"], chosen)
    ):  # fmt: skip
        result = batch(*paths, "-o", tmp_path / f"out{i}", "--size", 6, *LIGHT)
        assert result.exit_code == 0, result.output
        assert f"{len(crystals)} crystals" in result.stderr
        names = sorted(path.name for path in (tmp_path / f"out{i}").glob("part-*"))
        assert names == [f"part-{n:06d}.parquet" for n in range(-(-len(crystals) // 6))]
        tables.append([pq.read_table(tmp_path / f"out{i}" / name).to_pydict() for name in names])
    assert tables[0] == tables[1] == tables[2]
    assert [i for part in tables[0] for i in part["id"]] == [c.id for c in crystals]


def test_nearest_duplicates_and_numbers_taken_along(crystals, tmp_path) -> None:
    twice = [*crystals, *(c.with_(id=f"{c.id}-again") for c in crystals[::3])]
    table = to_table(twice, ["bulk_modulus_GPa"])
    pq.write_table(table, tmp_path / "twice.parquet")
    chosen = [f"embedded:prototype-elastic#{c.id}" for c in crystals[:3]]
    near = [part for path in chosen for part in ("--nearest-to", path)]
    result = batch(
        tmp_path / "twice.parquet", "-o", tmp_path / "out", "--features", "", *near, "--metric",
        "grid-emd(n_groups=20)", "--duplicates", 0.001, "--scheduler", "here", "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["rows"], told["failed"], told["duplicates"]) == (len(twice), 0, 5)
    found = CandidateTable.open(tmp_path / "out")
    assert found.values("nearest")[:3].tolist() == [c.id for c in crystals[:3]]
    assert found.values("duplicate_of")[-5:].tolist() == [c.id for c in crystals[::3]]
    assert found.values("bulk_modulus_GPa")[0] == crystals[0].properties["bulk_modulus_GPa"]


def test_a_second_call_finds_what_is_there(crystals, tmp_path) -> None:
    (tmp_path / "one.cif").write_text(to_cif(crystals[3]))
    for found in (0, 1):
        result = batch(tmp_path / "one.cif", "-o", tmp_path / "out", *LIGHT, "--json")
        assert json.loads(result.stdout)["found"] == found
    refused = batch(tmp_path / "one.cif", "-o", tmp_path / "out", *LIGHT, "--no-prototype")
    assert refused.exit_code == 2
    assert "another request" in refused.stderr


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        (["--level", "0.9"], 2, "Intervals"), (["--scheduler", "cloud"], 2, "no scheduler"),
        (["--features", "nothing"], 2, "nothing"), (["--model", "no.gsmodel"], 1, "no.gsmodel"),
    ],
)  # fmt: skip
def test_wrong_requests_are_refused_before_work(more, status, said, crystals, tmp_path) -> None:
    (tmp_path / "one.cif").write_text(to_cif(crystals[3]))
    result = batch(tmp_path / "one.cif", "-o", tmp_path / "out", *more)
    assert (result.exit_code, (tmp_path / "out").exists()) == (status, False)
    assert said in result.stderr


def test_files_that_hold_no_crystals_are_refused(tmp_path) -> None:
    (tmp_path / "bad.parquet").write_bytes(b"PAR1")
    assert batch(tmp_path / "bad.parquet", "-o", tmp_path / "out").exit_code == 1
    (tmp_path / "same.jsonl").write_text('{"id": "a"}\n{"id": "a"}\n')
    result = batch(tmp_path / "same.jsonl", "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert "more than once" in result.stderr


@pytest.mark.parametrize("scheduler", ["processes:2", "local:2"])
def test_ctrl_c_keeps_what_is_done_and_leaves_no_process(scheduler, tmp_path) -> None:
    process = subprocess.Popen(
        command("batch", "embedded:prototype-elastic", "-o", "out", "--size", "20", "--features",
                "composition_statistics", "--no-prototype", "--scheduler", scheduler),
        cwd=tmp_path, env=core_environment(), stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 100
    while len(list((tmp_path / "out").glob("part-*"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    members = psutil.Process(process.pid).children(recursive=True)
    assert len(members) >= 2
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert said.strip() == "batch: stopped; nothing half-written is left."
    psutil.wait_procs(members, timeout=10)
    assert not [member for member in members if member.is_running()]
    left = [path.name for path in (tmp_path / "out").iterdir() if path.name.startswith(".")]
    assert left == [".lock"]
    assert all(pq.read_metadata(path).num_rows == 20 for path in (tmp_path / "out").glob("part-*"))
