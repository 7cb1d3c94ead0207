"""A workspace out of a zip that may be hostile: believed only as far as it was checked.

Entries are read in pieces, never beyond the size the manifest gives; nothing is unpacked under a
name from the zip; every crystal is made anew and compared with its digest. The workspace appears
when all of it is right.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

from core.errors import GridscopeError, InputError, JobCancelled, SchemaError, StoreUnavailableError
from core.store import filling
from core.store.archive import (
    FAILURES,
    JOBS,
    LARGEST_STRUCTURE,
    LONGEST_LINE,
    RESULTS,
    Entry,
    Manifest,
    damaged,
    read_manifest,
)
from core.store.blobs import Blob
from core.store.packing import unpack
from core.store.results import Result
from core.store.workspace import Workspace
from core.store.workspaces import Store
from core.types import Crystal, Examination, Failure, Progress, ShouldStop

_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, LookupError,
    TypeError, AttributeError, RecursionError, OverflowError,
)  # fmt: skip
_PIECE = 2**20
_SPARE = 256 * 2**20  # bytes that stay free on the disk
_END_OF_TIME = 253_402_300_800.0  # the year 10,000: what calendars can't show


def receive(
    store: Store, path: Path, name: str = "", replace: bool = False,
    on_progress: Progress | None = None, should_stop: ShouldStop | None = None,
) -> Workspace:  # fmt: skip
    """Import a workspace; see `Store.import_`."""
    try:
        with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            manifest = read_manifest(archive)
            _require_room(store, manifest)
            notes = manifest.notes
            with store.filling(name or manifest.name, notes=notes, replace=replace) as workspace:
                _Receiver(archive, manifest, workspace, should_stop).receive(on_progress)
            return workspace
    except OSError as error:
        raise InputError(f"{str(path)!r} can't be read: {error.strerror or error}.") from error
    except GridscopeError as error:
        # A store that fails is no fault of the zip.
        if error.hint or isinstance(error, StoreUnavailableError):
            raise
        raise damaged(error.message.rstrip(".")) from error  # the parts can't know what to advise
    except _DAMAGED as error:
        raise damaged(str(error)[:120] or type(error).__name__) from error


def _require_room(store: Store, manifest: Manifest) -> None:
    needed = sum(entry.n_bytes for entry in manifest.entries.values())
    folder = store.blobs.folder
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if needed + _SPARE > free:
        raise StoreUnavailableError(
            f"The workspace takes {needed / 2**20:,.0f} MiB; the disk has {free / 2**20:,.0f}.",
            hint="Make room on the disk.",
        )


class _Checked:
    """An entry as a stream that ends with an error unless size and digest are as promised."""

    def __init__(self, stream: IO[bytes], name: str, entry: Entry) -> None:
        # Zip's own stream reads lines of limited length one byte at a time.
        self._stream = io.BufferedReader(cast("io.RawIOBase", stream), _PIECE)
        self._name, self._entry = name, entry
        self._digest, self._left = hashlib.sha256(), entry.n_bytes

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes."""
        if size > self._left:
            raise damaged(f"{self._name} is cut short")
        return self._seen(self._stream.read(size))

    def pieces(self) -> Iterator[bytes]:
        """All that is left, piece by piece."""
        while self._left:
            yield self.read(min(_PIECE, self._left))

    def lines(self) -> Iterator[dict[str, Any]]:
        """The objects of all lines."""
        while self._left:
            line = self._seen(self._stream.readline(min(LONGEST_LINE, self._left)))
            if not line.endswith(b"\n"):
                raise damaged(f"{self._name} has a line without end")
            told = json.loads(line)
            if not isinstance(told, dict):
                raise damaged(f"{self._name} has a line that is no object")
            yield told

    def close(self) -> None:
        if self._left or self._digest.hexdigest() != self._entry.sha256:
            raise damaged(f"{self._name} is not what the manifest says")

    def _seen(self, data: bytes) -> bytes:
        if not data:
            raise damaged(f"{self._name} is cut short")
        self._digest.update(data)
        self._left -= len(data)
        return data


