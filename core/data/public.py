"""The registry of public sets: what each holds, where its files lie, on what terms, who to cite.

Nothing is downloaded here: `core.data.datasets.toml` and the manifests beside it are read when the
registry is first asked.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from urllib.parse import quote

from core.citations import bibtex
from core.errors import InvalidSpecError
from core.hashing import bytes_digest
from core.registry import Registry
from core.units import Quantity, quantity

PUBLIC = "public:"
LARGEST_FILE = 64 * 2**20  # bytes; the parser's own limit
_FOLDER = Path(__file__).resolve().parent
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_RAW = "https://raw.githubusercontent.com"

Holds = Literal["crystals", "table"]


def safe_path(text: str) -> str:
    """A relative path with forward slashes that can't lead out of the folder it is looked up in.

    Raises: InvalidSpecError for any other.
    """
    parts = text.split("/")
    if (
        not text or "\\" in text or ":" in text or not text.isprintable()
        or any(part in ("", ".", "..") for part in parts)
    ):  # fmt: skip
        raise InvalidSpecError(f"{text[:120]!r} is no path inside a folder.")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """One file of a set.

    Attributes:
        path: where it lies in a mirror and in the cache, relative, with forward slashes.
        address: pinned to a commit.
        sha256: of its content, in hexadecimal.
        size: bytes.
    """

    path: str
    address: str
    sha256: str
    size: int

    def __post_init__(self) -> None:
        safe_path(self.path)
        if not self.address.startswith(("https://", "http://127.0.0.1:")):
            raise InvalidSpecError(f"{self.address!r} is no https address.")
        if not _SHA256.fullmatch(self.sha256) or not 0 < self.size <= LARGEST_FILE:
            raise InvalidSpecError(f"{self.path!r} has no SHA-256 or no sensible size.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """An archive in which a mirror may keep files that lie one by one at their source."""

    path: str
    sha256: str
    size: int
    members: tuple[RemoteFile, ...]

    def __post_init__(self) -> None:
        safe_path(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSet:
    """A registered public set: what a user must know before it is downloaded.

    Attributes:
        key: name in the registry; the command line knows it as `public:KEY`.
        title, summary, limits: words.
        source: repository and commit the files come from, and who computed or measured.
        licence: on what terms the data may be used.
        dois: of the works to cite; `bibtex` has the same.
        holds: crystals, or a table (of compositions or named things) without structures.
        rows: crystals or rows it gives.
        reader: name of the reader in `core.data.readers`.
        options: of the reader.
        columns: our key (with the unit) -> column of the source.
        files: all of them.
        archive: how a mirror may keep them instead.
    """

    key: str
    title: str
    summary: str
    source: str
    licence: str
    dois: tuple[str, ...]
    holds: Holds
    rows: int
    reader: str
    options: Mapping[str, Any]
    columns: Mapping[str, str]
    files: tuple[RemoteFile, ...]
    archive: Archive | None = None
    limits: str = ""

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(file.size for file in self.files)

    @property
    def properties(self) -> tuple[Quantity, ...]:
        """What is known of each crystal or row, with units."""
        return tuple(quantity(key) for key in self.columns)

    @property
    def bibtex(self) -> str:
        """Entries of the works to cite."""
        return bibtex(self.dois)

    @property
    def sha256(self) -> str:
        """That of the only file; of many, the digest over the lines `sha256  path`."""
        if len(self.files) == 1:
            return self.files[0].sha256
        return bytes_digest("".join(f"{f.sha256}  {f.path}\n" for f in self.files).encode())

    @property
    def address(self) -> str:
        """Address of the only file; of many, how many lie below which address."""
        first = self.files[0].address
        if len(self.files) == 1:
            return first
        common = re.match(rf"{re.escape(_RAW)}/[^/]+/[^/]+/[^/]+/", first)
        return f"{len(self.files):,} files below {common.group() if common else first}"


class _Declared(Registry[PublicSet]):
    """A registry whose entries stand in a TOML file."""

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        text = (_FOLDER / "datasets.toml").read_text("utf-8")
        for key, table in tomllib.loads(text).items():
            self.register(_entry(key, table))


PUBLIC_SETS: Registry[PublicSet] = _Declared("public data set", "core.data")


def public_name(text: str) -> str:
    """The key in `public:KEY`, or the text itself."""
    return text.removeprefix(PUBLIC)


def _entry(key: str, table: Mapping[str, Any]) -> PublicSet:
    """Raises: InvalidSpecError when the entry is not as it must be."""
    home = (table["repository"], table["commit"])
    files = tuple(f for spec in table["files"] for f in _files(spec, home))
    archives = [spec for spec in table["files"] if "archive" in spec]
    repository, commit = home
    return PublicSet(
        key=key,
        title=table["title"],
        summary=table["summary"],
        source=f"{table['source']} Files: github.com/{repository} at commit {commit[:10]}.",
        licence=table["licence"],
        dois=tuple(table["dois"]),
        holds=table["holds"],
        rows=table["rows"],
        reader=table["reader"],
        options=table.get("options", {}),
        columns=table["columns"],
        files=files,
        archive=_archive(archives[0], files) if archives else None,
        limits=table.get("limits", ""),
    )


def _files(spec: Mapping[str, Any], home: tuple[str, str]) -> Iterator[RemoteFile]:
    repository, commit = home
    if not _COMMIT.fullmatch(commit):
        raise InvalidSpecError(f"{commit!r} is no full commit of {repository}.")
    below = f"{_RAW}/{repository}/{commit}/{quote(spec['remote'])}"
    if "manifest" not in spec:
        yield RemoteFile(path=spec["path"], address=below, sha256=spec["sha256"], size=spec["size"])
        return
    manifest = _FOLDER / "manifests" / PurePosixPath(spec["manifest"]).name
    for line in manifest.read_text("utf-8").splitlines():
        sha256, size, name = line.split(maxsplit=2)
        yield RemoteFile(
            path=f"{spec['path']}/{name}", address=f"{below}/{quote(name)}", sha256=sha256,
            size=int(size),
        )  # fmt: skip


def _archive(spec: Mapping[str, Any], files: tuple[RemoteFile, ...]) -> Archive:
    inside = tuple(f for f in files if f.path.startswith(f"{spec['path']}/"))
    return Archive(path=spec["archive"], sha256=spec["sha256"], size=spec["size"], members=inside)
