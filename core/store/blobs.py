"""Files named by the SHA-256 of what they hold: written once, never changed, shared by all.

A file is whole under its name or not there. Files that no result names any more are removed, but
never young ones: another process may be about to name them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from core.errors import SchemaError, StoreUnavailableError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,12}")
_PIECE = 2**20
GRACE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Blob:
    """A file of the store: digest, size, and the ending of its name."""

    sha256: str
    n_bytes: int
    suffix: str = ""

    def __post_init__(self) -> None:
        if not _SHA256.fullmatch(self.sha256) or self.n_bytes < 0:
            raise SchemaError(f"{self.sha256[:80]!r} is no SHA-256 of a file.")
        if self.suffix and not _SUFFIX.fullmatch(self.suffix):
            raise SchemaError(f"{self.suffix[:40]!r} is no ending of a file's name.")


class Blobs:
    """The files below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, blob: Blob) -> Path:
        """Where a file is. Raises: SchemaError when it is gone or cut short."""
        path = self._place(blob)
        try:
            whole = path.stat().st_size == blob.n_bytes
        except OSError:
            whole = False
        if not whole:
            raise SchemaError(
                "A stored result is no longer on disk.", hint="Compute it again.",
                context={"path": str(path)},
            )  # fmt: skip
        return path

    def put(self, write: Callable[[Path], None], suffix: str) -> Blob:
        """Keep what `write` writes to the path it is given.

        Raises: StoreUnavailableError when the disk is full or can't be written to.
        """
        temporary = self.folder / "new" / f"{uuid4().hex}{suffix}"
        try:
            temporary.parent.mkdir(parents=True, exist_ok=True)
            write(temporary)
            blob = Blob(file_digest(temporary), temporary.stat().st_size, suffix)
            _to_disk(temporary)
            place = self._place(blob)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(temporary, place)  # the same content, and young again
            _to_disk(place.parent)
        except OSError as error:
            raise StoreUnavailableError(
                f"The store can't keep a result: {error.strerror or error}.",
                hint="Make room on the disk, or name another folder in GRIDSCOPE_HOME.",
            ) from error
        finally:
            temporary.unlink(missing_ok=True)
        return blob

    def copy(self, source: Path, suffix: str) -> Blob:
        """Keep a copy of a file."""
        return self.put(lambda path: copy_file(source, path), suffix)

    def renew(self, blob: Blob) -> None:
        """Make a file young before naming it once more. Raises: SchemaError when it is gone."""
        with suppress(OSError):
            os.utime(self._place(blob))
        self.path(blob)

    def sweep(self, named: Collection[str], *, grace: float = GRACE_SECONDS) -> int:
        """Remove files that no result names and that are older than `grace` seconds."""
        limit, count = time.time() - grace, 0
        for path in [*self.folder.glob("??/*"), *self.folder.glob("new/*")]:
            with suppress(OSError):  # another process may be removing it
                if path.stem not in named and path.stat().st_mtime < limit:
                    path.unlink()
                    count += 1
        return count

    def _place(self, blob: Blob) -> Path:
        return self.folder / blob.sha256[:2] / f"{blob.sha256}{blob.suffix}"


def file_digest(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def copy_file(source: Path, target: Path) -> None:
    """Copy in pieces."""
    with source.open("rb") as old, target.open("wb") as new:
        shutil.copyfileobj(old, new, _PIECE)


def _to_disk(path: Path) -> None:
    """A commit must not name a file that a power cut empties."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
