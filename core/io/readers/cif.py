"""CIF and magnetic CIF: one or many blocks, through the CIF doctor."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.config import ParseLimits
from core.io.draft import Draft, Enclosed, Refusal
from core.io.readers.base import READERS, Reader
from core.types import RawFile


def looks_like_cif(head: str) -> bool:
    """A block, a loop or a cell."""
    return re.search(r"^\s*(data[_ \t]\S|loop_\s|_cell_length_a\b)", head, re.M | re.I) is not None


def read_cif(raw: RawFile, limits: ParseLimits) -> Iterator[Draft | Enclosed | Refusal]:
    """Yields one item for each block that holds a crystal or should. Raises: InputError."""
    from core.io.cif.blocks import read_blocks

    yield from read_blocks(raw, limits)


READERS.register(
    Reader(
        key="cif",
        label="CIF",
        patterns=("*.cif", "*.mcif"),
        looks_like=looks_like_cif,
        read=read_cif,
        trusted=False,
    )
)
