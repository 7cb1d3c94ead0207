"""`data list` and `data export`: the embedded data sets."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.app import data_app
from core.cli.console import count, put, put_json, say
from core.cli.options import Json
from core.cli.session import session
from core.errors import InvalidSpecError
from core.io.replace import replacing
from core.types import Crystal

if TYPE_CHECKING:
    from core.data import DataCard

_FILE_SAFE = "-_.~+"


@data_app.command("list")
def list_sets(json: Json = False) -> None:
    """List the data sets that come with Gridscope."""
    from core.data import EMBEDDED, card

    with session("data list"):
        rows = []
        for name in EMBEDDED:
            about = card(name)
            rows.append({
                "name": name, "title": about.title, "n_crystals": about.n_crystals,
                "properties": {q.key: q.unit for q in about.properties},
                "source": about.source, "licence": about.licence, "dois": list(about.dois),
                "summary": about.summary, "limits": about.limits,
            })  # fmt: skip
        if json:
            put_json(rows)
            return
        for row in rows:
            put(f"embedded:{row['name']}  {row['n_crystals']} crystals\n  {row['summary']}")
            put(f"  source: {row['source']}\n  licence: {row['licence']}")


@data_app.command("export")
def export(
    name: Annotated[
        str, typer.Argument(help="Name of a set, as `data list` prints it.", metavar="NAME")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Folder to write: new, or empty.", metavar="DIR")
    ],
) -> None:
    """Write a data set as CIF files, a table of properties and its card."""
    from core.data import card, load_embedded
    from core.io.write import to_cif

    with session("data export"):
        crystals = load_embedded(name.removeprefix("embedded:"))
        about = card(name.removeprefix("embedded:"))
        if output.exists() and (not output.is_dir() or any(output.iterdir())):
            raise InvalidSpecError(f"{str(output)!r} exists already.", hint="Name a new folder.")
        if not output.absolute().parent.is_dir():
            raise InvalidSpecError(
                f"The folder {str(output.parent)!r} does not exist.", hint="Create it first."
            )
        with replacing(output.absolute()) as folder:
            folder.mkdir()
            for crystal in crystals:
                (folder / f"{_file_name(crystal.id)}.cif").write_text(to_cif(crystal), "utf-8")
            (folder / "properties.csv").write_text(_table(crystals), "utf-8", newline="")
            (folder / "CARD.md").write_text(_card_text(about), "utf-8")
        say(f"{output}: {count(len(crystals), 'crystal')}.")


def _card_text(about: DataCard) -> str:
    return (
        f"# {about.title}\n\n{about.summary}\n\nSource: {about.source}\n\n"
        f"Licence: {about.licence}\n\nLimits: {about.limits}\n\n"
        f"```bibtex\n{about.bibtex}\n```\n"
    )


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in _FILE_SAFE else "_" for c in name)


def _table(crystals: tuple[Crystal, ...]) -> str:
    keys = sorted({key for crystal in crystals for key in crystal.properties})
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["id", "formula", *keys])
    for crystal in crystals:
        writer.writerow(
            [crystal.id, crystal.formula, *(crystal.properties.get(key, "") for key in keys)]
        )
    return stream.getvalue()
