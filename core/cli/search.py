"""`search`: crystals from live sources into a file, with the record of what was asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from core.cli.app import search_app
from core.cli.console import (
    count,
    failure_row,
    list_failures,
    plain_text,
    progress,
    put,
    put_json,
    say,
)
from core.cli.options import Json, Output, Workers
from core.cli.outputs import output_path
from core.cli.session import session
from core.io.replace import replacing
from core.sources.gather import Answer, SearchReport

_KINDS = {".zip": "cif", ".json": "json", ".extxyz": "extxyz", ".csv": "csv"}

Most = Annotated[int, typer.Option("--most", min=1, max=10_000, help="Structures at most.")]
Seconds = Annotated[
    float,
    typer.Option("--timeout", min=1, max=300, help="Seconds for each reply of a server."),
]


@search_app.command("providers")
def providers(json: Json = False) -> None:
    """List the OPTIMADE providers that are known by name; any other is asked by its base URL."""
    from core.sources.providers import offered

    with session("search providers"):
        known = offered().values()
        if json:
            put_json([{"name": p.key, "title": p.title, "url": p.url} for p in known])
            return
        for p in known:
            put(f"{p.key:<20} {p.title}\n{'':<20} {p.url}")


@search_app.command("optimade")
def optimade(
    output: Output,
    workers: Workers,
    text: Annotated[
        str,
        typer.Argument(
            help='Filter of OPTIMADE, such as \'elements HAS ALL "Si","O" AND nelements=2\'; '
            "none for everything.",
            metavar="FILTER",
            show_default=False,
        ),
    ] = "",
    provider: Annotated[
        list[str] | None,
        typer.Option(
            "--provider",
            "-p",
            metavar="NAME",
            help="A name of `search providers`, or a base URL; repeat it to ask several. "
            "Without it: mp.",
        ),
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(help="Property of a provider to fetch too, such as _mp_...", metavar="NAME"),
    ] = None,
    most: Most = 500,
    timeout: Seconds = 30.0,
    json: Json = False,
) -> None:
    """Ask OPTIMADE providers at once and write what they hold: CIFs and provenance in a .zip,
    or .json (pymatgen), .extxyz, .csv with the provenance beside.
    """
    from core.library.live import OPTIMADE
    from core.sources.optimade import OptimadeQuery, describe, search_optimade

    with session("search optimade") as should_stop:
        query = OptimadeQuery(
            providers=tuple(provider or ("mp",)), filter=text, fields=tuple(field or ()),
            max_results=most, seconds=timeout,
        )  # fmt: skip

        def ask(**options: Any) -> SearchReport:
            return search_optimade(query, workers=workers, should_stop=should_stop, **options)

        _search(ask, output, describe(query), OPTIMADE, json)


@search_app.command("mp")
def materials_project(
    output: Output,
    workers: Workers,
    chemsys: Annotated[
        list[str] | None,
        typer.Option(help="Chemical system, such as Si-O or Li-*; repeat for others."),
    ] = None,
    elements: Annotated[
        str, typer.Option(help="Elements that must all be there: Si,O", show_default=False)
    ] = "",
    formula: Annotated[
        list[str] | None, typer.Option(help="Formula, such as SiO2; repeat for others.")
    ] = None,
    material: Annotated[
        list[str] | None,
        typer.Option("--id", help="Material, such as mp-149; repeat for others."),
    ] = None,
    hull: Annotated[
        float,
        typer.Option(
            "--above-hull", help="Energy above the hull at most, eV/atom; negative for any."
        ),
    ] = -1.0,
    most: Most = 500,
    timeout: Seconds = 30.0,
    json: Json = False,
) -> None:
    """Ask the Materials Project; its key is read from MP_API_KEY, and from nowhere else."""
    from core.library.live import MATERIALS_PROJECT
    from core.sources.materials_project import MPQuery, require_key, search_materials_project

    with session("search mp") as should_stop:
        query = MPQuery(
            chemsys=tuple(chemsys or ()), formula=tuple(formula or ()), ids=tuple(material or ()),
            elements=tuple(filter(None, elements.replace(",", " ").split())),
            most_above_hull=hull, max_results=most, seconds=timeout,
        )  # fmt: skip
        require_key()

        def ask(**options: Any) -> SearchReport:
            return search_materials_project(
                query, workers=workers, should_stop=should_stop, **options
            )

        _search(ask, output, f"Materials Project ({query.words()})", MATERIALS_PROJECT, json)


def _search(
    ask: Callable[..., SearchReport], output: str, name: str, source: str, json: bool
) -> None:
    """Ask, say what came of each source, write the file. Leaves with 1 when nothing came."""
    path = output_path(output, tuple(_KINDS))
    with progress() as report:
        found = ask(on_progress=report)
    bad = [f for f in found.failures if f.stage != "query"]
    written = _write(path, found, name, source) if found.crystals else []
    if json:
        put_json({
            "answers": [_answer_row(a) for a in found.answers],
            "failures": [failure_row(f) for f in found.failures],
            "n_crystals": len(found.crystals), "files": [str(p) for p in written],
        })  # fmt: skip
    for answer in found.answers:
        say(plain_text(_outcome(answer)))
    hints = {f.hint for f in found.failures if f.stage == "query" and f.hint}
    for hint in sorted(hints):
        say(f"  -> {plain_text(hint)}")
    list_failures(bad)
    if not found.crystals:
        say("No crystals came; nothing was written.")
        raise typer.Exit(1)
    say(f"{', '.join(map(str, written))}: {count(len(found.crystals), 'crystal')}, "
        f"{count(len(bad), 'failure')}.")  # fmt: skip


def _write(path: Path, found: SearchReport, name: str, source: str) -> list[Path]:
    """The crystals; the record is inside a zip, else in a file beside."""
    from core.library.export import EXPORTS, provenance
    from core.library.live import live_library

    library = live_library(found, name, source)
    kind = _KINDS[path.suffix]
    beside = path.with_name(f"{path.name}.provenance.json")
    with replacing(path) as temporary:
        temporary.write_bytes(EXPORTS[kind].make(library))
        if kind != "cif":
            with replacing(beside) as record:
                record.write_text(provenance(library), "utf-8")
    return [path] if kind == "cif" else [path, beside]


def _outcome(answer: Answer) -> str:
    of = "" if answer.n_matching is None else f" of {answer.n_matching:,} matching"
    came = f"{answer.n_received:,}{of} in {answer.seconds:.1f} s"
    return f"{answer.name}: {came}" + (f"; {answer.fault}" if answer.fault else "")


def _answer_row(answer: Answer) -> dict[str, Any]:
    return {
        "name": answer.name, "url": answer.url, "query": answer.query, "created": answer.created,
        "n_received": answer.n_received, "n_matching": answer.n_matching,
        "seconds": answer.seconds, "fault": answer.fault,
    }  # fmt: skip