class _Receiver:
    """Fills a workspace that nobody sees yet."""

    def __init__(
        self, archive: zipfile.ZipFile, manifest: Manifest, workspace: Workspace,
        should_stop: ShouldStop | None,
    ) -> None:  # fmt: skip
        self._archive, self._manifest, self._workspace = archive, manifest, workspace
        self._should_stop = should_stop

    def receive(self, on_progress: Progress | None) -> None:
        """All of it. Raises: SchemaError, JobCancelled."""
        done, database = 0, self._workspace.database
        for batch in filling.batches(self._crystals()):
            self._go_on()
            with database.writing() as connection:
                filling.add_batch(connection, self._workspace.id, batch)
            done += len(batch)
            if on_progress is not None:
                on_progress(done, self._manifest.n_crystals, "reading crystals")
        if done != self._manifest.n_crystals:
            raise damaged(f"it holds {done} crystals, not {self._manifest.n_crystals}")
        failures = [_failure(told) for told in self._lines(FAILURES)]
        if failures:
            with database.writing() as connection:
                filling.add_failures(connection, self._workspace.id, failures)
        for told in self._lines(JOBS):
            record = dict(told["record"])
            _time(record.get("created", 0.0))
            self._workspace.jobs.put(str(told["id"]), record)
        for told in self._lines(RESULTS):
            self._go_on()
            self._workspace.results.put(self._result(told))

    def _go_on(self) -> None:
        if self._should_stop is not None and self._should_stop():
            raise JobCancelled

    def _open(self, stream: IO[bytes], name: str) -> _Checked:
        return _Checked(stream, name, self._manifest.entries[name])

    def _lines(self, name: str) -> Iterator[dict[str, Any]]:
        with self._archive.open(name) as stream:
            checked = self._open(stream, name)
            yield from checked.lines()
            checked.close()

    def _crystals(self) -> Iterator[tuple[Crystal, Examination]]:
        for part in self._manifest.parts:
            with self._archive.open(f"{part}.bin") as stream:
                structures = self._open(stream, f"{part}.bin")
                for told in self._lines(f"{part}.jsonl"):
                    yield _crystal(told, structures)
                structures.close()

    def _result(self, told: dict[str, Any]) -> Result:
        files = {}
        for name, (sha256, n_bytes, suffix) in told["files"].items():
            promised = Blob(str(sha256), int(n_bytes), str(suffix))
            kept = self._workspace.blobs.put(partial(self._unpack, promised), promised.suffix)
            if kept != promised:
                raise damaged(f"the file {name[:80]!r} of a result is another one")
            files[name] = kept
        return Result(
            str(told["key"]), str(told["kind"]), str(told["label"]), _time(told["created"]), True,
            dict(told["spec"]), files,
        )  # fmt: skip

    def _unpack(self, blob: Blob, path: Path) -> None:
        name = f"files/{blob.sha256}{blob.suffix}"
        with self._archive.open(name) as stream, path.open("wb") as out:
            checked = self._open(stream, name)
            for piece in checked.pieces():
                out.write(piece)
            checked.close()


def _crystal(told: dict[str, Any], structures: _Checked) -> tuple[Crystal, Examination]:
    size, name = told["n_bytes"], told["id"]
    if type(size) is not int or not 0 < size <= LARGEST_STRUCTURE or not isinstance(name, str):
        raise damaged("a crystal has no id, or no structure of a size that can be")
    crystal, card = unpack(name, structures.read(size), told["details"])
    if crystal.digest != told["digest"]:
        raise SchemaError(f"The crystal {name[:80]!r} is not the one that was exported.")
    return crystal, card


def _time(seconds: Any) -> float:
    """A time that can be shown, in seconds since 1970."""
    if not 0 <= float(seconds) < _END_OF_TIME:
        raise damaged(f"{str(seconds)[:40]!r} is no time")
    return float(seconds)


def _failure(told: dict[str, Any]) -> Failure:
    names = {field.name for field in fields(Failure)}
    if told.keys() != names or not all(isinstance(v, str) for v in told.values()):
        raise damaged("a failure lacks what it must hold")
    return Failure(**told)
