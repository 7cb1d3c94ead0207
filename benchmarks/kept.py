"""The last rows of each group, kept in the repository: groups may run at different hours.

The page of the documentation is made of these, so that a run of one group renews its rows alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from benchmarks.timing import Comparison

FOLDER = Path(__file__).resolve().parent / "kept"


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that were measured together.

    Attributes:
        name: of the group, as `--only` takes it.
        machine: hardware, load, date and versions, as `report.machine` gives them.
        repeats: turns of each comparison.
        rows: what was measured.
    """

    name: str
    machine: dict[str, Any]
    repeats: int
    rows: tuple[Comparison, ...]


def keep(group: Group, folder: Path = FOLDER) -> None:
    """Renew a group's rows."""
    folder.mkdir(exist_ok=True)
    told = {
        "machine": group.machine, "repeats": group.repeats,
        "rows": [row.to_dict() for row in group.rows],
    }  # fmt: skip
    (folder / f"{group.name}.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def read(names: Sequence[str], folder: Path = FOLDER) -> list[Group]:
    """The groups that are there, in the order of the names."""
    found = []
    known = {field.name for field in fields(Comparison)}
    for name in names:
        path = folder / f"{name}.json"
        if not path.exists():
            continue
        told = json.loads(path.read_text("utf-8"))
        rows = tuple(
            Comparison(**{k: v for k, v in row.items() if k in known}) for row in told["rows"]
        )
        found.append(Group(name, told["machine"], told["repeats"], rows))
    return found
