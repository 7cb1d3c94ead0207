"""Descriptors, matrices, tables and models of a workspace: rows that name files.

A result is found by a key, the digest of all that decides it: input, options, version of the
algorithm. Nothing is computed twice: a key that another workspace holds is taken from there, unless
it came with an import, whose keys are claims that nobody here has checked.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, delete, insert, select

from core.errors import InvalidSpecError, SchemaError, UnknownNameError
from core.hashing import mapping_digest
from core.store.blobs import Blob, Blobs, copy_file
from core.store.database import Database
from core.store.filling import changed, locked
from core.store.packing import plain
from core.store.schema import results as table

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = ("descriptor", "distance", "table", "model", "job")
_KEY = re.compile(r"[A-Za-z0-9._-]{1,128}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MAPPED = 2**20  # bytes from which on an array is mapped, not read


def result_key(kind: str, *, input_digest: str, spec: Mapping[str, Any], version: str) -> str:
    """Digest of what decides a result: crystals, options and version of the algorithm."""
    return mapping_digest({"kind": kind, "input": input_digest, "spec": dict(spec),
                           "version": version})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of a result without opening its files.

    Attributes:
        key: digest of what decides it.
        kind: one of `KINDS`.
        label: words shown for it.
        created: seconds since 1970.
        imported: whether it came with an import: nobody here has computed it, so a model of it
            must not be loaded by anything that could run code.
        spec: options and provenance.
        files: name -> file.
    """

    key: str
    kind: str
    label: str
    created: float
    imported: bool
    spec: Mapping[str, Any]
    files: Mapping[str, Blob]

    def __post_init__(self) -> None:
        _check(self.key, self.kind, self.files)

    @property
    def n_bytes(self) -> int:
        return sum(blob.n_bytes for blob in self.files.values())


class Results:
    """The results of one workspace."""

    def __init__(self, database: Database, blobs: Blobs, workspace_id: int) -> None:
        self._database = database
        self._blobs = blobs
        self._workspace_id = workspace_id

    def all(self, kind: str = "") -> list[Result]:
        """All results, or those of a kind, newest first."""
        query = select(table).where(table.c.workspace_id == self._workspace_id)
        query = query.order_by(table.c.created.desc(), table.c.key)
        with self._database.reading() as connection:
            found = [_result(row) for row in connection.execute(query)]
        return [result for result in found if kind in ("", result.kind)]

    def find(self, key: str) -> Result | None:
        """The result of this key, taken over from another workspace if need be; None without."""
        with self._database.reading() as connection:
            rows = connection.execute(select(table).where(table.c.key == key)).all()
        for row in rows:
            if row.workspace_id == self._workspace_id:
                return _result(row)
        for row in rows:
            if not row.imported:
                return self._take_over(_result(row))
        return None

    def _take_over(self, result: Result) -> Result | None:
        try:
            for blob in result.files.values():
                self._blobs.renew(blob)
        except SchemaError:
            return None  # gone: compute it again
        self.put(result)
        return result

    def save_arrays(
        self, key: str, arrays: Mapping[str, NDArray[Any]], *, kind: str, label: str = "",
        spec: Mapping[str, Any] | None = None,
    ) -> Result:  # fmt: skip
        """Keep named arrays. Raises: InvalidSpecError for arrays of Python objects."""
        files = {f"{name}.npy": _array_writer(name, array) for name, array in arrays.items()}
        return self._save(key, kind, label, spec, files)

    def save_table(
        self, key: str, content: pa.Table | Iterable[pa.RecordBatch], *, kind: str = "table",
        label: str = "", spec: Mapping[str, Any] | None = None,
    ) -> Result:  # fmt: skip
        """Keep a table, or its batches as they come, as `table.parquet`.

        Raises: InvalidSpecError for no batch at all.
        """
        writer = _table_writer(content)
        return self._save(key, kind, label, spec, {"table.parquet": writer})

    def save_files(
        self, key: str, files: Mapping[str, Path], *, kind: str, label: str = "",
        spec: Mapping[str, Any] | None = None,
    ) -> Result:  # fmt: skip
        """Keep copies of files as they are, such as a trained model."""
        writers = {name: _file_writer(path) for name, path in files.items()}
        return self._save(key, kind, label, spec, writers)

    def arrays(self, key: str) -> dict[str, NDArray[Any]]:
        """The arrays of a result, read-only; large ones are mapped.

        Raises: UnknownNameError; SchemaError when they are gone or damaged.
        """
        return {
            name.removesuffix(".npy"): _array(self._blobs.path(blob))
            for name, blob in self._known(key).files.items()
            if name.endswith(".npy")
        }

    def path(self, key: str, name: str = "table.parquet") -> Path:
        """A file of a result; not to be written to. Raises: UnknownNameError, SchemaError."""
        files = self._known(key).files
        if name not in files:
            raise UnknownNameError(f"The result holds no {name[:80]!r}.",
                                   hint="It holds " + ", ".join(files) + ".")  # fmt: skip
        return self._blobs.path(files[name])

    def remove(self, key: str) -> None:
        """Forget a result; its files go when no other result names them."""
        with self._database.writing() as connection:
            connection.execute(
                delete(table).where(table.c.workspace_id == self._workspace_id, table.c.key == key)
            )
            changed(connection, self._workspace_id)
        sweep(self._database, self._blobs)

    def put(self, result: Result) -> None:
        """Note a result whose files are in the store."""
        files = {n: [b.sha256, b.n_bytes, b.suffix] for n, b in result.files.items()}
        values = {
            "workspace_id": self._workspace_id, "key": result.key, "kind": result.kind,
            "label": result.label, "created": result.created, "imported": result.imported,
            "spec": json.dumps(dict(result.spec), default=plain), "files": json.dumps(files),
        }  # fmt: skip
        with self._database.writing() as connection:
            locked(connection, self._workspace_id)
            connection.execute(
                delete(table).where(
                    table.c.workspace_id == self._workspace_id, table.c.key == result.key
                )
            )
            connection.execute(insert(table), values)
            changed(connection, self._workspace_id)

    def _known(self, key: str) -> Result:
        found = self.find(key)
        if found is None:
            raise UnknownNameError(f"The workspace holds no result {key[:80]!r}.")
        return found

    def _save(
        self, key: str, kind: str, label: str, spec: Mapping[str, Any] | None,
        writers: Mapping[str, Callable[[Path], None]],
    ) -> Result:  # fmt: skip
        _check(key, kind, writers)
        files = {n: self._blobs.put(write, Path(n).suffix) for n, write in writers.items()}
        result = Result(key, kind, label, time.time(), False, dict(spec or {}), files)
        self.put(result)
        return result


