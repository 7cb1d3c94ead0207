"""`data export`: a set as a folder of files, with its card and provenance."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core import __version__
from core.cli.app import data_app
from core.cli.console import count, list_failures, progress, say
from core.cli.options import Workers
from core.cli.session import session
from core.cli.sets import Name, find_set
from core.errors import InvalidSpecError
from core.io.replace import replacing
from core.types import Crystal, Failure, ShouldStop

if TYPE_CHECKING:
    from core.data import DataCard
    from core.data.public import PublicSet

_FILE_SAFE = "-_.~+"


@data_app.command("export")
def export(
    name: Name,
    workers: Workers,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Folder to write: new, or empty.", metavar="DIR")
    ],
) -> None:
    """Write a set as CIF files with a table of properties (or as a table alone where it has no
    structures), with its card, works to cite and provenance. A public set is downloaded first.
    """
    with session("data export") as should_stop:
        from core.data.loading import embedded_citation, embedded_record
        from core.data.public import PublicSet

        entry = find_set(name)
        if output.exists() and (not output.is_dir() or any(output.iterdir())):
            raise InvalidSpecError(f"{str(output)!r} exists already.", hint="Name a new folder.")
        if not output.absolute().parent.is_dir():
            raise InvalidSpecError(
                f"The folder {str(output.parent)!r} does not exist.", hint="Create it first."
            )
        if isinstance(entry, PublicSet):
            _export_public(entry, output, workers, should_stop)
            return
        crystals = entry.load()
        with replacing(output.absolute()) as folder:
            folder.mkdir()
            _write_crystals(folder, crystals)
            told = {"decisions": [embedded_record(entry)],
                    "embedded_sets": [embedded_citation(entry)]}  # fmt: skip
            _write_about(folder, entry.card, told)
        say(f"{output}: {count(len(crystals), 'crystal')}.")


def _export_public(entry: PublicSet, output: Path, workers: int, should_stop: ShouldStop) -> None:
    from core.data.loading import citation_record, load_public

    with progress() as report:
        found = load_public(entry.key, workers=workers, on_progress=report, should_stop=should_stop)
    with replacing(output.absolute()) as folder:
        folder.mkdir()
        if found.table is None:
            _write_crystals(folder, found.crystals)
        else:
            (folder / "table.csv").write_text(found.table.to_csv(), "utf-8", newline="")
        told = {"decisions": [found.record], "public_sets": [citation_record(entry)]}
        _write_about(folder, entry, told, found.failures)
    list_failures(found.failures)
    if found.table is None:
        say(f"{output}: {count(len(found.crystals), 'crystal')}.")
    else:
        say(f"{output}: {count(len(found.table), 'row')}.")


def _write_about(
    folder: Path, about: DataCard | PublicSet, told: Mapping[str, Any],
    failures: Sequence[Failure] = (),
) -> None:  # fmt: skip
    """Card, works to cite, and provenance."""
    content = {
        **told,
        "failures": [{"id": f.id, "code": f.code, "message": f.message} for f in failures],
        "gridscope": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    (folder / "CARD.md").write_text(_card_text(about), "utf-8")
    (folder / "references.bib").write_text(about.bibtex + "\n", "utf-8")
    text = json.dumps(content, indent=2, ensure_ascii=False)
    (folder / "provenance.json").write_text(text, "utf-8")


def _write_crystals(folder: Path, crystals: Sequence[Crystal]) -> None:
    from core.io.write import to_cif

    for crystal in crystals:
        (folder / f"{_file_name(crystal.id)}.cif").write_text(to_cif(crystal), "utf-8")
    (folder / "properties.csv").write_text(_table(crystals), "utf-8", newline="")


def _card_text(about: DataCard | PublicSet) -> str:
    return (
        f"# {about.title}\n\n{about.summary}\n\nSource: {about.source}\n\n"
        f"Licence: {about.licence}\n\nLimits: {about.limits}\n\n"
        f"```bibtex\n{about.bibtex}\n```\n"
    )


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in _FILE_SAFE else "_" for c in name)


def _table(crystals: Sequence[Crystal]) -> str:
    keys = sorted({key for crystal in crystals for key in crystal.properties})
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["id", "formula", *keys])
    for crystal in crystals:
        writer.writerow(
            [crystal.id, crystal.formula, *(crystal.properties.get(key, "") for key in keys)]
        )
    return stream.getvalue()
