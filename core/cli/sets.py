"""`data list`, `data show`, `data fetch`: embedded and public data sets."""

from __future__ import annotations

import textwrap
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.app import data_app
from core.cli.console import count, plain_text, progress, put, put_json, say
from core.cli.options import Json
from core.cli.session import session
from core.errors import InvalidSpecError, UnknownNameError

if TYPE_CHECKING:
    from core.data.base import EmbeddedSet
    from core.data.public import PublicSet

_WIDTH = 96
_EMBEDDED = "embedded:"

Name = Annotated[
    str, typer.Argument(help="Name of a set, as `data list` prints it.", metavar="NAME")
]


def find_set(text: str) -> EmbeddedSet | PublicSet:
    """The set of that name; without `embedded:` or `public:` in front, whichever has it.

    Raises: UnknownNameError.
    """
    from core.data import EMBEDDED
    from core.data.public import PUBLIC, PUBLIC_SETS

    if text.startswith(PUBLIC):
        return PUBLIC_SETS[text.removeprefix(PUBLIC)]
    if text.startswith(_EMBEDDED):
        return EMBEDDED[text.removeprefix(_EMBEDDED)]
    if text in EMBEDDED:
        return EMBEDDED[text]
    if text in PUBLIC_SETS:
        return PUBLIC_SETS[text]
    near = get_close_matches(text, [*EMBEDDED, *PUBLIC_SETS], n=1)
    guess = f"Did you mean {near[0]!r}? " if near else ""
    raise UnknownNameError(
        f"There is no data set {text[:80]!r}, embedded or public.",
        hint=f"{guess}`data list` names them.",
    )


@data_app.command("list")
def list_sets(json: Json = False) -> None:
    """List the sets that come with Gridscope and the public ones that can be downloaded."""
    with session("data list"):
        from core.data import EMBEDDED
        from core.data.public import PUBLIC_SETS

        if json:
            put_json(
                [*map(_embedded_row, EMBEDDED.values()), *map(_public_row, PUBLIC_SETS.values())]
            )
            return
        for about in EMBEDDED.values():
            row = _embedded_row(about)
            put(f"embedded:{about.key}  {row['n_crystals']:,} crystals\n  {row['summary']}")
            put(f"  source: {row['source']}\n  licence: {row['licence']}")
        for entry in PUBLIC_SETS.values():
            row = _public_row(entry)
            where = "is here" if row["here"] else f"{entry.size / 1e6:.1f} MB to download"
            put(f"public:{entry.key}  {_amount(entry)}, {where}\n  {entry.summary}")
            put(f"  licence: {entry.licence}")


@data_app.command("show")
def show(name: Name, json: Json = False) -> None:
    """Show a set's card before anything is loaded: licence, works to cite, columns with units,
    limits, files.
    """
    with session("data show"):
        from core.data.public import PublicSet

        entry = find_set(name)
        row = _public_row(entry) if isinstance(entry, PublicSet) else _embedded_row(entry)
        if json:
            put_json(row)
            return
        put(f"{row['title']}\n")
        for label in ("summary", "source", "licence", "limits"):
            if row[label]:
                text = row[label] if label == "summary" else f"{label.capitalize()}: {row[label]}"
                put(textwrap.fill(text, _WIDTH))
        about = entry if isinstance(entry, PublicSet) else entry.card
        put("\nColumns" if about.properties else "\nNo columns.")
        for quantity in about.properties:
            put(f"  {quantity.key:<36} {quantity.axis_title}")
        if isinstance(entry, PublicSet):
            put(f"\n{_amount(entry)} in {count(len(entry.files), 'file')}, {entry.size:,} bytes")
            put(f"  {entry.address}\n  SHA-256 {entry.sha256}")
            put("  They are here already." if row["here"] else "  They are not here yet.")
        put(f"\n{about.bibtex}")


@data_app.command("fetch")
def fetch_sets(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Names of public sets.", metavar="NAMES...", show_default=False),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All public sets.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Download anew what is here already.")
    ] = False,
) -> None:
    """Download public sets and verify them; later uses need no network. What broke off is gone on
    with.
    """
    with session("data fetch") as should_stop:
        from core.data import EMBEDDED
        from core.data.fetch import cache_folder, fetch, forget
        from core.data.public import PUBLIC_SETS, public_name

        if everything == bool(names):
            raise InvalidSpecError(
                "Name the sets to download, or give --all.", hint="`data list` names them."
            )
        for name in names or ():
            if name.removeprefix(_EMBEDDED) in EMBEDDED:
                raise InvalidSpecError(
                    f"{name!r} comes with Gridscope.", hint="It needs no download."
                )
        entries = [PUBLIC_SETS[public_name(name)] for name in names or PUBLIC_SETS]
        for entry in entries:
            if again:
                forget(entry)
            with progress() as report:
                deposit = fetch(entry, on_progress=report, should_stop=should_stop)
            n_bytes = sum(len(raw.data) for raw in deposit.files)
            told = {"network": f"downloaded to {cache_folder()}", "mirror": "in the mirror",
                    "cache": f"in {cache_folder()}"}[deposit.origin]  # fmt: skip
            files = count(len(deposit.files), "file")
            say(plain_text(f"public:{entry.key}: {files}, {n_bytes:,} bytes verified, {told}."))


def _amount(entry: PublicSet) -> str:
    what = "crystals" if entry.holds == "crystals" else "rows without structures"
    return f"{entry.rows:,} {what}" if entry.rows != 1 else "1 crystal"


def _embedded_row(entry: EmbeddedSet) -> dict[str, Any]:
    about = entry.card
    return {
        "kind": "embedded", "name": entry.key, "title": about.title, "holds": "crystals",
        "n_crystals": about.n_crystals, "properties": {q.key: q.unit for q in about.properties},
        "source": about.source, "licence": about.licence, "dois": list(about.dois),
        "bibtex": about.bibtex, "summary": about.summary, "limits": about.limits,
    }  # fmt: skip


def _public_row(entry: PublicSet) -> dict[str, Any]:
    from core.data.fetch import is_here

    n_crystals = entry.rows if entry.holds == "crystals" else 0
    return {
        "kind": "public", "name": entry.key, "title": entry.title, "holds": entry.holds,
        "n_crystals": n_crystals, "n_rows": entry.rows,
        "properties": {q.key: q.unit for q in entry.properties}, "columns": dict(entry.columns),
        "source": entry.source, "licence": entry.licence, "dois": list(entry.dois),
        "bibtex": entry.bibtex, "summary": entry.summary, "limits": entry.limits,
        "bytes": entry.size, "sha256": entry.sha256, "here": is_here(entry),
        "files": [{"path": f.path, "address": f.address, "sha256": f.sha256, "bytes": f.size}
                  for f in entry.files],
    }  # fmt: skip
