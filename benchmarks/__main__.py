"""`python -m benchmarks [--quick] [--only NAME] [--json FILE] [--write FILE] [--setup]`.

`--write` keeps what was measured in `benchmarks/kept` and makes the page of all that is kept there.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.timing import Comparison

ROWS = {
    "grid": "benchmarks.grid_rows",
    "matrix": "benchmarks.matrix_rows",
    "neighbors": "benchmarks.neighbor_rows",
    "descriptors": "benchmarks.descriptor_rows",
    "job": "benchmarks.job_rows",
    "store": "benchmarks.store_rows",
    "scale": "benchmarks.scale_rows",
    "app": "benchmarks.app_rows",
    "screen-page": "benchmarks.screen_page_rows",
    "model-page": "benchmarks.model_page_rows",
    "models": "benchmarks.model_rows",
    "model-cost": "benchmarks.model_cost_rows",
    "screening": "benchmarks.screening_rows",
    "reference": "benchmarks.reference_rows",
    "zeolites": "benchmarks.zeolite_rows",
    "verify": "benchmarks.verify_rows",
}
_REPEATS = 5
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller inputs, two repeats")
    parser.add_argument("--only", choices=ROWS, action="append", help="may be given twice")
    parser.add_argument("--repeats", type=int, help=f"turns of each comparison ({_REPEATS})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there")
    parser.add_argument("--write", type=Path, metavar="FILE", help="keep the rows, write the page")
    parser.add_argument("--setup", action="store_true", help="only install the peers")
    return parser.parse_args()


def _rows(names: list[str], quick: bool, repeats: int) -> Iterator[tuple[str, Comparison]]:
    from benchmarks.context import Context
    from benchmarks.peer_worker import PeerWorker

    with PeerWorker() as worker:
        context = Context(worker, quick, repeats)
        for name in names:
            for row in importlib.import_module(ROWS[name]).rows(context):
                yield name, row


def main() -> int:
    """Run, print and save; 1 when a result differs from its peer's or a ratio falls short."""
    options = _arguments()
    # One thread everywhere, in the peers too; read by the libraries when they are imported.
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    from benchmarks import kept, report, slow_tests
    from benchmarks.peer_worker import set_up

    if options.setup:
        print(set_up())
        return 0
    repeats = options.repeats or (2 if options.quick else _REPEATS)
    names = options.only or list(ROWS)
    groups: dict[str, list[Comparison]] = {name: [] for name in names}
    for name, row in _rows(names, options.quick, repeats):
        groups[name].append(row)
        print("  ".join(report.cells(row)), file=sys.stderr, flush=True)
    rows = [row for group in groups.values() for row in group]
    context = {"repeats": repeats, "quick": options.quick}
    print(report.table(rows))
    if options.json:
        options.json.write_text(json.dumps(report.as_json(rows, context), indent=1) + "\n")
    if options.write:
        if options.quick:
            raise SystemExit("The page holds whole runs only: leave --quick or --write.")
        for name, found in groups.items():
            kept.keep(kept.Group(name, report.machine(), repeats, tuple(found)))
        more = slow_tests.section(options.write)
        options.write.write_text(report.markdown(kept.read(list(ROWS)), more), "utf-8")
    return 0 if all(row.passed for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
