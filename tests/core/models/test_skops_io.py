"""skops is imported without torch and Dask, and trusts what it trusts anyway."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.conftest import REPOSITORY

_SEEN = """
import json, sys
{how}
from skops.io import _trusted_types as types
names = {{n: sorted(v) for n, v in vars(types).items() if n.endswith("_NAMES")}}
heavy = [n for n in ("torch", "dask.array") if n in sys.modules]
import sklearn.externals.array_api_compat.torch
print(json.dumps([names, heavy]))
"""


def _seen(how: str) -> list:
    out = subprocess.run(
        [sys.executable, "-c", _SEEN.format(how=how)],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(out.stdout)


def test_the_same_types_are_trusted_without_torch_and_dask() -> None:
    names, heavy = _seen("from core.models.skops_io import skops_io; skops_io()")
    assert heavy == []
    plain, brought = _seen("import skops.io")
    assert len(plain) >= 3
    assert names == plain
    assert "torch" in brought  # if not, skops no longer needs this
