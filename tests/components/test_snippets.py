"""The scripts behind "Show code" run, and read a user's own files as well as embedded sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components import snippets
from core.data.loading import load_public
from core.descriptors.grid import GridSpec, grid
from core.io.write import to_cif
from core.library import Library
from core.types import Crystal, ParseReport


def test_own_files(perovskite: Crystal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "my_files"
    folder.mkdir()
    (folder / "SrTiO3.cif").write_text(to_cif(perovskite))
    monkeypatch.chdir(tmp_path)
    library = Library("mine", "files", ParseReport((perovskite,), ()))
    spec = GridSpec(n_groups=9, centers=("Ti",))
    names: dict[str, Any] = {"print": lambda *_: None}
    exec(snippets.grid(library, "SrTiO3", spec), names)
    np.testing.assert_allclose(names["result"], grid(perovskite, spec), atol=1e-6)


@pytest.mark.data
def test_public_sets(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_DATA_MIRROR", str(shared_data))
    report = load_public("zif-4-crystal")
    library = Library("ZIF-4", "public:zif-4-crystal", report, (report.record,))
    spec = GridSpec(n_groups=5)
    names: dict[str, Any] = {"print": lambda *_: None}
    exec(snippets.grid(library, "ZIF-4", spec), names)
    np.testing.assert_array_equal(names["result"], grid(report.crystals[0], spec))


def test_only_changed_options_are_written() -> None:
    assert snippets.changed(GridSpec()) == ""
    assert snippets.changed(GridSpec(n_groups=5, centers=("Ti",))) == "n_groups=5, centers=('Ti',)"
