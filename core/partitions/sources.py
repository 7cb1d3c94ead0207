"""Where the crystals of a run come from, read a partition at a time.

| source | holds |
|---|---|
| `Crystals` | crystals in memory |
| `ParquetFile` | rows as `core.partitions.crystals` describes them |
| `JsonLines` | a record in each line |
| `Workspace` | what a workspace keeps |
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from core.errors import InputError, SchemaError
from core.hashing import bytes_digest
from core.models.inputs import require_unique
from core.partitions.crystals import JSON, OWN, check_columns, id_of_line, to_table
from core.store.chunks import chunks
from core.types import Crystal

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 2**20
Part = tuple[int, "pa.Table"]


class Source(Protocol):
    """Crystals in a fixed order.

    Attributes:
        label: words for provenance.
        digest: of ids and structures, in order.
    """

    @property
    def label(self) -> str: ...

    @property
    def digest(self) -> str: ...

    def __len__(self) -> int: ...

    def parts(self, size: int, wanted: Collection[int]) -> Iterator[Part]:
        """Those of the partitions of `size` rows that are wanted, with their numbers, in order."""
        ...


class Crystals:
    """Crystals in memory.

    Args:
        carry: keys of numeric properties that go along.

    Raises: SchemaError for an id that occurs twice.
    """

    def __init__(
        self, crystals: Sequence[Crystal], *, carry: Sequence[str] = (), label: str = "crystals"
    ) -> None:
        require_unique([c.id for c in crystals])
        self._crystals = crystals
        self._carry = tuple(carry)
        self.label = label

    @cached_property
    def digest(self) -> str:
        lines = (f"{c.id}\0{c.digest}" for c in self._crystals)
        return bytes_digest("\n".join((*self._carry, *lines)).encode())

    def __len__(self) -> int:
        return len(self._crystals)

    def parts(self, size: int, wanted: Collection[int]) -> Iterator[Part]:
        """Slices of the sequence."""
        for number in sorted(wanted):
            rows = self._crystals[number * size : (number + 1) * size]
            yield number, to_table(rows, self._carry)


class ParquetFile:
    """A parquet file of crystals. Raises: InputError, SchemaError when it is none."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        self.path, self.label = path, str(path)
        try:
            with pq.ParquetFile(path) as file:
                self._names = [n for n in file.schema_arrow.names if _goes_along(file, n)]
                check_columns(self._names)
                ids = file.read(columns=["id"]).column("id")
        except (OSError, pa.ArrowInvalid) as error:
            raise InputError(
                f"{str(path)!r} can't be read as parquet: {str(error).splitlines()[0]}."
            ) from error
        self._length = len(ids)
        if pc.count_distinct(ids, mode="all").as_py() < len(ids):
            require_unique(ids.to_pylist())

    @cached_property
    def digest(self) -> str:
        return _file_digest(self.path)

    def __len__(self) -> int:
        return self._length

    def parts(self, size: int, wanted: Collection[int]) -> Iterator[Part]:
        """Rows as they lie in the file, whatever its row groups."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        left, number, held = set(wanted), 0, 0
        pieces: list[pa.RecordBatch] = []
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(size, columns=self._names):
                at = 0
                while at < len(batch):
                    piece = batch.slice(at, size - held)
                    pieces.append(piece)
                    at, held = at + len(piece), held + len(piece)
                    if held == size:
                        if number in left:
                            yield number, pa.Table.from_batches(pieces).combine_chunks()
                            left.discard(number)
                        pieces, held, number = [], 0, number + 1
                if not left:
                    return
        if pieces and number in left:
            yield number, pa.Table.from_batches(pieces).combine_chunks()


def _goes_along(file: object, name: str) -> bool:
    """Whether a column is part of the crystal, or a number known of it."""
    import pyarrow as pa

    kind = file.schema_arrow.field(name).type  # type: ignore[attr-defined]
    return name in (*OWN, JSON) or pa.types.is_floating(kind) or pa.types.is_integer(kind)


class JsonLines:
    """A record in each line; empty lines count for nothing. Raises: InputError, SchemaError."""

    def __init__(self, path: Path) -> None:
        self.path, self.label = path, str(path)
        try:
            self._ids = [id_of_line(text, row) for row, text in enumerate(self._lines())]
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{str(path)!r} can't be read: {error}.") from error
        require_unique(self._ids)

    @cached_property
    def digest(self) -> str:
        return _file_digest(self.path)

    def __len__(self) -> int:
        return len(self._ids)

    def parts(self, size: int, wanted: Collection[int]) -> Iterator[Part]:
        """Lines as they are; workers read them."""
        import pyarrow as pa

        for number, lines in enumerate(chunks(self._lines(), size)):
            if number in wanted:
                ids = self._ids[number * size : number * size + len(lines)]
                yield number, pa.table({"id": ids, JSON: lines})

    def _lines(self) -> Iterator[str]:
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                if text := line.strip():
                    yield text


class Workspace:
    """What a workspace keeps. Raises: UnknownNameError, StoreUnavailableError."""

    def __init__(self, name: str, *, carry: Sequence[str] = ()) -> None:
        from core.store.workspaces import open_store

        self._name, self._carry, self.label = name, tuple(carry), f"workspace:{name}"
        digest = hashlib.sha256("\n".join(self._carry).encode())
        self._length = 0
        with open_store() as store:
            for crystal, _ in store.workspace(name).each():
                digest.update(f"{crystal.id}\0{crystal.digest}\n".encode())
                self._length += 1
        self.digest = digest.hexdigest()

    def __len__(self) -> int:
        return self._length

    def parts(self, size: int, wanted: Collection[int]) -> Iterator[Part]:
        """Crystals in the workspace's order."""
        from core.store.workspaces import open_store

        seen = 0
        with open_store() as store:
            crystals = (crystal for crystal, _ in store.workspace(self._name).each())
            for number, rows in enumerate(chunks(crystals, size)):
                seen += len(rows)
                if number in wanted:
                    yield number, to_table(rows, self._carry)
        if seen != self._length:
            raise SchemaError(f"{self.label} was changed while it was read.", hint="Run again.")


def _file_digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
