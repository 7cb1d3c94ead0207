"""The files of a public set: from a mirror folder, the cache, or the network; always verified.

`GRIDSCOPE_DATA_MIRROR` names a folder with the same files; then nothing else is asked. The cache
lies in GRIDSCOPE_HOME and is verified on every reading: what is damaged is downloaded again.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config import ParseLimits
from core.data.connection import MIRROR, Patience
from core.data.download import CHECKSUM, download
from core.data.public import Archive, PublicSet, RemoteFile
from core.errors import DatasetUnavailableError, GridscopeError, JobCancelled, ResourceError
from core.io.archives import unpack
from core.io.replace import replacing
from core.store.home import home
from core.types import Progress, RawFile, ShouldStop

_LOG = logging.getLogger("gridscope.data")
_AT_ONCE = 4  # files of one set
_PARTS = "parts"


@dataclass(frozen=True, slots=True)
class Deposit:
    """The files of a set as they were pinned.

    Attributes:
        files: in the order of the registry, named by their path.
        origin: "mirror", "cache" or "network": where they were read from.
    """

    files: tuple[RawFile, ...]
    origin: str


def cache_folder() -> Path:
    """Where downloaded files are kept."""
    return home() / "public"


def mirror_folder() -> Path | None:
    """The folder that GRIDSCOPE_DATA_MIRROR names, None when it names none.

    Raises: DatasetUnavailableError when it is no folder.
    """
    named = os.environ.get(MIRROR, "")
    if not named:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise DatasetUnavailableError(
            f"{MIRROR} is {named!r}, which is no folder.", hint="Correct it, or unset it."
        )
    return folder


def is_here(entry: PublicSet) -> bool:
    """Whether all files are in the mirror or the cache by name and size: no network is needed."""
    try:
        mirror = mirror_folder()
        folder = mirror or cache_folder()
    except ResourceError:  # cards are shown all the same
        return False
    packed = entry.archive if mirror is not None else None
    if packed is not None and _size(folder / packed.path) == packed.size:
        return True
    return all(_size(folder / f.path) == f.size for f in entry.files)


def _size(path: Path) -> int:
    """Bytes of a regular file; -1 for anything else."""
    try:
        status = path.stat()
    except OSError:
        return -1
    return status.st_size if stat.S_ISREG(status.st_mode) else -1


def fetch(
    entry: PublicSet,
    *,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    patience: Patience | None = None,
) -> Deposit:
    """The files of a set, each verified by size and SHA-256.

    Args:
        entry: of the registry.
        on_progress: called as (bytes here, bytes in all, "downloading ...").
        should_stop: asked ten times a second; what had come is kept for the next time.
        patience: time limits; the defaults when None.

    Raises: JobCancelled; DatasetUnavailableError naming the file, what is wrong and what to do.
    """
    stop = should_stop or (lambda: False)
    mirror = mirror_folder()
    if mirror is not None:
        return Deposit(tuple(_mirrored(mirror, entry, stop)), "mirror")
    folder = cache_folder()
    cached = {file.path: _verified(folder / file.path, file) for file in entry.files}
    missing = [file for file in entry.files if cached[file.path] is None]
    if missing:
        arrived = _Arrived(entry, missing, on_progress)
        cached.update(_download_all(missing, folder, arrived, patience or Patience(), stop))
    files = tuple(RawFile(path, data) for path, data in cached.items() if data is not None)
    return Deposit(files, "network" if missing else "cache")


def forget(entry: PublicSet) -> int:
    """Remove a set's files from the cache, never from a mirror; the bytes that became free."""
    folder, freed = cache_folder(), 0
    for file in entry.files:
        for path in (folder / file.path, folder / _PARTS / file.sha256):
            with suppress(OSError):
                size = path.stat().st_size
                path.unlink()
                freed += size
    return freed


def _read(path: Path, size: int) -> bytes | None:
    """The content of a regular file of that size; None for anything else."""
    try:
        with open(path, "rb", opener=_open_at_once) as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size != size:
                return None
            return stream.read(size + 1)
    except OSError:
        return None


