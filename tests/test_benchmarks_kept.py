"""The page of benchmarks: a run of one group renews its rows alone, and says when it was."""

from __future__ import annotations

from pathlib import Path

from benchmarks import kept, report
from benchmarks.__main__ import ROWS
from benchmarks.timing import compare
from tests.conftest import REPOSITORY


def _group(name: str, ours: float) -> kept.Group:
    row = compare([ours], [10.0], name=f"row of {name}", peer="peer", unit="s", gate=2.0)
    return kept.Group(name, {**report.machine(), "date": f"day {ours:g}"}, 5, (row,))


def test_a_group_is_renewed_alone(tmp_path: Path) -> None:
    for group in (_group("grid", 4.0), _group("job", 1.0), _group("grid", 8.0)):
        kept.keep(group, tmp_path)
    grid, job = kept.read(["grid", "matrix", "job"], tmp_path)
    assert (grid.rows, job.rows) == (_group("grid", 8.0).rows, _group("job", 1.0).rows)
    page = report.markdown([grid, job])
    assert "| grid | day 8 |" in page
    assert "| job | day 1 |" in page
    assert "| row of grid | peer | s | 8 | 10 | 1.25 | 1.25-1.25 | 2 MISSED |" in page
    assert "| row of job | peer | s | 1 | 10 | 10 | 10-10 | 2 met |" in page


def test_the_page_holds_what_is_kept() -> None:
    page = (REPOSITORY / "docs" / "benchmarks.md").read_text("utf-8")
    groups = kept.read(list(ROWS))
    assert groups
    for group in groups:
        for row in group.rows:
            assert "| " + " | ".join(report.cells(row)) + " |" in page
