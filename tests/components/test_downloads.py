"""The result bundle holds data, script, versions and references."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np

from components.downloads import bundle, npz
from core.citations import GRID
from core.types import Failure


def test_bundle() -> None:
    content = bundle(
        {"a.npz": npz(x=np.arange(3), ids=np.array(["a", "b"]))},
        script="print(1)", cite=(GRID,), provenance={"versions": {"numpy": np.__version__}},
        failures=(Failure("x", "grid", "ParseError", "broken"),), decisions=("kept",),
    )  # fmt: skip
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert set(archive.namelist()) == {"a.npz", "script.py", "references.bib", "provenance.json"}
    assert GRID in archive.read("references.bib").decode()
    notes = json.loads(archive.read("provenance.json"))
    assert notes["provenance"]["versions"]["numpy"] == np.__version__
    assert notes["failures"][0]["message"] == "broken"
    assert notes["decisions"] == ["kept"]
    with np.load(io.BytesIO(archive.read("a.npz")), allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["x"], [0, 1, 2])
