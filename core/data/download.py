"""One pinned file over HTTP: bounded in time and size, gone on with where it broke off.

What has arrived stays in a part file; the next request asks for the rest by Range, and takes the
whole where the server can't.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from core import __version__
from core.data.connection import OFFLINE_HINT, Broken, Head, Patience, listen
from core.data.public import RemoteFile
from core.errors import DatasetUnavailableError, JobCancelled
from core.types import ShouldStop

CHECKSUM = "checksum"  # code in the context of an error that says the content was wrong
_POLL_SECONDS = 0.1
_MOST_TRIES = 4  # of one file, each going on where the last broke off

OnBytes = Callable[[int], None]
"""Called with the bytes of the file that are here."""


def download(
    file: RemoteFile,
    part: Path,
    *,
    session: Any,
    patience: Patience,
    on_bytes: OnBytes,
    should_stop: ShouldStop,
) -> bytes:
    """The verified content of a file.

    Args:
        file: what to get, with its size and SHA-256.
        part: where what has come is kept until the file is whole; removed then.
        session: a `requests.Session`, used by one thread at a time.
        patience: time limits.
        on_bytes: told of progress.
        should_stop: asked ten times a second; what had come stays in the part file.

    Raises: JobCancelled; DatasetUnavailableError when there is no connection, no answer in time, a
        refusal, or other content than was pinned. A part whose content is wrong is removed, so
        that the next download begins anew.
    """
    part.parent.mkdir(parents=True, exist_ok=True)
    with _own_part(part) as stream:
        for attempt in range(_MOST_TRIES):
            try:
                _go_on(file, stream, session, patience, on_bytes, should_stop)
                break
            except Broken as fault:
                if attempt == _MOST_TRIES - 1:
                    raise DatasetUnavailableError(
                        f"{_host(file)} broke off {attempt + 1} times: {fault}.",
                        hint="What has come is kept: try again to go on from there.",
                    ) from None
                _pause(patience.pause, should_stop)
        stream.seek(0)
        data = stream.read(file.size + 1)
        if len(data) != file.size or hashlib.sha256(data).hexdigest() != file.sha256:
            stream.truncate(0)
            raise DatasetUnavailableError(
                f"{file.address} does not have the content that was pinned: {len(data):,} bytes "
                f"with SHA-256 {hashlib.sha256(data).hexdigest()[:16]}..., not {file.size:,} with "
                f"{file.sha256[:16]}...",
                hint="Nothing of it was kept. Something between here and the server may alter it.",
                context={"code": CHECKSUM},
            )
    return data


@contextmanager
def _own_part(part: Path) -> Iterator[IO[bytes]]:
    """The part file, for this process alone; one of its own when another has it."""
    import fcntl

    path = part
    stream = path.open("a+b")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stream.close()
        path = part.with_name(f"{part.name}.{os.getpid()}-{threading.get_ident()}")
        stream = path.open("w+b")
    try:
        yield stream
        path.unlink(missing_ok=True)  # whole: its content went on to where it belongs
    except DatasetUnavailableError as error:
        if path != part or error.context.get("code") == CHECKSUM:
            path.unlink(missing_ok=True)
        raise
    finally:
        stream.close()


def _go_on(
    file: RemoteFile,
    stream: IO[bytes],
    session: Any,
    patience: Patience,
    on_bytes: OnBytes,
    should_stop: ShouldStop,
) -> None:
    """Ask for what is missing and append it. Raises: Broken and what `download` raises."""
    have = stream.seek(0, os.SEEK_END)
    if have > file.size:
        have = stream.truncate(0)
    if have == file.size:
        return
    headers = {"Accept-Encoding": "identity", "User-Agent": f"gridscope/{__version__}"}
    if have:
        headers["Range"] = f"bytes={have}-"
    posts = listen(session, file.address, headers, patience, should_stop, file.size)
    with closing(posts):
        head = next(posts)
        assert isinstance(head, Head)
        have = _begin(file, stream, head, have)
        for piece in posts:
            assert isinstance(piece, bytes)
            stream.write(piece[: file.size + 1 - have])
            have += len(piece)
            on_bytes(min(have, file.size))
            if have > file.size:
                break  # more than there should be: the check of content refuses it
    stream.flush()
    if have < file.size:
        raise Broken(f"{have:,} of {file.size:,} bytes came")


def _begin(file: RemoteFile, stream: IO[bytes], head: Head, have: int) -> int:
    """Bytes that are kept, now that the reply has begun. Raises what `_go_on` raises."""
    if head.status not in (200, 206, 416):
        raise _refusal(file, head)
    if head.status != 206 or _range_begins(head.headers) != have:
        have = stream.truncate(0)  # not the range that was asked for: all of it then
        if head.status != 200:
            raise Broken("it sent another range than was asked for")
    length = head.headers.get("content-length", "")
    if length.isdigit() and have + int(length) != file.size:
        stream.truncate(0)
        raise DatasetUnavailableError(
            f"{_host(file)} announces {have + int(length):,} bytes for {file.path}, not "
            f"{file.size:,}.", hint="The file is not the one that was pinned; nothing was kept.",
            context={"code": CHECKSUM},
        )  # fmt: skip
    stream.seek(have)
    return have


def _range_begins(headers: Mapping[str, str]) -> int:
    """First byte of the range in the reply; -1 when it names none."""
    words = headers.get("content-range", "").removeprefix("bytes ").split("-")[0]
    return int(words) if words.isdigit() else -1


def _pause(seconds: float, should_stop: ShouldStop) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if should_stop():
            raise JobCancelled
        time.sleep(min(_POLL_SECONDS, seconds))


def _host(file: RemoteFile) -> str:
    return urlsplit(file.address).netloc


def _refusal(file: RemoteFile, head: Head) -> DatasetUnavailableError:
    words = {403: "refuses it", 404: "does not have it", 429: "wants fewer requests"}
    told = words.get(head.status, "can't give it")
    return DatasetUnavailableError(
        f"{_host(file)} {told} (HTTP {head.status}): {file.address}",
        hint=f"Try again later. {OFFLINE_HINT}",
    )
