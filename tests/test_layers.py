"""The core lives without a browser: every module imports with streamlit and plotly unimportable."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent

# `__main__` would run the command line; everything else is imported in one fresh interpreter.
SCRIPT = """
import importlib, json, pkgutil, sys
for banned in ("streamlit", "plotly"):
    sys.modules[banned] = None
import core
names = [m.name for m in pkgutil.walk_packages(core.__path__, "core.")]
names = [name for name in names if not name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
print(json.dumps({"names": names, "torch": "torch" in sys.modules}))
"""


def _import_core() -> dict:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_core_module_imports_without_streamlit_plotly_or_torch():
    seen = _import_core()
    assert {"core.types", "core.errors", "core.registry"} <= set(seen["names"])
    on_disk = {
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
        for path in (REPOSITORY / "core").rglob("*.py")
        if path.name not in {"__init__.py", "__main__.py"}
    }
    assert on_disk <= set(seen["names"])
    assert not seen["torch"], "importing core must not pay for torch"


def test_no_catch_all_modules():
    banned = {"utils.py", "util.py", "helpers.py", "helper.py", "common.py", "misc.py"}
    folders = ("core", "components", "pages", "tests", "benchmarks")
    found = [
        str(path.relative_to(REPOSITORY))
        for folder in folders
        for path in (REPOSITORY / folder).rglob("*.py")
        if path.name in banned and ".venv" not in path.parts
    ]
    assert found == []
