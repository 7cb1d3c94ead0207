"""Outputs that are either whole or absent: written under a temporary name, then renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from core.errors import InputError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` (same suffix) that takes its place if the block succeeds.

    On any error or interrupt nothing is left behind and an existing file stays as it was.
    Works for files and for folders (zarr).

    Raises: InputError when the folder does not exist or can't be written to.
    """
    if not path.parent.is_dir():
        raise InputError(f"The folder {str(path.parent)!r} does not exist.", hint="Create it.")
    temporary = path.with_name(f".{path.stem}.{uuid4().hex[:8]}.part{path.suffix}")
    try:
        yield temporary
        if path.is_dir():
            shutil.rmtree(path)
        os.replace(temporary, path)
    except PermissionError as error:
        raise InputError(f"{str(path)!r} can't be written: {error.strerror}.") from error
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            temporary.unlink(missing_ok=True)
