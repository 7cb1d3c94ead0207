"""Models that a workspace keeps: they are listed, renamed, removed, and travel with it.

A kept model is a result of kind `model` with one file; its key is the digest of that file, so the
same model is kept once. What is said of it (name, errors) lies in the workspace, not in the file:
of one that came with an import nobody here has measured anything, and that is said.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import InvalidSpecError, ModelFileError, UnknownNameError
from core.hashing import bytes_digest
from core.models.base import MODELS
from core.models.persistence import SUFFIX, load_model, read_manifest
from core.units import quantity

if TYPE_CHECKING:
    from core.store.results import Result
    from core.store.workspace import Workspace

KIND = "model"
LONGEST_NAME = 80
_FILE = f"model{SUFFIX}"


@dataclass(frozen=True, slots=True)
class KeptModel:
    """What a workspace knows of a model it keeps.

    Attributes:
        key: SHA-256 of the file.
        name: the user's, unique in the workspace.
        model: key of the model, such as `averaged`.
        target, unit: what it predicts.
        n: training crystals.
        mae: mean absolute error of its run in the target's unit; None where none was stated.
        split: the split under which that was measured, in words.
        intervals: whether it states intervals.
        created: seconds since 1970.
        imported: whether it came with an import.
        n_bytes: of the file.
    """

    key: str
    name: str
    model: str
    target: str
    unit: str
    n: int
    mae: float | None
    split: str
    intervals: bool
    created: float
    imported: bool
    n_bytes: int

    @property
    def error(self) -> str:
        """The error in words, with its split."""
        if self.mae is None:
            return "error not stated"
        return f"MAE {self.mae:.3g} {self.unit}".strip() + (f", {self.split}" if self.split else "")

    def __str__(self) -> str:
        title = MODELS[self.model].title if self.model in MODELS else self.model
        return (f"{self.name}: {quantity(self.target).label}, {title}, {self.n:,} crystals, "
                f"{self.error}")  # fmt: skip


def keep_model(
    workspace: Workspace, name: str, data: bytes, *, mae: float | None = None, split: str = "",
    notes: Mapping[str, Any] | None = None,
) -> KeptModel:  # fmt: skip
    """Keep a model file in a workspace under a name.

    Args:
        data: the bytes of the file; it is loaded once to be sure that it can be.
        mae: mean absolute error of its run, in the target's unit.
        split: under which split that was measured, in words.
        notes: JSON-able; such as the options of the run.

    Raises: ModelFileError for what is no model file; InvalidSpecError for a name that can't be one
        or is taken; StoreUnavailableError; UnknownNameError when the workspace was removed.
    """
    key = bytes_digest(data)
    model = load_model(data)
    _require_free(workspace, name, key)
    spec = {
        "model": model.key, "target": model.target_key, "n": len(model.ids), "mae": mae,
        "split": split, "intervals": model.conformal is not None, "notes": dict(notes or {}),
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="gridscope-") as folder:
        path = Path(folder) / _FILE
        path.write_bytes(data)
        result = workspace.results.save_files(
            key, {_FILE: path}, kind=KIND, label=name, spec=spec
        )  # fmt: skip
    return _kept(result)


def kept_models(workspace: Workspace) -> list[KeptModel]:
    """All models of a workspace, newest first; what an import claims wrongly is left out."""
    out = []
    for result in workspace.results.all(KIND):
        try:
            out.append(_kept(result))
        except (KeyError, TypeError, ValueError, OverflowError):  # of int(Infinity)
            continue  # an import may say anything
    return out


def find_model(workspace: Workspace, name: str) -> KeptModel:
    """The model of this name or key. Raises: UnknownNameError."""
    known = kept_models(workspace)
    for model in known:
        if name in (model.name, model.key):
            return model
    names = [model.name for model in known]
    near = get_close_matches(name, names, n=1)
    guess = f"Did you mean {near[0]!r}? " if near else ""
    rest = "Models: " + ", ".join(names[:12]) + "." if names else "It keeps no models."
    raise UnknownNameError(f"The workspace keeps no model {name[:80]!r}.", hint=guess + rest)


def model_path(workspace: Workspace, key: str) -> Path:
    """The file of a kept model, checked against its digest.

    Raises: UnknownNameError; SchemaError when it is gone; ModelFileError when it is another file.
    """
    path = workspace.results.path(key, _FILE)
    if bytes_digest(path.read_bytes()) != key:
        raise ModelFileError(
            "The kept model is not the file that was kept.", hint="Remove it and keep it again."
        )
    read_manifest(path)
    return path


def rename_model(workspace: Workspace, key: str, name: str) -> None:
    """Raises: UnknownNameError; InvalidSpecError for a name that can't be one or is taken."""
    found = workspace.results.find(key)
    if found is None or found.kind != KIND:
        raise UnknownNameError(f"The workspace keeps no model {key[:16]!r}.")
    _require_free(workspace, name, key)
    workspace.results.put(replace(found, label=name))


def remove_model(workspace: Workspace, key: str) -> None:
    """Forget a model; its file goes when no other workspace keeps it."""
    workspace.results.remove(key)


def _require_free(workspace: Workspace, name: str, key: str) -> None:
    if not (name.isprintable() and name == name.strip() and 0 < len(name) <= LONGEST_NAME):
        raise InvalidSpecError(
            f"{name[:LONGEST_NAME]!r} can't name a model.",
            hint=f"Use 1 to {LONGEST_NAME} printable characters, none of them a space at either "
            "end.",
        )
    if any(model.name == name and model.key != key for model in kept_models(workspace)):
        raise InvalidSpecError(
            f"The workspace keeps a model {name!r} already.", hint="Choose another name."
        )


def _kept(result: Result) -> KeptModel:
    said = result.spec
    mae = said["mae"]
    return KeptModel(
        result.key, result.label, str(said["model"]), str(said["target"]),
        quantity(str(said["target"])).unit, int(said["n"]), None if mae is None else float(mae),
        str(said["split"]), bool(said["intervals"]), result.created, result.imported,
        result.files[_FILE].n_bytes,
    )  # fmt: skip
