"""`search`: live sources to files, each source's outcome told, the key nowhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import zipfile

import pytest

from tests.core.cli.conftest import command, core_environment
from tests.core.cli.test_interrupt import group
from tests.servers.mp_server import KEY
from tests.servers.witness import files_holding

FILTER = "nelements=1"


@pytest.fixture
def mp(run, mp_server, monkeypatch):
    monkeypatch.setenv("MP_API_KEY", KEY)
    monkeypatch.setenv("MP_API_ENDPOINT", mp_server.url)

    def call(*args: str):
        return run("search", "mp", "--workers", "0", "--timeout", "3", *args)

    return call


def test_optimade_to_cifs_with_their_record(run, tmp_path, optimade_server):
    result = run(
        "search", "optimade", FILTER, "-p", optimade_server.url, "--most", "12", "--workers", "0",
        "-o", "found.zip",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    with zipfile.ZipFile(tmp_path / "found.zip") as archive:
        names = archive.namelist()
        record = json.loads(archive.read("provenance.json"))
    assert sum(name.endswith(".cif") for name in names) == record["n_crystals"]
    assert record["n_crystals"] + len(record["failures"]) == 12
    assert record["source"] == "live:optimade"
    (line,) = record["decisions"]
    assert f"{optimade_server.url}/v1/structures" in line
    assert FILTER in line
    assert "12 of" in line
    assert ": 12 of" in result.stderr
    again = run("check", "found.zip", "--json", "--workers", "0")
    assert sum(r["formula"] is not None for r in json.loads(again.stdout)) == record["n_crystals"]


@pytest.mark.parametrize("name", ["found.json", "found.extxyz", "found.csv"])
def test_other_files_have_their_record_beside(run, tmp_path, optimade_server, name):
    result = run("search", "optimade", 'id="Ag"', "-p", optimade_server.url, "--workers", "0",
                 "-o", name)  # fmt: skip
    assert result.exit_code == 0
    assert {p.name for p in tmp_path.iterdir()} == {name, f"{name}.provenance.json"}
    record = json.loads((tmp_path / f"{name}.provenance.json").read_text("utf-8"))
    assert 'id="Ag"' in record["decisions"][0]
    assert "Ag" in (tmp_path / name).read_text("utf-8")


def test_each_source_has_its_outcome(run, tmp_path, optimade_server, hostile):
    result = run(
        "search", "optimade", FILTER, "-p", f"{hostile.url}/silent", "-p", optimade_server.url,
        "-p", f"{hostile.url}/broken", "--timeout", "1.5", "--most", "9", "--workers", "0",
        "-o", "found.json", "--json",
    )  # fmt: skip
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert [bool(a["fault"]) for a in told["answers"]] == [True, False, True]
    assert told["n_crystals"] > 0
    assert "no whole reply within 1.5 s" in result.stderr
    assert "\x1b" not in result.stderr
    assert "no [31mdatabase here" in result.stderr
    record = json.loads((tmp_path / "found.json.provenance.json").read_text("utf-8"))
    assert len(record["decisions"]) == 3


def test_nothing_found_writes_nothing(run, tmp_path, optimade_server):
    result = run("search", "optimade", 'elements HAS "Og"', "-p", optimade_server.url, "-o",
                 "found.zip", "--workers", "0")  # fmt: skip
    assert result.exit_code == 1
    assert "0 of 0 matching" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_offline_is_told_at_once(run, tmp_path):
    start = time.monotonic()
    result = run("search", "optimade", FILTER, "-p", "http://nowhere.invalid", "-p", "cod",
                 "-o", "found.zip")  # fmt: skip
    assert result.exit_code == 1
    assert "can't be reached: no network" in result.stderr
    assert time.monotonic() - start < 20
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("optimade", "elements HAS", "-o", "a.zip"), "can't be read"),
        (("optimade", "-p", "nobody", "-o", "a.zip"), "'nobody'"),
        (("optimade", "-p", "file:///etc/passwd", "-o", "a.zip"), "http and https"),
        (("optimade", "-p", "https://me:pass@x.org", "-o", "a.zip"), "user name"),
        (("mp", "-o", "a.zip"), "Nothing was asked for"),
        (("mp", "--chemsys", "Si-Qq", "-o", "a.zip"), "'Qq'"),
        (("mp", "--chemsys", "Si-O", "-o", "a.zip"), "needs a key"),
    ],
)
def test_wrong_requests_are_usage_faults(run, tmp_path, monkeypatch, args, words):
    monkeypatch.delenv("MP_API_KEY", raising=False)
    result = run("search", *args)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "pass@" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_providers_are_listed_with_those_of_the_environment(run, monkeypatch):
    monkeypatch.setenv("GRIDSCOPE_OPTIMADE_SERVERS", "https://a.example/x, https://b.example")
    rows = json.loads(run("search", "providers", "--json").stdout)
    urls = {row["name"]: row["url"] for row in rows}
    assert urls["mp"] == "https://optimade.materialsproject.org"
    assert urls["a.example/x"] == "https://a.example/x"
    assert "b.example" in run("search", "providers").stdout
    monkeypatch.setenv("GRIDSCOPE_OPTIMADE_SERVERS", "file:///etc")
    assert run("search", "providers").exit_code == 2


@pytest.mark.parametrize("name", ["found.zip", "found.json", "found.extxyz", "found.csv"])
def test_materials_project_writes_no_key(mp, tmp_path, witness, mp_server, monkeypatch, name):
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    result = mp("--chemsys", "Na-Cl", "--above-hull", "0.1", "--most", "20", "-o", name, "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["n_crystals"] == 19
    assert [f["id"] for f in told["failures"]] == ["mp-13"]
    assert "chemsys=Na-Cl energy_above_hull=0..0.1 eV/atom" in told["answers"][0]["query"]
    witness.note(result.stdout, result.stderr, mp_server.log)
    assert KEY not in witness.said()
    assert (tmp_path / name).exists()
    assert not files_holding(tmp_path, KEY)


@pytest.mark.parametrize("mode", ["echo", "headers", "failing", "away", "html", "shape", "silent"])
def test_a_refusal_writes_nothing_and_tells_no_key(mp, tmp_path, witness, mp_server, mode):
    mp_server.mode = mode
    result = mp("--id", "mp-1", "-o", "found.zip", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["answers"][0]["fault"]
    witness.note(result.stdout, result.stderr, mp_server.log)
    assert KEY not in witness.said()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--key", "--api-key"])
def test_a_key_on_the_command_line_is_not_taken_nor_repeated(mp, option):
    result = mp("--id", "mp-1", "-o", "a.zip", f"{option}={KEY}")
    assert result.exit_code == 2
    assert KEY not in result.stdout + result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("source", ["optimade", "mp"])
def test_an_interrupt_leaves_nothing(
    tmp_path,
    hostile,
    mp_server,
    wait_until,
    source,
    number,
):
    mp_server.mode = "silent"
    args = {
        "optimade": ("optimade", "-p", f"{hostile.url}/growing", "--most", "10000"),
        "mp": ("mp", "--chemsys", "Na-Cl"),
    }[source]
    process = subprocess.Popen(
        command("search", *args, "-o", "found.zip"), cwd=tmp_path, text=True,
        env={**core_environment(), "MP_API_KEY": KEY, "MP_API_ENDPOINT": mp_server.url},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    wait_until(lambda: len(hostile.asked) > 5 or len(mp_server.log) > 0)
    if source == "mp":
        time.sleep(1)  # the client's import is under way: the hardest moment to leave
    os.killpg(process.pid, number)
    start = time.monotonic()
    _, said = process.communicate(timeout=30)
    assert time.monotonic() - start < 10
    assert process.returncode == 128 + number
    assert said == f"search {source}: stopped; nothing half-written is left.\n"
    assert list(tmp_path.iterdir()) == []
    assert group(process.pid) == []
