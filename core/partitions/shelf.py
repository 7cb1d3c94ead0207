"""Where the app looks for results of batches: GRIDSCOPE_BATCHES, else `batches` of its own folder.

Only what lies there is opened: a visitor of a shared server must not choose paths.
"""

from __future__ import annotations

import os
from pathlib import Path

from core.partitions.folder import MANIFEST
from core.store.home import home

VARIABLE = "GRIDSCOPE_BATCHES"


def shelf() -> Path:
    """The folder; it need not exist."""
    named = os.environ.get(VARIABLE, "")
    return Path(named).expanduser() if named else home() / "batches"


def batches() -> dict[str, Path]:
    """Folders of results and lone parquet files on the shelf, by name, newest first."""
    root = shelf()
    if not root.is_dir():
        return {}
    found = [
        p for p in root.iterdir()
        if (p / MANIFEST).is_file() or (p.is_file() and p.suffix == ".parquet")
    ]  # fmt: skip
    found.sort(key=lambda p: (-p.stat().st_mtime, p.name))
    return {path.name: path for path in found}


def stamp(path: Path) -> str:
    """What changes when the results do."""
    if path.is_file():
        files = [path]
    else:
        files = [*sorted(path.glob("part-*.parquet")), *sorted(path.glob("*/part-*.parquet"))]
    told = (f"{f.relative_to(path.parent)} {f.stat().st_mtime_ns} {f.stat().st_size}"
            for f in files)  # fmt: skip
    return "\n".join(told)
