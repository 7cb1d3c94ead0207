"""`train`, `evaluate` and `predict` on an embedded set, as a person would run them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import Result

Run = Callable[..., Result]
SET, KEY = "embedded:prototype-elastic", "volume_per_atom_A3"
QUICK = ("--target", KEY, "--model", "ridge", "--set", "features=composition", "--threads", "1")


def test_from_crystals_to_a_model_to_predictions(run: Run, tmp_path: Path) -> None:
    chosen = [f"{SET}#{name}" for name in names(40)]
    done = run("train", *chosen, *QUICK, "-o", "m.gsmodel")
    assert done.exit_code == 0, done.output
    assert "trained on 40 crystals" in done.stderr
    done = run("predict", "m.gsmodel", *chosen[:5], "-o", "p.csv", "--level", "0.8")
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader((tmp_path / "p.csv").read_text("utf-8").splitlines()))
    assert [r["id"] for r in rows] == names(40)[:5]
    for row in rows:
        low, mean, high = (float(row[f"{KEY}{s}"]) for s in ("_low_0.8", "", "_high_0.8"))
        assert low <= mean <= high
        assert row["in_training"] == "yes"
        assert row["applicability"] == ""


def test_a_model_of_a_workspace_predicts(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.models.kept import keep_model
    from core.store.workspaces import open_store

    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "home"))
    chosen = [f"{SET}#{name}" for name in names(40)]
    assert run("train", *chosen, *QUICK, "-o", "m.gsmodel").exit_code == 0
    with open_store() as store:
        keep_model(store.create("w"), "mine", (tmp_path / "m.gsmodel").read_bytes(), mae=2.5)
    told = run("workspace", "list")
    assert "workspace:w#mine: Volume per atom, Linear ridge, 40 crystals, MAE 2.5 Å³/atom" in (
        told.stdout
    )
    (listed,) = json.loads(run("workspace", "list", "--json").stdout)
    assert listed["models"][0]["name"] == "mine"
    done = run("predict", "workspace:w#mine", *chosen[:3], "-o", "p.csv")
    assert done.exit_code == 0, done.output
    assert len((tmp_path / "p.csv").read_text("utf-8").splitlines()) == 4
    for name, words in (
        ("workspace:w#yours", "no model 'yours'"), ("workspace:v#mine", "no workspace 'v'"),
        ("shipped:nonsense", "no shipped model"),
    ):  # fmt: skip
        done = run("predict", name, *chosen[:3], "-o", "p.csv")
        assert done.exit_code != 0
        assert words in done.stderr


def names(n: int) -> list[str]:
    from core.data import load_embedded

    return [c.id for c in load_embedded("prototype-elastic")[::91][:n]]


def test_the_same_seed_prints_the_same_bytes(run: Run) -> None:
    chosen = [f"{SET}#{name}" for name in names(40)]
    a, b = (run("evaluate", *chosen, *QUICK, "--seed", "3", "--json") for _ in range(2))
    assert a.exit_code == 0, a.output
    assert a.stdout == b.stdout
    told = json.loads(a.stdout)
    assert told["metrics"]["mae"]["low"] <= told["metrics"]["mae"]["value"]
    assert told["options"]["seed"] == 3
    assert set(told["coverage"]) == {"0.5", "0.9", "0.95"}


def test_a_spec_file_says_the_same_as_options(run: Run, tmp_path: Path) -> None:
    chosen = [f"{SET}#{name}" for name in names(40)]
    (tmp_path / "spec.toml").write_text(
        f'target = "{KEY}"\nseed = 3\n[model]\nkey = "ridge"\nfeatures = "composition"\n'
        '[split]\nkey = "group"\nby = "formula"\nrepeats = 2\n'
    )
    told = run("evaluate", *chosen, "--spec", "spec.toml", "--json", "-o", "t.npz")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["options"]["split"]["by"] == "formula"
    with np.load(tmp_path / "t.npz") as trial:
        assert trial["truth"].shape == trial["mean"].shape
        assert len(trial["fold_names"]) == 2


def test_levels_of_the_same_spec_file_serve_a_prediction(run: Run, tmp_path: Path) -> None:
    chosen = [f"{SET}#{name}" for name in names(40)]
    (tmp_path / "spec.toml").write_text(
        f'target = "{KEY}"\nlevels = [0.6, 0.8]\n[model]\nkey = "ridge"\nfeatures = "composition"\n'
    )
    assert run("train", *chosen, "--spec", "spec.toml", "-o", "m.gsmodel").exit_code == 0
    predict = ("predict", "m.gsmodel", *chosen[:3], "-o", "p.csv", "--spec", "spec.toml")
    for more, levels in (((), ("0.6", "0.8")), (("--level", "0.7"), ("0.7",))):
        done = run(*predict, *more)
        assert done.exit_code == 0, done.output
        columns = (tmp_path / "p.csv").read_text("utf-8").splitlines()[0].split(",")
        assert [c.rpartition("_")[2] for c in columns if "_low_" in c] == list(levels)


def test_wrong_requests_are_usage_errors_before_any_file_is_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"tarrget": "x"}')
    (tmp_path / "not.gsmodel").write_bytes(b"nonsense")
    for words, args in (
        ("no model 'rigde'", ("train", SET, *QUICK, "--model", "rigde", "-o", "m.gsmodel")),
        ("target is ''", ("train", SET, "-o", "m.gsmodel")),
        ("no option 'folly'", ("train", SET, *QUICK, "--set", "folly=1", "-o", "m.gsmodel")),
        ("triangle", ("train", SET, "--target", KEY, "--model", "kernel-ridge",
                      "--set", "metric=ion-substitution", "-o", "m.gsmodel")),
        ("'tarrget'", ("evaluate", SET, "--spec", "bad.json")),
        ("can't be read", ("evaluate", SET, "--spec", "absent.json")),
        ("no split 'moon'", ("evaluate", SET, *QUICK, "--split", "moon")),
        ("ends in '.pkl'", ("train", SET, *QUICK, "-o", "m.pkl")),
    ):  # fmt: skip
        done = run(*args)
        assert done.exit_code == 2, (words, done.output)
        assert words in done.stderr
    done = run("predict", "not.gsmodel", SET, "-o", "p.csv")
    assert done.exit_code == 1
    assert "no model file" in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"split": {"key": "random", "repeats": 2.5}}, "repeats is 2.5; it must be a whole number"),
        ({"model": {"key": "ridge", "features": 5}}, "features is 5; it must be text"),
        ({"model": {"key": "ridge", "features": ""}}, "No descriptors are named"),
        ({"conformal": {"scaled": "false"}}, "must be true or false"),
        ({"levels": "abc"}, "no numbers"), ({"levels": None}, "Levels are"),
    ],
)  # fmt: skip
def test_wrong_types_in_a_spec_file_are_usage_errors(
    run: Run, tmp_path: Path, options: dict, words: str
) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"target": KEY, **options}))
    done = run("evaluate", SET, "--spec", "s.json")
    assert done.exit_code == 2, done.output
    assert words in done.stderr


def test_a_property_nobody_has_fails_with_a_guess(run: Run) -> None:
    done = run("train", f"{SET}#{names(1)[0]}", "--target", "volume_per_atom", "--model", "dummy",
               "-o", "m.gsmodel")  # fmt: skip
    assert done.exit_code == 1
    assert KEY in done.stderr
