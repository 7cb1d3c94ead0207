"""The table of readers of public sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.data.public import PublicSet
from core.data.tables import DataTable
from core.registry import Registry
from core.types import Crystal, ParseReport, Progress, RawFile, ShouldStop


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader may use besides the files.

    Attributes:
        workers: processes that parse; None for all processors, 0 for this process.
        examine: let the doctor see each crystal.
        on_progress, should_stop: as for `core.io.parse`.
    """

    workers: int | None = None
    examine: bool = False
    on_progress: Progress | None = None
    should_stop: ShouldStop | None = None

    def options(self) -> dict[str, Any]:
        """For `core.io.parse`."""
        return {
            "workers": self.workers, "examine": self.examine, "on_progress": self.on_progress,
            "should_stop": self.should_stop,
        }  # fmt: skip


Found = ParseReport | DataTable
ReadSet = Callable[[PublicSet, Sequence[RawFile], Reading], Found]


@dataclass(frozen=True, slots=True)
class PublicReader:
    """How the files of a set are read; `read` may raise InputError when they are not as expected.

    Files are verified before a reader sees them, so a reader may trust names and layout.
    """

    key: str
    read: ReadSet


PUBLIC_READERS: Registry[PublicReader] = Registry("reader of public sets", "core.data.readers")


def with_properties(crystal: Crystal, entry: PublicSet, **more: Any) -> Crystal:
    """The crystal with the columns of the set alone, under our keys, and with the set as source."""
    # Some spellings are known to `core.io` and come under our key already.
    kept = {
        ours: crystal.properties.get(theirs, crystal.properties.get(ours))
        for ours, theirs in entry.columns.items()
    }
    kept.update(more)
    present = {key: value for key, value in kept.items() if value is not None}
    where = crystal.source.rpartition("/")[2]
    return crystal.with_(properties=present, source=f"public:{entry.key}/{where}")
