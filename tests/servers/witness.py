"""A fixture that hears everything a process says: logs of all libraries, warnings, its streams."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Some set a level or handlers of their own, on import or before.
TALKATIVE = ("", "urllib3", "urllib3.connectionpool", "requests", "mp_api", "emmet", "gridscope",
             "gridscope.sources", "gridscope.reading", "gridscope.jobs", "asyncio")  # fmt: skip


class Witness:
    """Keeps each log record in full; `said()` is all of it as text."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd
        self._heard: list[str] = []
        self.n_records = 0

    def hear(self, record: logging.LogRecord) -> None:
        """The record as formatted, and everything it carries."""
        self.n_records += 1
        self._heard += [logging.Formatter().format(record), repr(record.__dict__)]

    def note(self, *things: Any) -> None:
        """Anything else that must not tell: as text and as Python shows it."""
        self._heard += [f"{thing}\n{thing!r}" for thing in things]

    def said(self) -> str:
        """Everything so far, the process's own output included."""
        out = self._capfd.readouterr()
        self._heard += [out.out, out.err]
        return "\n".join(self._heard)


@pytest.fixture
def witness(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Witness]:
    """All loggers at DEBUG, warnings kept instead of raised."""
    found = Witness(capfd)
    handler = logging.Handler(logging.DEBUG)
    handler.emit = found.hear  # type: ignore[method-assign]
    levels = {name: logging.getLogger(name).level for name in TALKATIVE}
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        monkeypatch.setattr(warnings, "showwarning", lambda *about, **_: found.note(*about))
        yield found
    logging.getLogger().removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def files_holding(folder: Path, text: str) -> list[Path]:
    """Files under a folder whose bytes or names hold a text; archives are looked into."""
    return [
        path
        for path in folder.rglob("*")
        if text in path.name or (path.is_file() and text.encode() in _unpacked(path))
    ]


def _unpacked(path: Path) -> bytes:
    import zipfile

    data = path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            data += b"".join(archive.read(name) for name in archive.namelist())
    return data
