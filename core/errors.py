"""Every error Gridscope raises on purpose.

    GridscopeError(message, *, hint, context)
    |- InputError
    |  |- ParseError                 the text is not a readable crystal
    |  |- UnsupportedFormatError     no reader for this kind of file
    |  |- DisorderedStructureError   partial occupancy where an ordered crystal is needed
    |  |- SchemaError                a table or record lacks what it must hold
    |  |- ModelFileError             a model file is not ours, damaged, or of another version
    |  `- UploadLimitError           more bytes, files or atoms than the limits allow
    |- SpecError
    |  |- UnknownNameError           no entry of that name in a registry
    |  |- InvalidSpecError           an option is out of its bounds
    |  `- ShapeMismatchError         arrays that do not belong together
    |- ComputeError
    |  |- NeighborShortageError      fewer neighbours or centres than asked for
    |  |- ConvergenceError           an iteration did not settle
    |  `- NonFiniteError             NaN or infinity where a number is needed
    `- ResourceError
       |- MissingDependencyError     an optional package is absent
       |- DatasetUnavailableError    a data set can't be had here
       |- MemoryBudgetError          the result would not fit
       |- StoreUnavailableError      the store can't be opened, is busy, full or damaged
       `- SourceError                a live source gives no usable answer
          |- SourceUnreachableError  no connection, or no network at all
          |- SourceTimeoutError      no answer in the time given
          |- SourceRefusedError      it refuses the request: a wrong key or filter, too many
          `- BadReplyError           the answer is not what the protocol promises
    JobCancelled                     the user stopped the job: not an error

A batch loop turns InputError and ComputeError into `core.types.Failure` rows; others end the job.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


class GridscopeError(Exception):
    """A fault that can be explained to the user.

    Args:
        message: what is wrong, quoting the offending value.
        hint: what to do about it; may be empty.
        context: values for logs and reports.
    """

    def __init__(
        self, message: str, *, hint: str = "", context: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.context: Mapping[str, Any] = MappingProxyType(dict(context or {}))

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only arguments survive the trip through a process pool.
        return _rebuild, (type(self), self.message, self.hint, dict(self.context))


def _rebuild(
    kind: type[GridscopeError], message: str, hint: str, context: dict[str, Any]
) -> GridscopeError:
    return kind(message, hint=hint, context=context)


class InputError(GridscopeError):
    """The user's data can't be used as it is."""


class ParseError(InputError):
    """The text is not a readable crystal."""


class UnsupportedFormatError(InputError):
    """No reader for this kind of file."""


class DisorderedStructureError(InputError):
    """Partial occupancy where an ordered crystal is needed."""


class SchemaError(InputError):
    """A table or record lacks what it must hold."""


class ModelFileError(InputError):
    """A model file is not ours, damaged, tampered with, or of another version."""


class UploadLimitError(InputError):
    """More bytes, files or atoms than the limits allow."""


class SpecError(GridscopeError):
    """The request itself is wrong."""


class UnknownNameError(SpecError):
    """No entry of that name in a registry."""


class InvalidSpecError(SpecError):
    """An option is out of its bounds."""


class ShapeMismatchError(SpecError):
    """Arrays that do not belong together."""


class ComputeError(GridscopeError):
    """A calculation has no answer for this input."""


class NeighborShortageError(ComputeError):
    """Fewer neighbours or centres than asked for."""


class ConvergenceError(ComputeError):
    """An iteration did not settle."""


class NonFiniteError(ComputeError):
    """NaN or infinity where a number is needed."""


class ResourceError(GridscopeError):
    """The machine can't do this now."""


class MissingDependencyError(ResourceError):
    """An optional package is absent."""


class DatasetUnavailableError(ResourceError):
    """A data set can't be had here."""


class MemoryBudgetError(ResourceError):
    """The result would not fit into the memory budget."""


class StoreUnavailableError(ResourceError):
    """The workspace store can't be opened, is busy, full or damaged."""


class SourceError(ResourceError):
    """A live source gives no usable answer."""


class SourceUnreachableError(SourceError):
    """No connection to a live source, or no network at all."""


class SourceTimeoutError(SourceError):
    """A live source gave no answer in the time it had."""


class SourceRefusedError(SourceError):
    """A live source refuses the request: a wrong key or filter, or too many requests."""


class BadReplyError(SourceError):
    """The answer of a live source is not what its protocol promises."""


class JobCancelled(Exception):  # noqa: N818 - a decision of the user, not an error
    """The user stopped the job."""
