"""Model files that a person brought, or a run made, held for a while under the digest of each.

A job names its model by a path, and a link must find the file again; nobody can guess a digest.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path

from core.hashing import bytes_digest
from core.io.replace import replacing
from core.models.persistence import SUFFIX, load_model
from core.store.home import home, make_folder

_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEEP_DAYS = 14


def hold(data: bytes, *, trusted: bool = False) -> Path:
    """Hold a model file; its path is the same for the same content.

    Args:
        trusted: it was made here, so it need not be tried.

    Raises: ModelFileError for what is no model file, was changed, or is of another version;
        StoreUnavailableError or InputError when the disk is full.
    """
    digest = bytes_digest(data)
    known = held(digest)
    if known is not None:
        return known
    if not trusted:
        load_model(data)
    path = _folder() / f"{digest}{SUFFIX}"
    make_folder(path.parent)
    with replacing(path) as temporary:
        temporary.write_bytes(data)
    forget_old_models()
    return path


def held(digest: str) -> Path | None:
    """The file of this digest, if it is held and whole."""
    if not _DIGEST.fullmatch(digest):
        return None
    path = _folder() / f"{digest}{SUFFIX}"
    try:
        if bytes_digest(path.read_bytes()) != digest:
            return None
        path.touch()
    except OSError:
        return None
    return path


def forget_old_models(days: float = _KEEP_DAYS) -> int:
    """Remove files that nobody asked for in some days; returns how many."""
    limit, count = time.time() - days * 86_400, 0
    for path in _folder().glob(f"*{SUFFIX}"):
        with suppress(OSError):  # another process may be removing it
            if path.stat().st_mtime < limit:
                path.unlink()
                count += 1
    return count


def _folder() -> Path:
    return home() / "models"
