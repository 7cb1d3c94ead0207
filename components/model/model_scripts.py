"""How scripts of the section Model get their crystals: just those at hand, with their properties.

The files that a user brought say nothing of the tables joined to them, nor of what was left out
since: then the library goes along as one file that holds it all.
"""

from __future__ import annotations

from components import snippets
from core.data.public import PUBLIC
from core.library import Library
from core.library.library import EMBEDDED

LIBRARY_FILE = "gridscope-library.json"  # as the page Library exports it


def load(library: Library) -> str:
    """Lines that make `crystals`, id -> crystal."""
    return own() if needs_file(library) else snippets.load(library)


def needs_file(library: Library) -> bool:
    """Whether only a file holds the crystals as they are at hand."""
    if library.source.startswith(EMBEDDED):
        return bool(library.decisions)
    # The record of a public set opens with what it is; anything more was decided here.
    return not library.source.startswith(PUBLIC) or len(library.decisions) > 1


def own() -> str:
    """The same for crystals of a user's own."""
    return (
        "from core.io import read\n"
        "# The page Library, Export, pymatgen JSON: crystals with all their properties.\n"
        f"crystals = {{c.id: c for c in read([{LIBRARY_FILE!r}]).crystals}}\n"
    )
