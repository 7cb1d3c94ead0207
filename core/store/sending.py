"""A workspace into one zip, piece by piece: what is in memory does not grow with the workspace."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import decompress

from core import __version__
from core.errors import JobCancelled
from core.io.replace import replacing
from core.store.archive import FAILURES, JOBS, MANIFEST, RESULTS, Entry, Manifest
from core.store.chunks import pieces
from core.store.reading import Stored, failures_of, stored
from core.store.results import Result, results_of
from core.store.workspace import Workspace
from core.types import Progress, ShouldStop

_PART = 2_000
_PART_BYTES = 16 * 2**20
_PIECE = 2**20


def export(
    workspace: Workspace, path: Path, on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> None:  # fmt: skip
    """Write one state of the workspace, whole or not at all; see `core.store.archive`.

    Raises: InputError when the file can't be written; SchemaError when a result's file is gone;
        JobCancelled.
    """
    info, jobs = workspace.info, workspace.jobs.all()
    with (
        replacing(path.absolute()) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        workspace.database.reading() as connection,
    ):
        out = _Writer(archive)
        done = 0
        parts = pieces(stored(connection, workspace.id), _PART, _PART_BYTES, _weight)
        for number, part in enumerate(parts):
            if should_stop is not None and should_stop():
                raise JobCancelled
            out.write(f"crystals/{number:05}.jsonl", (_line(item) for item in part))
            out.write(f"crystals/{number:05}.bin", (item.structure for item in part))
            done += len(part)
            if on_progress is not None:
                on_progress(done, info.n_crystals, "writing crystals")
        results = results_of(connection, workspace.id)
        out.write(FAILURES, (_json(asdict(f)) for f in failures_of(connection, workspace.id)))
        out.write(JOBS, (_json({"id": name, "record": record}) for name, record in jobs.items()))
        out.write(RESULTS, (_json(_result(result)) for result in results))
        _files(out, workspace, results, should_stop)
        manifest = Manifest(info.name, info.notes, done, out.entries)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        archive.writestr(MANIFEST, manifest.to_json(gridscope=__version__, written=now))


class _Writer:
    """Entries of a zip, with size and digest of each."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.entries: dict[str, Entry] = {}

    def write(self, name: str, content: Iterable[bytes], *, stored: bool = False) -> None:
        digest, size = hashlib.sha256(), 0
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        info._compresslevel = 1  # type: ignore[attr-defined]  # no public way for one entry
        with self._archive.open(info, "w", force_zip64=True) as entry:
            for piece in content:
                digest.update(piece)
                size += len(piece)
                entry.write(piece)
        self.entries[name] = Entry(size, digest.hexdigest())


def _files(
    out: _Writer, workspace: Workspace, results: Iterable[Result], should_stop: ShouldStop | None
) -> None:
    for blob in dict.fromkeys(blob for result in results for blob in result.files.values()):
        if should_stop is not None and should_stop():
            raise JobCancelled
        content = _read(workspace.blobs.path(blob))
        out.write(f"files/{blob.sha256}{blob.suffix}", content, stored=True)


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _weight(item: Stored) -> int:
    return len(item.structure) + 4 * len(item.details)  # the details will be inflated


def _line(item: Stored) -> bytes:
    head = json.dumps({"id": item.id, "digest": item.digest, "n_bytes": len(item.structure)})
    return b'%s, "details": %s}\n' % (head[:-1].encode(), decompress(item.details))


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content).encode() + b"\n"


def _result(result: Result) -> dict[str, Any]:
    return {
        "key": result.key, "kind": result.kind, "label": result.label, "created": result.created,
        "spec": dict(result.spec),
        "files": {n: [b.sha256, b.n_bytes, b.suffix] for n, b in result.files.items()},
    }  # fmt: skip
