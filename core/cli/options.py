"""Arguments and options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from core.config import default_workers

DEFAULT_METRIC = "grid-emd"

Paths = Annotated[
    list[str],
    typer.Argument(
        help="Files, folders, archives, embedded:, public: or workspace:NAME; PATH#ID chooses one "
        "crystal of a set.",
        metavar="PATHS...",
        show_default=False,
    ),
]
Output = Annotated[
    str, typer.Option("-o", "--output", help="File to write.", metavar="FILE", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Threads = Annotated[
    int,
    typer.Option(min=1, help="Threads of the compiled kernels.", default_factory=default_workers),
]
Processes = Annotated[
    int,
    typer.Option(
        min=1,
        help="Processes that describe crystals: for thousands of them under grid-wasserstein, "
        "rdf-*, powder-emd or group-composition-emd, which gain little from threads.",
    ),
]
Workers = Annotated[
    int, typer.Option(min=0, help="Processes that parse files.", default_factory=default_workers)
]
MetricName = Annotated[
    str,
    typer.Option(
        help="NAME, or a sum such as 10*grid-emd+composition-emd; "
        "options in brackets: grid-emd(mode=binned,centers=Si)."
    ),
]
DisorderChoice = Annotated[
    str,
    typer.Option(
        "--disorder",
        help="Partial occupancy: refuse, weights (keep them), ordered (approximate), drop-guests.",
    ),
]
