"""Where Gridscope keeps its files, and the private folders of sessions."""

from __future__ import annotations

import os
import re
import secrets
import time
from contextlib import suppress
from pathlib import Path

from core.errors import InputError, StoreUnavailableError

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
_KEEP_DAYS = 14


def home() -> Path:
    """GRIDSCOPE_HOME, or the platform's folder for application data; made when absent.

    Raises: StoreUnavailableError when it can't be made or is no folder.
    """
    given = os.environ.get("GRIDSCOPE_HOME")
    if given:
        path = Path(given)
    else:
        from platformdirs import user_data_path

        path = user_data_path("gridscope", appauthor=False)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailableError(
            f"The folder {str(path)!r} can't be used: {error.strerror or error}.",
            hint="Make it writable, or name another one in GRIDSCOPE_HOME.",
        ) from error
    return path


def make_folder(path: Path) -> None:
    """Make a folder below the home folder, and those above it, unless they are there.

    Raises: StoreUnavailableError when the disk is full or can't be written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailableError(
            f"{str(path)!r} can't be written: {error.strerror or error}.",
            hint="Make room, or set GRIDSCOPE_HOME to a folder that can be written.",
        ) from error


def new_token() -> str:
    """A name for a session's folder that nobody can guess: whoever holds the link may read it."""
    return secrets.token_urlsafe(24)


def is_token(text: str) -> bool:
    """Whether a text can name a session."""
    return _TOKEN.fullmatch(text) is not None


def session_folder(token: str) -> Path:
    """The folder of a session (it need not exist yet).

    Raises: InputError for a token that is none, such as a path.
    """
    if not is_token(token):
        raise InputError(f"{token[:64]!r} is no session.", hint="Load your files again.")
    return home() / "sessions" / token


def forget_old_sessions(days: float = _KEEP_DAYS) -> int:
    """Remove session folders not touched for some days; returns how many.

    None where there is no usable home folder: a server starts all the same, and says so in its
    pages.
    """
    import shutil

    limit, count = time.time() - days * 86_400, 0
    try:
        found = list((home() / "sessions").iterdir())
    except (OSError, StoreUnavailableError):
        return 0
    for folder in found:
        with suppress(OSError):  # another server may be removing it
            if folder.is_dir() and folder.stat().st_mtime < limit:
                shutil.rmtree(folder, ignore_errors=True)
                count += 1
    return count
