"""`candidates` and `screen` as a person would run them, from a set to a shortlist."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from typer.testing import Result

Run = Callable[..., Result]
SET, KEY = "embedded:prototype-elastic", "formation_energy_eV_per_atom"


def parents(n: int = 40) -> list[str]:
    from core.data import load_embedded

    salts = [c.id for c in load_embedded("prototype-elastic") if c.id.startswith("B1-")]
    return [f"{SET}#{name}" for name in salts[::6][:n]]


def trained(run: Run) -> None:
    done = run("train", *parents(), "--target", KEY, "--model", "extra-trees",
               "--set", "features=composition+composition_statistics", "--set", "n_trees=10",
               "--no-intervals", "--threads", "1", "-o", "m.gsmodel")  # fmt: skip
    assert done.exit_code == 0, done.output


def test_from_a_set_to_candidates_to_a_shortlist(run: Run, tmp_path: Path) -> None:
    trained(run)
    (tmp_path / "c.json").write_text('{"options": {"source": "mendeleev", "per_parent": 20}}')
    done = run("candidates", *parents(), "--spec", "c.json", "-o", "new.npz", "--count", "60")
    assert done.exit_code == 0, done.output
    assert "60 candidates from" in done.stderr
    (tmp_path / "spec.json").write_text(json.dumps({
        "models": ["m.gsmodel"], "hull": {"threshold": 0.0, "how": "shifted"}, "count": 5,
    }))  # fmt: skip
    known = [word for path in parents() for word in ("--known", path)]
    args = ("screen", "new.npz", "--spec", "spec.json", *known, "--threads", "1")
    done = run(*args, "-o", "short.csv", "--json")
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader((tmp_path / "short.csv").read_text("utf-8").splitlines()))
    told = json.loads(done.stdout)
    assert told["candidates"] == 60
    assert [r["id"] for r in rows] == told["shortlist"]
    assert 0 < len(rows) <= 5
    above = "energy_above_known_hull_eV_per_atom"
    for row in rows:
        assert float(row[above]) + float(row[f"{above}_std"]) <= 1e-6
        assert row["passed hull"] == "True"
        assert "wanted to 0 eV/atom" in row["reasons"]
    record = json.loads((tmp_path / "short.csv.json").read_text("utf-8"))
    assert record["thresholds"][0]["unit"] == "eV/atom"
    assert record["provenance"]["spec"]["resolved"]["thresholds"] == record["thresholds"]
    done = run(*args, "-o", "all.parquet")
    assert done.exit_code == 0, done.output
    import pyarrow.parquet as pq

    table = pq.read_table(tmp_path / "all.parquet")
    assert table.num_rows == 60
    assert json.loads(table.schema.metadata[b"screen"])["shortlist"] == told["shortlist"]


def test_the_same_seed_writes_the_same_candidates(run: Run, tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text(
        'how = "substitution"\nduplicates = 0.0\n[options]\ndraw = "sampled"\nper_parent = 3\n'
        'source = "mendeleev"\n'
    )
    ids = {}
    for name, seed in (("a", "4"), ("b", "4"), ("c", "5")):
        done = run("candidates", *parents(12), "--spec", "spec.toml", "--seed", seed,
                   "-o", f"{name}.npz")  # fmt: skip
        assert done.exit_code == 0, done.output
        with np.load(tmp_path / f"{name}.npz") as stored:
            ids[name] = stored["ids"].tolist()
    assert ids["a"] == ids["b"] != ids["c"]
    done = run("candidates", *parents(12), "--spec", "spec.toml", "-o", "new.csv")
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader((tmp_path / "new.csv").read_text("utf-8").splitlines()))
    assert all(" for " in r["substitution"] for r in rows)
    done = run("candidates", *parents(12), "--spec", "spec.toml", "-o", "new.extxyz")
    assert done.exit_code == 0, done.output
    again = run("check", "new.extxyz", "--json")
    assert again.exit_code == 0, again.output


def test_an_empty_shortlist_names_the_filter(run: Run, tmp_path: Path) -> None:
    trained(run)
    (tmp_path / "hard.json").write_text(json.dumps({
        "models": ["m.gsmodel"], "criteria": [{"key": KEY, "high": -99}],
    }))  # fmt: skip
    done = run("screen", *parents(6), "--spec", "hard.json", "-o", "none.csv", "--threads", "1")
    assert done.exit_code == 0, done.output
    assert "No candidate is left: the filter 'Formation energy per atom to -99" in done.stderr
    assert len((tmp_path / "none.csv").read_text("utf-8").splitlines()) == 1


def test_wrong_requests_are_usage_errors(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"critera": []}')
    (tmp_path / "no.npz").write_bytes(b"nonsense")
    (tmp_path / "ok.json").write_text('{"models": ["no.npz"], "hull": {}}')
    for words, args in (
        ("'critera'", ("screen", SET, "--spec", "bad.json", "-o", "x.csv")),
        ("ends in '.pkl'", ("screen", SET, "--spec", "bad.json", "-o", "x.pkl")),
        ("no way 'magic'", ("candidates", SET, "--how", "magic", "-o", "x.npz")),
        ("can't be read", ("candidates", SET, "--spec", "absent.json", "-o", "x.npz")),
    ):
        done = run(*args)
        assert done.exit_code == 2, (words, done.output)
        assert words in done.stderr
    done = run("screen", "no.npz", "--spec", "ok.json", "-o", "x.csv")
    assert done.exit_code == 1
