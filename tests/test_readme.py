"""What the README promises a newcomer works as written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCKS = [
    textwrap.dedent(block) for block in re.findall(r"(?:^    .*\n|^\n)+", README, re.MULTILINE)
]


def _core(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m core ...` run in a folder, as a newcomer would."""
    return subprocess.run(
        [sys.executable, "-m", "core", *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY), "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory) -> Path:
    """A folder with `my_cifs/` of ten crystals and one broken file."""
    folder = tmp_path_factory.mktemp("newcomer")
    done = _core(folder, "data", "export", "grid-report", "-o", "my_cifs")
    assert done.returncode == 0, done.stderr
    cifs = sorted((folder / "my_cifs").rglob("*.cif"))
    for path in cifs[10:]:
        path.unlink()
    (folder / "my_cifs" / "broken.cif").write_text("this is no crystal\n")
    return folder


def _lines(start: str) -> list[list[str]]:
    """Arguments of the README's lines that begin so, comments removed."""
    found = re.findall(rf"^    python -m core ({start}[^#\n]*)", README, re.MULTILINE)
    return [line.split() for line in found]


def test_check_and_distance_give_the_matrix_of_ones_own_cifs(newcomer):
    (check,) = _lines("check my_cifs/")
    done = _core(newcomer, *check)
    assert done.returncode == 0, done.stderr
    assert "broken" in done.stdout + done.stderr, "a bad file shows with its reason"
    (distance,) = _lines("distance my_cifs/")
    done = _core(newcomer, *distance)
    assert done.returncode == 0, done.stderr
    script = next(block for block in BLOCKS if 'np.load("matrix.npz")' in block)
    names: dict = {}
    exec(script.replace('"matrix.npz"', repr(str(newcomer / "matrix.npz"))), names)
    assert names["matrix"].shape == (10, 10)
    assert len(names["nearest"]) == 3
    np.testing.assert_array_equal(np.diag(names["matrix"]), 0)
    np.testing.assert_array_equal(names["matrix"], names["matrix"].T)


def test_python_snippet_gives_the_same_matrix(newcomer):
    script = next(block for block in BLOCKS if "parse_metric" in block)
    names: dict = {}
    exec(script.replace('"my_cifs/"', repr(str(newcomer / "my_cifs"))), names)
    assert names["matrix"].shape == (10, 10)
    assert any(failure.source.endswith("broken.cif") for failure in names["report"].failures)


def test_embedded_data_needs_no_files(newcomer):
    (arguments,) = _lines("distance embedded:grid-report")
    arguments[-1] = "embedded.npz"
    done = _core(newcomer, *arguments)
    assert done.returncode == 0, done.stderr
    with np.load(newcomer / "embedded.npz", allow_pickle=False) as result:
        assert result["matrix"].shape == (len(result["ids"]),) * 2


def test_every_command_it_names_exists(newcomer):
    named = {line[0] for line in _lines("")}
    assert {"check", "distance", "grid", "neighbors", "explain", "data", "warmup"} <= named
    for name in sorted(named):
        done = _core(newcomer, name, "--help")
        assert done.returncode == 0, f"{name}: {done.stderr}"


def test_every_make_target_it_names_exists():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for document in (README, (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        targets = re.findall(r"^    make ([\w-]+)", document, re.MULTILINE)
        assert targets
        for target in targets:
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_links_lead_somewhere():
    targets = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert targets
    for target in targets:
        assert (REPOSITORY / target).exists(), target


def test_a_script_finds_the_core_from_any_folder(tmp_path):
    """What "Show code" hands out lies in a Downloads folder."""
    script = tmp_path / "script.py"
    script.write_text("import core.io\nprint(core.io.__file__)\n")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=environment, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(REPOSITORY))
