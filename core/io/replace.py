"""Outputs that are either whole or absent: written under a temporary name, then renamed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from core.errors import InputError

_PATIENCE = 3.0  # seconds that writers of an abandoned folder are given to end
_LOOKS = 3
_LONGEST_STEM = 80  # characters; the temporary name must not outgrow what a file system allows


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` (same suffix) that takes its place if the block succeeds.

    On any error or interrupt nothing is left behind and what was there stays as it was. Works for
    files and for folders (zarr); a file never takes the place of a folder.

    Raises: InputError when the folder does not exist or can't be written to, when the disk is full,
        or when a folder stands where a file should go.
    """
    if not path.parent.is_dir():
        raise InputError(f"The folder {str(path.parent)!r} does not exist.", hint="Create it.")
    mark = f".{path.stem[:_LONGEST_STEM]}.{uuid4().hex[:8]}"
    temporary = path.with_name(f"{mark}.part{path.suffix}")
    try:
        yield temporary
        _swap(temporary, path, path.with_name(f"{mark}.old"))
    except BrokenPipeError:  # not about this file
        raise
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            f"{str(path)!r} can't be written: {reason}.", hint="Choose another place."
        ) from error
    finally:
        _remove(temporary)


def _swap(new: Path, path: Path, aside: Path) -> None:
    """Put `new` in the place of `path`; a folder in the way is moved aside until that is done."""
    if not path.is_dir():
        os.replace(new, path)
        return
    if not new.is_dir():
        raise InputError(
            f"{str(path)!r} is a folder; a file can't take its place.", hint="Choose another name."
        )
    os.replace(path, aside)
    try:
        os.replace(new, path)
    except BaseException:  # an interrupt too must not leave the old folder under a hidden name
        if not path.exists():
            os.replace(aside, path)
        raise
    finally:
        if path.exists():
            _remove(aside)


def _remove(path: Path) -> None:
    if path.is_dir():
        # Threads of a writer that was interrupted may still be adding files, and make the folder
        # anew for them: it must stay away for a moment.
        deadline, absent = time.monotonic() + _PATIENCE, 0
        while absent < _LOOKS and time.monotonic() < deadline:
            absent = 0 if path.exists() else absent + 1
            shutil.rmtree(path, ignore_errors=True)
            time.sleep(0.02)
    else:
        path.unlink(missing_ok=True)