def _open_at_once(path: str, flags: int) -> int:
    """A pipe without a writer would hold a plain open for ever."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _verified(path: Path, file: RemoteFile | Archive) -> bytes | None:
    """The content of a file if it is the pinned one; a damaged one is removed and told."""
    data = _read(path, file.size)
    if data is not None and hashlib.sha256(data).hexdigest() == file.sha256:
        return data
    if path.is_file():
        _LOG.warning("%s is damaged; it is downloaded again", path)
        path.unlink(missing_ok=True)
    return None


def _mirrored(mirror: Path, entry: PublicSet, stop: ShouldStop) -> Iterator[RawFile]:
    """Files out of the mirror; nothing there is ever changed. Raises: DatasetUnavailableError."""
    packed = _packed(mirror, entry.archive) if entry.archive is not None else {}
    for file in entry.files:
        if stop():
            raise JobCancelled
        # Names are relative and can't climb; links may lead where the mirror's owner wants, since
        # only the pinned content is ever taken.
        data = packed.get(file.path) or _read(mirror / file.path, file.size)
        if data is None or hashlib.sha256(data).hexdigest() != file.sha256:
            there = (mirror / file.path).exists()
            what = "is not the file that was pinned" if there else "is not there"
            raise DatasetUnavailableError(
                f"{file.path} {what} in the mirror {str(mirror)!r}.",
                hint=f"Get it from {file.address}, or unset {MIRROR}.",
            )
        yield RawFile(file.path, data)


def _packed(mirror: Path, archive: Archive) -> dict[str, bytes]:
    """Members of the archive by their path; nothing when it is not there."""
    path = mirror / archive.path
    data = _read(path, archive.size)
    if data is None:
        return {}
    if hashlib.sha256(data).hexdigest() != archive.sha256:
        raise DatasetUnavailableError(
            f"{archive.path} is not the archive that was pinned in the mirror {str(mirror)!r}.",
            hint="Copy it there again.",
        )
    by_name = {member.path.rpartition("/")[2]: member.path for member in archive.members}
    found = {}
    for item in unpack(RawFile(archive.path, data), ParseLimits()):
        if isinstance(item, RawFile) and (name := item.name.rpartition("/")[2]) in by_name:
            found[by_name[name]] = item.data
    return found


class _Arrived:
    """Bytes of several downloads at once, told as one progress."""

    def __init__(
        self, entry: PublicSet, missing: list[RemoteFile], on_progress: Progress | None
    ) -> None:
        self._lock = threading.Lock()
        self._have = {file.path: 0 for file in missing}
        self._total = sum(file.size for file in missing)
        self._tell, self._name = on_progress, f"downloading {entry.key}"

    def of(self, file: RemoteFile) -> Callable[[int], None]:
        """What the download of one file calls."""

        def on_bytes(have: int) -> None:
            with self._lock:
                self._have[file.path] = have
                if self._tell is not None:
                    self._tell(sum(self._have.values()), self._total, self._name)

        return on_bytes


def _download_all(
    missing: list[RemoteFile],
    folder: Path,
    arrived: _Arrived,
    patience: Patience,
    stop: ShouldStop,
) -> dict[str, bytes]:
    """All of them, a few at once; the first fault ends the others."""
    failed = threading.Event()
    own = threading.local()  # a session for each thread: connections are kept open between files

    def work(file: RemoteFile) -> tuple[str, bytes]:
        if not hasattr(own, "session"):
            import requests

            own.session = requests.Session()
        try:
            with _told_of_disks(folder):
                return file.path, _download_one(
                    file, folder, own.session, patience, arrived,
                    lambda: failed.is_set() or stop(),
                )  # fmt: skip
        except BaseException:
            failed.set()
            raise

    with ThreadPoolExecutor(min(_AT_ONCE, len(missing)), "fetch") as pool:
        futures = [pool.submit(work, file) for file in missing]
    faults = [fault for future in futures if (fault := future.exception()) is not None]
    # A fault stops the other downloads: what those say of it is not the reason.
    faults.sort(key=lambda fault: isinstance(fault, JobCancelled))
    if faults:
        raise faults[0]
    return dict(future.result() for future in futures)


def _download_one(
    file: RemoteFile,
    folder: Path,
    session: Any,
    patience: Patience,
    arrived: _Arrived,
    stop: ShouldStop,
) -> bytes:
    """Download, verify, keep. Wrong content is asked for once more, then refused."""
    part = folder / _PARTS / file.sha256
    options = {
        "session": session, "patience": patience, "on_bytes": arrived.of(file),
        "should_stop": stop,
    }  # fmt: skip
    try:
        data = download(file, part, **options)
    except GridscopeError as error:
        if error.context.get("code") != CHECKSUM:
            raise
        _LOG.warning("%s; asking once more", error.message)
        data = download(file, part, **options)
    path = folder / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_bytes(data)
    return data


@contextmanager
def _told_of_disks(folder: Path) -> Iterator[None]:
    """A disk that is full or may not be written is said. Raises: DatasetUnavailableError."""
    try:
        yield
    except OSError as error:
        raise DatasetUnavailableError(
            f"{str(folder)!r} can't be written: {error.strerror or error}.",
            hint="Make room, or set GRIDSCOPE_HOME to a folder that can be.",
        ) from error
