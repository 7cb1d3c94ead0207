"""Results as they come, one JSON line each: a run may be killed at any moment and go on later."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def append(path: Path, record: dict[str, Any]) -> None:
    """Add a record; a line torn by an earlier kill is ended first."""
    torn = path.exists() and path.stat().st_size > 0 and not _ends_in_newline(path)
    with path.open("a") as stream:
        stream.write(("\n" if torn else "") + json.dumps(record) + "\n")
        stream.flush()


def _ends_in_newline(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) == b"\n"


def records(folder: Path) -> Iterator[dict[str, Any]]:
    """All whole records of all workers."""
    for path in sorted(folder.glob("progress-*.jsonl")):
        for line in path.read_text().splitlines():
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                continue  # torn by a kill: it will be computed again
