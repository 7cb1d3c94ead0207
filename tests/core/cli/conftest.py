"""Running the command line: inside this process, or as a person would."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ase.build import bulk
from ase.io import write
from typer.testing import CliRunner, Result

from core.cli import app
from tests.servers.hostile import hostile, wait_until  # noqa: F401 - fixtures
from tests.servers.mp_server import mp_server  # noqa: F401 - a fixture
from tests.servers.optimade_server import optimade_server  # noqa: F401 - a fixture
from tests.servers.witness import witness  # noqa: F401 - a fixture

REPOSITORY = Path(__file__).resolve().parents[3]
METALS = {"Cu": 3.61, "Al": 4.05, "Ag": 4.09, "Ni": 3.52}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command line in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def call(*args: str, **kwargs: Any) -> Result:
        return runner.invoke(app, list(args), catch_exceptions=False, **kwargs)

    return call


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`python -m core` in a process of its own, in an empty folder."""

    def call(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*args), cwd=tmp_path, env={**core_environment(), **environment},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return call


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "core", *args]


def core_environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four metals as CIF, a mixed-occupancy alloy, and three files that hold no crystal."""
    here = tmp_path / "files"
    here.mkdir()
    for symbol, a in METALS.items():
        write(here / f"{symbol}.cif", bulk(symbol, "fcc", a=a, cubic=True), format="cif")
    (here / "alloy.cif").write_text(ALLOY)
    (here / "broken.cif").write_text("data_x\n_cell_length_a 4.0\n")
    (here / "empty.cif").write_text("")
    (here / "notes.txt").write_text("bought copper\n")
    return here


ALLOY = """data_alloy
_cell_length_a 3.7
_cell_length_b 3.7
_cell_length_c 3.7
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P 1'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Cu1 Cu 0 0 0 0.75
Au1 Au 0 0 0 0.25
Cu2 Cu 0.5 0.5 0 1
Cu3 Cu 0.5 0 0.5 1
Cu4 Cu 0 0.5 0.5 1
"""
