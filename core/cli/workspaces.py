"""`workspace list`, `save`, `export`, `import`, `rename`, `remove`: crystals that are kept.

`workspace:NAME` then stands wherever a path does.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.app import workspace_app
from core.cli.console import (
    count,
    list_failures,
    plain_text,
    progress,
    put,
    put_json,
    require_crystals,
    say,
)
from core.cli.options import Json, Paths, Workers
from core.cli.outputs import output_path
from core.cli.session import session
from core.errors import InvalidSpecError

if TYPE_CHECKING:
    from core.store.workspaces import Store

Name = Annotated[
    str, typer.Argument(help="Name of a workspace, as `workspace list` prints it.", metavar="NAME")
]
Replace = Annotated[
    bool, typer.Option("--replace", help="Take the place of a workspace of that name.")
]


def _name(text: str) -> str:
    return text.removeprefix("workspace:")


@workspace_app.command("list")
def list_workspaces(json: Json = False) -> None:
    """List the workspaces with the models they keep, the one last changed first."""
    with session("workspace list"):
        from core.models.kept import kept_models
        from core.store.workspaces import open_store

        with open_store() as store:
            found = store.workspaces()
            models = {i.name: kept_models(store.workspace(i.name)) for i in found}
        if json:
            put_json([
                {"name": i.name, "n_crystals": i.n_crystals, "n_failures": i.n_failures,
                 "created": _time(i.created), "changed": _time(i.touched), "notes": dict(i.notes),
                 "models": [asdict(model) for model in models[i.name]]}
                for i in found
            ])  # fmt: skip
            return
        for info in found:
            put(f"workspace:{plain_text(info.name)}  {count(info.n_crystals, 'crystal')}, "
                f"changed {_time(info.touched)}")  # fmt: skip
            for model in models[info.name]:
                put(f"  workspace:{plain_text(info.name)}#{plain_text(str(model))}")
        if not found:
            say("There is no workspace yet: `workspace save PATHS... --name NAME` makes one.")


def _records(paths: Sequence[str], store: Store) -> list[str]:
    """What is on record of the embedded sets and workspaces among the paths."""
    from core.data import EMBEDDED
    from core.data.loading import EMBEDDED_PREFIX, embedded_record
    from core.library.kept import WORKSPACE, record_of

    lines: list[str] = []
    for name in dict.fromkeys(path.partition("#")[0] for path in paths):
        if name.startswith(EMBEDDED_PREFIX):
            lines.append(embedded_record(EMBEDDED[name.removeprefix(EMBEDDED_PREFIX)]))
        elif name.startswith(WORKSPACE):
            lines += record_of(store.workspace(name.removeprefix(WORKSPACE)).info)
    return lines


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


@workspace_app.command("save")
def save(
    paths: Paths,
    workers: Workers,
    name: Annotated[str, typer.Option("-n", "--name", help="Name of the workspace.")],
    replace: Replace = False,
) -> None:
    """Read files, examine the crystals and keep all of it as a workspace."""
    with session("workspace save") as should_stop:
        from core.jobs.inputs import load
        from core.store.workspaces import checked_name, open_store

        name = checked_name(_name(name))  # before any file is read
        with progress() as report:
            found = load(
                paths, workers=workers, examine=True, on_progress=report, should_stop=should_stop
            )
            require_crystals(len(found.crystals), found.failures)
            with open_store() as store:
                store.save(
                    name, found, notes={"source": "command line", "paths": list(paths),
                                        "decisions": [*_records(paths, store), *found.records]},
                    replace=replace, on_progress=report, should_stop=should_stop,
                )  # fmt: skip
        list_failures(found.failures)
        say(f"workspace:{plain_text(name)}: {_counts(len(found.crystals), len(found.failures))}.")


@workspace_app.command("export")
def export(
    name: Name,
    output: Annotated[
        str, typer.Option("-o", "--output", help="File to write: .zip.", metavar="FILE")
    ],
) -> None:
    """Write a workspace with everything it holds to one zip."""
    with session("workspace export") as should_stop:
        from core.store.workspaces import open_store

        path = output_path(output, (".zip",))
        with open_store() as store, progress() as report:
            workspace = store.workspace(_name(name))
            workspace.export(path, on_progress=report, should_stop=should_stop)
            info = workspace.info
        say(f"{path}: {_counts(info.n_crystals, info.n_failures)}.")


@workspace_app.command("import")
def import_workspace(
    path: Annotated[
        Path, typer.Argument(help="Zip that `workspace export` wrote.", metavar="FILE")
    ],
    name: Annotated[
        str, typer.Option("-n", "--name", help="Another name than the exported one.")
    ] = "",
    replace: Replace = False,
) -> None:
    """Take a workspace from a zip, whole or not at all."""
    with session("workspace import") as should_stop:
        from core.store.workspaces import open_store

        options: dict[str, Any] = {"name": _name(name), "replace": replace}
        with open_store() as store, progress() as report:
            workspace = store.import_(path, on_progress=report, should_stop=should_stop, **options)
            info = workspace.info
        say(f"workspace:{plain_text(info.name)}: {_counts(info.n_crystals, info.n_failures)}.")


@workspace_app.command("rename")
def rename(
    name: Name, new: Annotated[str, typer.Argument(help="The new name.", metavar="NEW")]
) -> None:
    """Give a workspace another name."""
    with session("workspace rename"):
        from core.store.workspaces import open_store

        with open_store() as store:
            store.rename(_name(name), _name(new))
        say(f"workspace:{plain_text(_name(new))}.")


@workspace_app.command("remove")
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a workspace with everything it holds."""
    with session("workspace remove"):
        from core.store.workspaces import open_store

        with open_store() as store:
            info = store.workspace(_name(name)).info
            if not yes:
                _confirm(f"Remove {plain_text(info.name)} with {count(info.n_crystals, 'crystal')}")
            store.remove(info.name)
        say(f"workspace:{plain_text(info.name)} is removed.")


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise InvalidSpecError("Nobody is there to be asked.", hint="Add --yes to remove it.")
    if not typer.confirm(f"{question}?", err=True):
        raise typer.Exit(1)


def _counts(crystals: int, failures: int) -> str:
    told = count(crystals, "crystal")
    return f"{told}, {count(failures, 'failure')}" if failures else told
