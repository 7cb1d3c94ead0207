"""Files inside zip and tar archives, without ever writing to disk.

An archive is hostile until shown otherwise: entries are counted, sizes are measured while reading
(what the archive claims is not believed), names that climb out of it are refused.
"""

from __future__ import annotations

import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import IO

from core.config import ParseLimits
from core.errors import GridscopeError, ParseError, UploadLimitError
from core.io.detect import compression_of, open_compressed, read_capped
from core.types import Failure, RawFile

_DAMAGED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, OSError, EOFError,
    NotImplementedError, RuntimeError, ValueError, KeyError, UnicodeError,
)  # fmt: skip
_MANIFEST, _OWN_FORMAT = "manifest.json", re.compile(rb'"format": ?"gridscope-([a-z]{1,20})"')
_OWN = {
    "workspace": (
        "This is an exported workspace, not an archive of structures.",
        "Import it in the Library's view Workspaces, or by `python -m core workspace import`.",
    ),
    "model": (
        "This is a trained model; it holds no structures.",
        "Open it on the page Predict, or give it to `python -m core predict`.",
    ),
}
_RATIO_FLOOR = 2**20  # small files may compress by any factor without harm


def archive_kind(raw: RawFile) -> str:
    """`zip`, `tar`, or "" for a file that is no archive (a lone .gz is none)."""
    data = raw.data
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
        return "zip"
    kind = compression_of(data)
    if not kind:
        return "tar" if data[257:262] == b"ustar" else ""
    try:
        with open_compressed(io.BytesIO(data), kind) as stream:
            return "tar" if stream.read(263)[257:262] == b"ustar" else ""
    except _DAMAGED:
        named = PurePosixPath(raw.name).name.lower()
        return "tar" if ".tar." in named or named.endswith(".tgz") else ""


def is_junk(name: str) -> bool:
    """Hidden files, what operating systems leave behind, and Gridscope's own results: skipped."""
    parts = PurePosixPath(name).parts
    if name.lower().endswith((".npz", ".npy")) or any(p.endswith(".zarr") for p in parts):
        return True  # arrays hold no crystals; a result may lie among the files it came from
    return any(
        (p.startswith(".") and p not in (".", ".."))
        or p in ("__MACOSX", "Thumbs.db", "desktop.ini")
        for p in parts
    )


def count_files(raw: RawFile) -> int:
    """How many files an archive says it holds, 1 for a single file, 0 when only reading tells."""
    kind = archive_kind(raw)
    if kind != "zip":
        return 0 if kind else 1
    try:
        with zipfile.ZipFile(io.BytesIO(raw.data)) as archive:
            return sum(not (i.is_dir() or is_junk(i.filename)) for i in archive.infolist())
    except _DAMAGED:
        return 0


@dataclass(slots=True)
class _Budget:
    """What an archive has used up of its limits."""

    limits: ParseLimits
    archive_bytes: int
    files: int = 0
    n_bytes: int = 0

    def count(self) -> None:
        self.files += 1
        if self.files > self.limits.max_archive_files:
            raise UploadLimitError(
                f"The archive holds more than {self.limits.max_archive_files:,} files.",
                hint="Split it; the files up to here were read.",
            )

    def take(self, data: bytes) -> None:
        self.n_bytes += len(data)
        ratio = self.n_bytes / max(self.archive_bytes, 1)
        if self.n_bytes > self.limits.max_archive_bytes:
            raise UploadLimitError(
                f"It unpacks to more than {self.limits.max_archive_bytes / 2**20:.0f} MiB.",
                hint="Split it; the files up to here were read.",
            )
        if self.n_bytes > _RATIO_FLOOR and ratio > self.limits.max_compression_ratio:
            raise UploadLimitError(
                f"The archive unpacks to more than {self.limits.max_compression_ratio:.0f} times "
                "its size, as a zip bomb does.",
                hint="Pack the files anew; the files up to here were read.",
            )


def unpack(raw: RawFile, limits: ParseLimits) -> Iterator[RawFile | Failure]:
    """The files of an archive, named `archive/path`; what can't be had is a Failure."""
    if (own := _own_export(raw)) is not None:
        yield _failure(raw.name, own)
        return
    budget = _Budget(limits, len(raw.data))
    entries = _zip_entries if archive_kind(raw) == "zip" else _tar_entries
    n = 0
    try:
        for item in entries(raw, budget):
            n += 1
            yield item
    except GridscopeError as error:
        yield Failure.from_error(error, id=_stem(raw.name), stage="unpack", source=raw.name)
        return
    except _DAMAGED as error:
        message = (
            f"The archive is damaged after {n} files: {str(error)[:120] or type(error).__name__}."
        )
        yield _failure(raw.name, ParseError(message, hint="Pack the files anew."))
        return
    if n == 0:
        yield _failure(raw.name, ParseError("The archive holds no files."))


