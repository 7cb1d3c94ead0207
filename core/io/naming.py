"""Unique ids: the material's own id, else the file's name, else the block's."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from core.types import Finding

_SUFFIXES = (".gz", ".bz2", ".xz", ".json", ".cif", ".mcif", ".extxyz", ".xyz", ".vasp", ".lmp",
             ".lammps", ".data", ".lmpdat", ".poscar", ".csv", ".txt")  # fmt: skip
_NAMELESS = frozenset({"poscar", "contcar", "xdatcar"})


def file_id(name: str) -> str:
    """The file's name without folder and known endings; a bare `POSCAR` is called by its folder."""
    path = PurePosixPath(name.replace("\\", "/"))
    stem = path.name
    while stem.lower().endswith(_SUFFIXES):
        stem = stem.rsplit(".", 1)[0]
    if stem.lower() in _NAMELESS and path.parent.name:
        stem = f"{path.parent.name}-{stem}"
    return clean(stem) or "crystal"


def clean(text: str) -> str:
    """Text fit for an id: no control characters, at most 120 characters."""
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()[:120]


def wanted_id(file_name: str, name: str, own_id: bool) -> str:
    """The id a crystal asks for: its own, the file's, or `file-block` for one of several."""
    name = clean(name)
    if own_id and name:
        return name
    stem = file_id(file_name)
    return f"{stem}-{name}" if name and name != stem else stem


def source_of(file_name: str, name: str) -> str:
    """`file#block`, or the file alone."""
    return f"{file_name}#{clean(name)}" if name else file_name


class Namer:
    """Hands out ids that are unique within a report."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def claim(self, wanted: str) -> tuple[str, tuple[Finding, ...]]:
        """A free id as near to the wanted one as can be, and a finding when it differs."""
        if wanted not in self._taken:
            self._taken.add(wanted)
            return wanted, ()
        number = self._next.get(wanted, 2)
        while f"{wanted}-{number}" in self._taken:
            number += 1
        self._next[wanted] = number + 1
        given = f"{wanted}-{number}"
        self._taken.add(given)
        message = f"The id {wanted!r} was taken; this one is {given!r}."
        return given, (Finding("renamed", message, "info", repaired=True),)
