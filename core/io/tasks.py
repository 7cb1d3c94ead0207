"""One piece of work for a reader or the doctor, and doing it: the same code in any process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.config import ParseLimits
from core.errors import ComputeError, InputError, ParseError
from core.io.draft import Draft, Enclosed, Outcome, Refusal
from core.types import RawFile


@dataclass(frozen=True, slots=True, eq=False)
class FileTask:
    """Read a file whose format is `reader`, and check each crystal in it."""

    reader: str
    raw: RawFile
    limits: ParseLimits
    examine: bool


@dataclass(frozen=True, slots=True, eq=False)
class DraftTask:
    """Check a crystal that is read already."""

    draft: Draft
    examine: bool
    properties: Mapping[str, Any] = field(default_factory=dict)


Task = FileTask | DraftTask


def outcomes(task: Task) -> Iterator[Outcome]:
    """What comes of a task: one item for each crystal. Raises nothing of a file's making."""
    if isinstance(task, DraftTask):
        yield checked(task.draft, task.examine)
        return
    from core.io.readers import READERS

    try:
        for item in READERS[task.reader].read(task.raw, task.limits):
            if isinstance(item, Draft):
                yield checked(item, task.examine)
            elif isinstance(item, Enclosed):
                yield Refusal(item.name, "ParseError", "Files inside records are not nested.")
            else:
                yield item
    except (InputError, ComputeError) as error:
        yield Refusal.from_error(error)
    except (MemoryError, RecursionError) as error:
        yield Refusal("", "ParseError", f"The file is too complex ({type(error).__name__}).")


def checked(draft: Draft, examine: bool) -> Outcome:
    """The draft with its findings, or why the crystal is refused."""
    from core.io.doctor.examine import examine as full
    from core.io.doctor.examine import sanity

    try:
        draft = sanity(draft)
        return full(draft) if examine else draft.noting(examined=False)
    except (InputError, ComputeError) as error:
        return Refusal.from_error(error, draft.name, draft.own_id)
    except MemoryError as error:
        refusal = ParseError(f"The cell can't be searched for neighbours ({error}).")
        return Refusal.from_error(refusal, draft.name, draft.own_id)
