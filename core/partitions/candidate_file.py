"""The file that the command `candidates` writes, as a source: crystals are built when read."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path

import numpy as np

from core.errors import InputError
from core.hashing import array_digest, mapping_digest
from core.models.inputs import require_unique
from core.partitions.crystals import to_table
from core.partitions.sources import Part
from core.screening.candidates import Candidates

SUFFIX = ".npz"
CARRIED = ("substitution_probability",)


class CandidateFile:
    """Candidates as templates and what replaces their elements.

    Raises: InputError, SchemaError when the file holds none.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.label = path, str(path)
        try:
            with np.load(path, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise InputError(f"{str(path)!r} can't be read: {error}.") from error
        self._candidates = Candidates.from_arrays(arrays)
        require_unique(self._candidates.ids)

    @cached_property
    def digest(self) -> str:
        """Of the candidates alone: made again by the same request they are the same."""
        arrays = self._candidates.arrays()
        return mapping_digest({name: array_digest(arrays[name]) for name in sorted(arrays)})

    def __len__(self) -> int:
        return len(self._candidates)

    def parts(self, size: int, wanted: Collection[int]) -> Iterator[Part]:
        """Candidates in their order, the likeliest first."""
        for number in sorted(wanted):
            rows = range(number * size, min(len(self), (number + 1) * size))
            yield number, to_table([self._candidates.crystal(i) for i in rows], CARRIED)
