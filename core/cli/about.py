"""`methods`: formula, options, reference and limits of everything offered."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.app import app
from core.cli.console import put, say
from core.cli.session import session


@app.command()
def methods(
    bibtex: Annotated[
        bool, typer.Option("--bibtex", help="Give the works to cite as BibTeX instead.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write.", metavar="FILE")
    ] = None,
) -> None:
    """Describe every descriptor, distance and embedded data set, as Markdown."""
    from core.io.replace import replacing
    from core.methods import markdown, references

    with session("methods"):
        text = references() if bibtex else markdown()
        if output is None:
            put(text.rstrip("\n"))
            return
        with replacing(output.absolute()) as path:
            path.write_text(text, "utf-8")
        say(f"{output} written.")
