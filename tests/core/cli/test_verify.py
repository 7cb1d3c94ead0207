"""`verify` on files, with a potential in closed form in the place of CHGNet; without the extra."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import Result

from core.io import read
from core.jobs.verify import VALUES
from core.verification import chgnet
from tests.pair_potential import Pairs

Run = Callable[..., Result]


@pytest.fixture
def pairs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pairs:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "home"))
    shared = Pairs()
    monkeypatch.setattr(chgnet, "CHGNet", lambda: shared)
    monkeypatch.setattr(chgnet, "is_installed", lambda: True)
    monkeypatch.setattr(chgnet, "versions", lambda: {"potential": "pairs"})
    return shared


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def test_values_and_relaxed_crystals_of_a_folder(
    run: Run, folder: Path, tmp_path: Path, pairs: Pairs
) -> None:
    small = [str(folder / f"{s}.cif") for s in ("Cu", "Al", "alloy")]
    done = run("verify", *small, "-o", "v.csv", "--relaxed", "r.json")
    assert done.exit_code == 0, done.output
    assert "2 crystals verified" in done.stderr
    found = rows(tmp_path / "v.csv")
    assert [row["id"] for row in found] == ["Cu", "Al"]
    for row in found:
        assert all(np.isfinite(float(row[key])) for key in VALUES)
        assert (row["spacegroup_before"], row["spacegroup_after"]) == ("225", "225")
    relaxed = read([tmp_path / "r.json"]).crystals
    for crystal, row in zip(relaxed, found, strict=True):
        per_atom = crystal.volume / crystal.n_rows
        assert per_atom == pytest.approx(float(row["volume_per_atom_A3"]), rel=1e-6)
    calls = pairs.calls
    assert run("verify", *small, "-o", "again.csv").exit_code == 0
    assert pairs.calls == calls
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "v.csv").read_bytes()
    assert run("verify", *small, "-o", "v.csv", "--fresh").exit_code == 0
    assert pairs.calls == 2 * calls


def test_arrays_hold_failures_and_origin(
    run: Run, folder: Path, tmp_path: Path, pairs: Pairs
) -> None:
    done = run(
        "verify", str(folder / "Cu.cif"), str(folder / "broken.cif"), "-o", "v.npz",
        "--no-equation-of-state",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    with np.load(tmp_path / "v.npz") as saved:
        assert np.isnan(saved["bulk_modulus_GPa"]).all()
        assert len(saved["failures"]) == 1
        spec = json.loads(str(saved["provenance"]))["spec"]
    assert spec["resolved"]["potential"] == "CHGNet 0.3.0"
    assert spec["options"]["equation_of_state"] is False


def test_without_the_extra_it_says_how_to_install_it(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chgnet, "is_installed", lambda: False)
    done = run("verify", str(folder / "Cu.cif"), "-o", "v.csv")
    assert done.exit_code == 1
    assert "pip install -r requirements-verify.txt" in done.stderr
    assert not (tmp_path / "v.csv").exists()


def test_wrong_options_end_with_2(run: Run, folder: Path, pairs: Pairs) -> None:
    file = str(folder / "Cu.cif")
    assert run("verify", file, "-o", "v.txt").exit_code == 2
    assert run("verify", file, "-o", "v.csv", "--rattle", "3").exit_code == 2
    assert run("verify", file, "-o", "v.csv", "--relaxed", "r.xyz").exit_code == 2
