"""Which reader a file belongs to: by its name, else by how it starts."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import IO, cast

from core.config import ParseLimits
from core.errors import ParseError, UnsupportedFormatError, UploadLimitError
from core.io.readers.base import READERS, Reader, text_of
from core.types import RawFile

_HEAD = 4096
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gz"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\0", "xz"),
)
_SUFFIXES = frozenset({".gz", ".bz2", ".xz"})


def reader_for(raw: RawFile) -> Reader:
    """The reader of a file.

    Raises: ParseError for an empty or binary file, UnsupportedFormatError naming the formats known.
    """
    if not raw.data.strip():
        raise ParseError("The file is empty.", hint="Export it again.")
    name = PurePosixPath(raw.name).name.lower()
    head = text_of(RawFile(raw.name, raw.data[:_HEAD]))
    named = [r for r in READERS.values() if any(fnmatchcase(name, p) for p in r.patterns)]
    fitting = [r for r in named if r.looks_like(head)]
    if fitting or named:
        return (fitting or named)[0]
    for reader in READERS.values():
        if reader.looks_like(head):
            return reader
    labels = ", ".join(sorted(reader.label for reader in READERS.values()))
    raise UnsupportedFormatError(
        f"{name[:80]!r} is in no format Gridscope reads.", hint=f"It reads {labels}."
    )


def compression_of(data: bytes) -> str:
    """`gz`, `bz2`, `xz`, or "" for data that is not compressed."""
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), "")


def open_compressed(stream: IO[bytes], kind: str) -> IO[bytes]:
    """A stream of the uncompressed bytes."""
    if kind == "gz":
        return cast("IO[bytes]", gzip.GzipFile(fileobj=stream))
    return cast("IO[bytes]", bz2.BZ2File(stream) if kind == "bz2" else lzma.LZMAFile(stream))


def read_capped(stream: IO[bytes], limit: int) -> bytes:
    """All bytes of a stream. Raises: UploadLimitError beyond `limit`, before they are held."""
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise UploadLimitError(
            f"The content is larger than {limit / 2**20:.3g} MiB.",
            hint="Split the file, or raise max_file_bytes.",
        )
    return data


def uncompressed(raw: RawFile, limits: ParseLimits) -> RawFile:
    """The file without its compression, named without its suffix.

    Raises: UploadLimitError beyond the limit, ParseError for damaged data.
    """
    kind = compression_of(raw.data)
    if not kind:
        return raw
    try:
        with open_compressed(io.BytesIO(raw.data), kind) as stream:
            data = read_capped(stream, limits.max_file_bytes)
    except (OSError, EOFError, lzma.LZMAError, zlib.error, ValueError) as error:
        raise ParseError(f"The {kind} data is damaged: {str(error)[:120]}.") from None
    path = PurePosixPath(raw.name)
    name = str(path.with_suffix("")) if path.suffix.lower() in _SUFFIXES else raw.name
    return RawFile(name, data)
