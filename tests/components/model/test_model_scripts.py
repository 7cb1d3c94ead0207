"""Scripts of the section Model read the crystals at hand: with their table, less what was left out.

What is printed is compared with the same task on the library itself.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest

from components.model import model_scripts
from core.data import load_embedded
from core.io import read
from core.io.write import to_cif
from core.library import Library
from core.library.export import EXPORTS
from core.library.join import join, match
from core.library.tables import read_table
from core.types import RawFile

SET = "prototype-elastic"


def crystals_of(code: str) -> dict:
    space: dict = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(code, space)
    return space["crystals"]


@pytest.fixture
def own(tmp_path: Path) -> Library:
    """Four files with a table that lacks a value."""
    for i, crystal in enumerate(load_embedded(SET)[5:9]):
        (tmp_path / f"x{i}.cif").write_text(to_cif(crystal), "utf-8")
    library = Library("mine", "files", read([str(tmp_path)]))
    table = read_table(RawFile("t.csv", b"file,K_GPa\nx0.cif,1.5\nx1.cif,\nx3.cif,3\n"))
    return join(library, table, match(library, table, "file"), ["K_GPa"])


def test_files_and_their_table_come_back_from_the_exported_library(
    own: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "script"
    folder.mkdir()
    (folder / model_scripts.LIBRARY_FILE).write_bytes(EXPORTS["json"].make(own))
    monkeypatch.chdir(folder)
    found = crystals_of(model_scripts.load(own))
    assert list(found) == list(own.ids)
    for crystal in own.crystals:
        again = found[crystal.id]
        np.testing.assert_allclose(again.lattice, crystal.lattice, atol=1e-9)
        np.testing.assert_allclose(again.frac, crystal.frac, atol=1e-9)
        assert again.properties.get("K_GPa") == crystal.properties.get("K_GPa"), crystal.id


def test_only_what_is_as_it_was_loaded_is_loaded_by_name(own: Library) -> None:
    whole = Library.embedded(SET)
    assert not model_scripts.needs_file(whole)
    assert len(crystals_of(model_scripts.load(whole))) == len(whole)
    assert model_scripts.needs_file(whole.keeping(whole.ids[:50], "50 of them"))
    assert model_scripts.needs_file(own)