def _own_export(raw: RawFile) -> ParseError | None:
    """What else Gridscope packs into a zip, and where that belongs; None for all other files."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw.data)) as archive, archive.open(_MANIFEST) as stream:
            told = _OWN_FORMAT.search(stream.read(4096))
    except _DAMAGED:
        return None
    words = _OWN.get(told.group(1).decode() if told else "")
    return ParseError(words[0], hint=words[1]) if words else None


def _zip_entries(raw: RawFile, budget: _Budget) -> Iterator[RawFile | Failure]:
    with zipfile.ZipFile(io.BytesIO(raw.data)) as archive:
        for info in sorted(archive.infolist(), key=lambda i: i.filename):
            if info.is_dir() or (is_junk(info.filename) and not _is_unsafe(info.filename)):
                continue
            budget.count()
            name = f"{raw.name}/{info.filename}"
            if (refusal := _refused(info.filename)) is not None:
                yield _failure(name, refusal)
            elif info.flag_bits & 0x1:
                yield _failure(
                    name, ParseError("The entry is encrypted.", hint="Unlock the archive.")
                )
            elif (info.external_attr >> 16) & 0o170000 == 0o120000:
                yield _failure(
                    name, ParseError("The entry is a link.", hint="Pack the file itself.")
                )
            else:
                yield from _contents(name, partial(archive.open, info), budget)


def _tar_entries(raw: RawFile, budget: _Budget) -> Iterator[RawFile | Failure]:
    kind = compression_of(raw.data)
    stream = io.BytesIO(raw.data)
    source = open_compressed(stream, kind) if kind else stream
    # Read as a stream: a bomb is noticed where it grows, not after unpacking.
    with source, tarfile.open(fileobj=source, mode="r|") as archive:
        for info in archive:
            if info.isdir() or (is_junk(info.name) and not _is_unsafe(info.name)):
                continue
            budget.count()
            name = f"{raw.name}/{info.name}"
            if (refusal := _refused(info.name)) is not None:
                yield _failure(name, refusal)
            elif not info.isfile():
                what = "a link" if info.issym() or info.islnk() else "no regular file"
                yield _failure(
                    name, ParseError(f"The entry is {what}.", hint="Pack the file itself.")
                )
            else:
                yield from _contents(name, partial(archive.extractfile, info), budget)


def _contents(
    name: str, open_entry: Callable[[], IO[bytes] | None], budget: _Budget
) -> Iterator[RawFile | Failure]:
    """One entry's bytes within the limits. A damaged entry costs itself only."""
    left = budget.limits.max_archive_bytes - budget.n_bytes
    limit = min(budget.limits.max_file_bytes, max(left, 0))
    # Enough to notice the ratio, never the whole of a bomb.
    growth = budget.limits.max_compression_ratio * budget.archive_bytes - budget.n_bytes
    limit = int(min(limit, max(growth, _RATIO_FLOOR) + 1))
    try:
        stream = open_entry()
        if stream is None:
            raise ValueError("it has no content")
        with stream:
            data = stream.read(limit + 1)
    except _DAMAGED as error:
        words = str(error)[:120] or type(error).__name__
        yield _failure(name, ParseError(f"The entry is damaged: {words}.", hint="Pack it anew."))
        return
    budget.take(data)
    if len(data) > limit:
        try:
            read_capped(io.BytesIO(data), limit)
        except UploadLimitError as error:
            yield _failure(name, error)
        return
    inner = RawFile(name, data)
    if archive_kind(inner):
        hint = "Unpack the inner archive first."
        yield _failure(name, ParseError("An archive inside an archive is not opened.", hint=hint))
        return
    yield inner


def _refused(name: str) -> ParseError | None:
    if _is_unsafe(name):
        return ParseError(f"The entry's name {name[:80]!r} leads out of the archive.")
    return None


def _is_unsafe(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or name[1:2] == ":" or "\0" in name


def _stem(name: str) -> str:
    return PurePosixPath(name).stem or name


def _failure(name: str, error: GridscopeError) -> Failure:
    return Failure.from_error(error, id=_stem(name), stage="unpack", source=name)
