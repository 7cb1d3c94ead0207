"""The results as a table, JSON or a page of the documentation."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.kept import Group
from benchmarks.timing import Comparison

_VERSIONS = ("numpy", "numba", "scipy", "torch", "pymatgen")
_HEAD = ("what", "beside", "unit", "Gridscope", "peer", "ratio", "min-max", "asked", "difference")


def machine() -> dict[str, Any]:
    """Hardware, system and versions the numbers belong to."""
    info = Path("/proc/cpuinfo")
    names = [
        line.split(":", 1)[1].strip()
        for line in (info.read_text().splitlines() if info.exists() else [])
        if line.startswith("model name")
    ]
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": names[0] if names else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        **{name: version(name) for name in _VERSIONS},
    }


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def cells(row: Comparison) -> list[str]:
    """One row of the table, aligned with `_HEAD`."""
    asked = "" if row.gate is None else f"{_number(row.gate)} {'met' if row.passed else 'MISSED'}"
    difference = ""
    if row.difference is not None:
        sign = "<=" if row.agrees else "> (DIFFERS)"
        difference = f"{row.difference:.1e} {sign} {row.tolerance:.0e}"
    return [
        row.name, row.peer, row.unit, _number(row.ours), _number(row.theirs), _number(row.ratio),
        f"{_number(row.ratio_min)}-{_number(row.ratio_max)}", asked, difference,
    ]  # fmt: skip


def table(rows: Iterable[Comparison]) -> str:
    """Aligned columns for a terminal."""
    lines = [list(_HEAD), *(cells(row) for row in rows)]
    widths = [max(len(line[c]) for line in lines) for c in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def as_json(rows: Sequence[Comparison], context: dict[str, Any]) -> dict[str, Any]:
    """Everything, for a file."""
    return {"machine": machine(), **context, "rows": [row.to_dict() for row in rows]}


def markdown(groups: Sequence[Group], more: Sequence[str] = ()) -> str:
    """docs/benchmarks.md, with further sections at its end."""
    rows = [row for group in groups for row in group.rows]
    lines = [
        "# Benchmarks",
        "",
        "Written by `python -m benchmarks --write docs/benchmarks.md`; do not edit by hand."
        " A run of one group (`--only NAME`) renews its rows alone.",
        "",
        "- Repeats in turns (A B A B), medians, process time, one thread, unless a row says wall"
        " time. The ratio is taken turn by turn.",
        "- Difference: how far the two results are apart, and what is allowed.",
        "- The peers' versions: `benchmarks/peers/requirements.txt`.",
        "",
        "| group | date | machine | load at the end | repeats | versions |",
        "|---|---|---|---|---|---|",
        *(_origin(group) for group in groups),
        "",
        "| " + " | ".join(_HEAD) + " |",
        "|" + "---|" * len(_HEAD),
        *("| " + " | ".join(cells(row)) + " |" for row in rows),
        "",
        "Notes",
        "",
        *_notes(rows),
        "",
        *more,
    ]
    return "\n".join(lines)


def _origin(group: Group) -> str:
    facts = group.machine
    versions = ", ".join(f"{name} {facts[name]}" for name in ("python", *_VERSIONS))
    return (
        f"| {group.name} | {facts['date']} | {facts['processor']}, {facts['cores']} cores | "
        f"{facts['load']} | {group.repeats} | {versions} |"
    )


def _notes(rows: Sequence[Comparison]) -> list[str]:
    """One line for each distinct note, naming the peer it belongs to."""
    seen = dict.fromkeys((row.peer, row.note) for row in rows if row.note)
    return [f"- {peer}: {note}." for peer, note in seen]
