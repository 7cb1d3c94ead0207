"""From paths to files in memory: single files, folders (recursive, sorted), archives."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.config import ParseLimits
from core.errors import InputError, ParseError, UploadLimitError
from core.io.archives import archive_kind, is_junk, unpack
from core.types import Failure, RawFile

_ARCHIVES = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")


def collect(
    paths: Iterable[str | os.PathLike[str]], *, limits: ParseLimits | None = None
) -> tuple[Iterator[RawFile], list[Failure]]:
    """Files under the paths, read one by one, and what could not be had.

    The list of failures grows while the iterator is consumed and is complete at its end. Hidden
    files inside folders and archives are skipped; a path given by name is always read.
    """
    failures: list[Failure] = []
    return _stream([Path(path) for path in paths], limits or ParseLimits(), failures), failures


def _stream(paths: list[Path], limits: ParseLimits, failures: list[Failure]) -> Iterator[RawFile]:
    for given in paths:
        for path, name in _walk(given, str(given), (), failures):
            raw = _read(path, name, limits, failures)
            if raw is None:
                continue
            for item in expand(raw, limits):
                if isinstance(item, Failure):
                    failures.append(item)
                else:
                    yield item


def expand(raw: RawFile, limits: ParseLimits) -> Iterator[RawFile | Failure]:
    """The file itself, or the files of the archive it is."""
    if archive_kind(raw):
        yield from unpack(raw, limits)
    else:
        yield raw


def _walk(
    path: Path, name: str, above: tuple[tuple[int, int], ...], failures: list[Failure]
) -> Iterator[tuple[Path, str]]:
    """Regular files under a path in sorted order; links are followed unless they loop."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            here = (status.st_dev, status.st_ino)
            if here in above:
                message = "The folder links back to a folder it lies in."
                failures.append(_failure(name, ParseError(message, hint="Remove the link.")))
                return
            children = sorted(entry.name for entry in os.scandir(path))
        elif stat.S_ISREG(status.st_mode):
            yield path, name
            return
        else:
            message = "It is neither a file nor a folder (a device, a pipe or a socket)."
            failures.append(_failure(name, ParseError(message)))
            return
    except (OSError, ValueError) as error:
        failures.append(_failure(name, _os_error(error)))
        return
    n_before = len(failures)
    found = False
    for child in children:
        if is_junk(child):
            continue
        for item in _walk(path / child, os.path.join(name, child), (*above, here), failures):
            found = True
            yield item
    if not found and not above and len(failures) == n_before:
        hint = "Give a folder with structure files."
        failures.append(_failure(name, ParseError("The folder holds no files.", hint=hint)))


def _read(path: Path, name: str, limits: ParseLimits, failures: list[Failure]) -> RawFile | None:
    archive = name.lower().endswith(_ARCHIVES)
    limit = limits.max_archive_bytes if archive else limits.max_file_bytes
    try:
        size = path.stat().st_size
        if size > limit:
            raise UploadLimitError(
                f"The file has {size / 2**20:.1f} MiB; the limit is {limit / 2**20:.3g} MiB.",
                hint="Split the file, or raise the limit.",
            )
        with path.open("rb") as stream:
            return RawFile(name, stream.read(limit + 1))
    except InputError as error:
        failures.append(_failure(name, error))
    except (OSError, ValueError) as error:
        failures.append(_failure(name, _os_error(error)))
    return None


def _os_error(error: OSError | ValueError) -> ParseError:
    code = getattr(error, "errno", None)
    if code == errno.ENOENT:
        return ParseError("There is no such file or folder.", hint="Check the path.")
    if code in (errno.EACCES, errno.EPERM):
        return ParseError("The file may not be read.", hint="Check its permissions.")
    if code == errno.ELOOP:
        return ParseError("The link leads to itself.", hint="Remove the link.")
    return ParseError(f"The path can't be read: {getattr(error, 'strerror', None) or error}.")


def _failure(name: str, error: InputError) -> Failure:
    return Failure.from_error(error, id=Path(name).stem or name, stage="collect", source=name)
