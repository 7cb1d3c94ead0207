"""A folder of results: partitions written whole or not at all, and a manifest of what they are.

    manifest.json      what was asked of which crystals
    part-000123.parquet

A run that was killed goes on where it was: partitions that are there are not computed again. A
folder of another request is refused. Only one run at a time writes to a folder.
"""

from __future__ import annotations

import fcntl
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InputError, InvalidSpecError, ResourceError, SchemaError
from core.hashing import mapping_digest
from core.io.replace import replacing

FORMAT, SCHEMA = "gridscope-partitions", 1
MANIFEST, LOCK = "manifest.json", ".lock"
KEY = b"gridscope.partition"
_PART = re.compile(r"part-(\d{6,9})\.parquet")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder holds.

    Attributes:
        work: the request with all defaults and versions of algorithms; JSON-able.
        source: words for where the crystals came from.
        source_digest: of ids and structures.
        n: crystals.
        size: crystals of a partition; the last holds the rest.
    """

    work: Mapping[str, Any]
    source: str
    source_digest: str
    n: int
    size: int

    def __post_init__(self) -> None:
        if not 1 <= self.size <= 100_000:
            raise InvalidSpecError(
                f"Partitions of {self.size} crystals.", hint="Choose 1 to 100,000; 500 to 2,000 do."
            )

    @property
    def n_parts(self) -> int:
        return -(-self.n // self.size)

    @property
    def digest(self) -> str:
        """Of all that decides the content of the partitions."""
        return mapping_digest(
            {"work": dict(self.work), "source": self.source_digest, "n": self.n, "size": self.size}
        )

    def rows(self, number: int) -> range:
        """Rows of a partition."""
        return range(number * self.size, min(self.n, (number + 1) * self.size))

    def to_json(self) -> str:
        return json.dumps(
            {
                "format": FORMAT, "schema": SCHEMA, "digest": self.digest, "work": dict(self.work),
                "source": self.source, "source_digest": self.source_digest, "n": self.n,
                "size": self.size,
            },
            indent=1,
        )  # fmt: skip


def read_manifest(path: Path) -> Manifest:
    """The manifest of a folder. Raises: InputError, SchemaError when it is none of ours."""
    try:
        told = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        if told["format"] != FORMAT or told["schema"] != SCHEMA:
            raise ValueError("another format")
        found = Manifest(
            told["work"], str(told["source"]), str(told["source_digest"]), int(told["n"]),
            int(told["size"]),
        )  # fmt: skip
        if found.digest != told["digest"]:
            raise ValueError("the digest does not match")
    except FileNotFoundError:
        raise InputError(f"{str(path)!r} holds no results: {MANIFEST} is missing.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SchemaError(f"The manifest in {str(path)!r} can't be read: {error}.") from None
    return found


class Folder:
    """The partitions of one manifest."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    def part(self, number: int) -> Path:
        """Where a partition lies, or will lie."""
        return self.path / f"part-{number:06d}.parquet"

    def finished(self, *, any_rows: bool = False) -> set[int]:
        """Partitions that are there, whole and of this manifest; others are removed.

        Args:
            any_rows: whether a partition may have another number of rows than it was given.
        """
        done = set()
        for path in self.path.glob("part-*.parquet"):
            match = _PART.fullmatch(path.name)
            number = int(match[1]) if match else -1
            if self._is_whole(path, number, any_rows):
                done.add(number)
            else:
                path.unlink(missing_ok=True)
        return done

    def _is_whole(self, path: Path, number: int, any_rows: bool) -> bool:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not 0 <= number < self.manifest.n_parts:
            return False
        try:
            found = pq.read_metadata(path)
        except (OSError, pa.ArrowInvalid):
            return False  # cut short by a full disk or a power cut
        mark = (found.metadata or {}).get(KEY, b"").decode()
        complete = any_rows or found.num_rows == len(self.manifest.rows(number))
        return complete and mark == self.mark(number)

    def mark(self, number: int) -> str:
        """What a partition's file says of itself."""
        return f"{self.manifest.digest}/{number}"

    def write(self, number: int, data: bytes) -> None:
        """Keep the file of a partition, whole or not at all. Raises: InputError."""
        with replacing(self.part(number)) as temporary:
            temporary.write_bytes(data)

    def paths(self) -> list[Path]:
        """All partitions in order. Raises: InputError when some are missing."""
        paths = [self.part(i) for i in range(self.manifest.n_parts)]
        if missing := [path for path in paths if not path.is_file()]:
            raise InputError(
                f"{len(missing)} of {len(paths)} partitions in {str(self.path)!r} are missing.",
                hint="Run again: it goes on where it was.",
            )
        return paths


def existing(path: Path) -> Folder:
    """A folder that is there, to be read. Raises: InputError, SchemaError."""
    return Folder(path, read_manifest(path))


@contextmanager
def writing(path: Path, manifest: Manifest) -> Iterator[Folder]:
    """The folder of a manifest, made if it is not there, locked while the block runs.

    Raises: InputError when it can't be written to, or holds something else; InvalidSpecError when
        it holds the results of another request; ResourceError while another run writes to it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / LOCK).open("w")
    except OSError as error:
        raise InputError(f"{str(path)!r} can't be written to: {error.strerror}.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ResourceError(
                f"Another run writes to {str(path)!r}.", hint="Wait for it, or stop it."
            ) from None
        _settle(path, manifest)
        for left in path.glob(".*.part*"):
            left.unlink(missing_ok=True)
        yield Folder(path, manifest)


def _settle(path: Path, manifest: Manifest) -> None:
    if not (path / MANIFEST).exists():
        if [entry for entry in path.iterdir() if entry.name != LOCK]:
            raise InputError(
                f"{str(path)!r} holds other things.", hint="Choose an empty or a new folder."
            )
        with replacing(path / MANIFEST) as temporary:
            temporary.write_text(manifest.to_json(), encoding="utf-8")
        return
    there = read_manifest(path)
    if there.digest == manifest.digest:
        return
    names = {"work": "what is computed", "source_digest": "the crystals", "size": "the partitions"}
    differing = [words for name, words in names.items()
                 if getattr(there, name) != getattr(manifest, name)]  # fmt: skip
    raise InvalidSpecError(
        f"{str(path)!r} holds the results of another request: it differs in "
        f"{' and '.join(differing) or 'the number of crystals'}.",
        hint="Choose another folder, or remove this one.",
    )