def named_blobs(connection: Connection) -> set[str]:
    """Digests of all files that a result names."""
    return {entry[0] for text in connection.scalars(select(table.c.files))
            for entry in json.loads(text).values()}  # fmt: skip


def sweep(database: Database, blobs: Blobs) -> int:
    """Remove files that nothing names any more; returns how many."""
    with database.reading() as connection:
        named = named_blobs(connection)
    return blobs.sweep(named)


def results_of(connection: Connection, workspace_id: int) -> list[Result]:
    """All results of a workspace, by key."""
    query = select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.key)
    return [_result(row) for row in connection.execute(query)]


def _result(row: Row[Any]) -> Result:
    files = {name: Blob(*entry) for name, entry in json.loads(row.files).items()}
    return Result(row.key, row.kind, row.label, row.created, row.imported,
                  json.loads(row.spec), files)  # fmt: skip


def _check(key: str, kind: str, names: Iterable[str]) -> None:
    if not _KEY.fullmatch(key):
        raise InvalidSpecError(f"{key[:80]!r} is no key of a result.")
    if kind not in KINDS:
        raise InvalidSpecError(f"There is no kind of result {kind[:40]!r}.",
                               hint="Kinds: " + ", ".join(KINDS) + ".")  # fmt: skip
    for name in names:
        if not _NAME.fullmatch(name):
            raise InvalidSpecError(f"{name[:80]!r} can't name a file of a result.")


def _array_writer(name: str, array: NDArray[Any]) -> Callable[[Path], None]:
    if np.asarray(array).dtype.hasobject:
        raise InvalidSpecError(f"The array {name!r} holds Python objects.",
                               hint="Keep numbers, or texts of fixed length.")  # fmt: skip
    return lambda path: np.save(path, array, allow_pickle=False)


def _file_writer(source: Path) -> Callable[[Path], None]:
    return lambda path: copy_file(source, path)


def _table_writer(content: pa.Table | Iterable[pa.RecordBatch]) -> Callable[[Path], None]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def write(path: Path) -> None:
        batches = content.to_batches() if isinstance(content, pa.Table) else content
        writer = None
        try:
            for batch in batches:
                if writer is None:
                    writer = pq.ParquetWriter(path, batch.schema, compression="zstd")
                writer.write_batch(batch)
        finally:
            if writer is not None:
                writer.close()
        if writer is None:
            raise InvalidSpecError("A table needs at least one batch of rows.")

    return write


def _array(path: Path) -> NDArray[Any]:
    mapped = path.stat().st_size >= _MAPPED
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise SchemaError("A stored array is damaged.", hint="Compute it again.") from error
    if not mapped:
        array.setflags(write=False)
    return array
