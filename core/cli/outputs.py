"""Files the command line writes: named well, whole or absent, with failures and provenance."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.cli.console import failure_row
from core.errors import GridscopeError, InvalidSpecError, UnknownNameError
from core.io.replace import replacing
from core.jobs.base import JobResult
from core.types import Failure

_ZARR_FILES = ("zarr.json", ".zarray", ".zgroup")


def output_path(text: str, suffixes: tuple[str, ...]) -> Path:
    """The output path, checked before any work.

    Raises: InvalidSpecError for another suffix, a folder that does not exist, or a folder in the
        way that is no zarr store.
    """
    path = Path(text)
    if path.suffix not in suffixes:
        raise InvalidSpecError(
            f"The output {text!r} ends in {path.suffix!r}.", hint="Use " + ", ".join(suffixes) + "."
        )
    if not path.parent.is_dir():
        raise InvalidSpecError(
            f"The folder {str(path.parent)!r} does not exist.", hint="Create it first."
        )
    if path.is_dir():
        known = path.suffix == ".zarr" and any((path / name).exists() for name in _ZARR_FILES)
        if not known and (path.suffix != ".zarr" or any(path.iterdir())):
            raise InvalidSpecError(f"{text!r} is a folder already.", hint="Choose another name.")
    return path


def ids_path(path: Path) -> Path:
    """Where the ids, failures and provenance of a matrix in tiles go."""
    return path.with_name(f"{path.name}.ids.npz")


def save_npz(
    path: Path,
    result: JobResult,
    failures: Sequence[Failure],
    request: Mapping[str, Any],
) -> None:
    """Write arrays, failures and provenance (JSON in plain unicode), or nothing at all.

    Args:
        request: what the user asked for before the job began (paths, treatment of disorder).
    """
    arrays = {**result.outputs, **notes(result, failures, request)}
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


def public_records(paths: Sequence[str]) -> list[dict[str, Any]]:
    """For each public set among the paths: files, hashes, licence and works, for provenance."""
    from core.data.loading import citation_record
    from core.data.public import PUBLIC, PUBLIC_SETS, public_name

    names = [public_name(path).partition("#")[0] for path in paths if path.startswith(PUBLIC)]
    return [citation_record(PUBLIC_SETS[name]) for name in dict.fromkeys(names)]


def workspace_records(paths: Sequence[str]) -> dict[str, list[str]]:
    """For each workspace among the paths: what is on record of where its crystals came from.

    The result is computed by now: a store that can't be asked any more is a line of it, no error.
    """
    from core.library.kept import WORKSPACE, record_of
    from core.store.workspaces import open_store

    names = [path.partition("#")[0] for path in paths if path.startswith(WORKSPACE)]
    found: dict[str, list[str]] = {}
    if not names:
        return found
    try:
        with open_store() as store:
            for name in dict.fromkeys(names):
                try:
                    found[name] = record_of(store.workspace(name.removeprefix(WORKSPACE)).info)
                except UnknownNameError as error:  # removed since it was read
                    found[name] = [_not_had(error)]
    except GridscopeError as error:
        found = {name: [_not_had(error)] for name in names} | found
    return found


def _not_had(error: GridscopeError) -> str:
    return f"the record of the workspace could not be had: {error.message}"


def notes(
    result: JobResult, failures: Sequence[Failure], request: Mapping[str, Any]
) -> dict[str, NDArray[np.str_]]:
    """Failures and provenance as unicode arrays that load without pickle."""
    p = result.provenance
    origin: dict[str, Any] = {
        "spec": dict(p.spec), "input_digest": p.input_digest, "versions": dict(p.versions),
        "seconds": p.seconds, "created": p.created, "seed": p.seed, "request": dict(request),
    }  # fmt: skip
    sources = [*request.get("paths", ()), *request.get("known", ())]
    if sets := public_records(sources):
        origin["public_sets"] = sets
    if kept := workspace_records(sources):
        origin["workspaces"] = kept
    # ASCII escapes: numpy refuses the surrogates that stand for names that are no text.
    return {
        "failures": np.array([json.dumps(failure_row(f)) for f in failures], dtype=np.str_),
        "provenance": np.array(json.dumps(origin)),
    }
