"""Model files: a zip of a manifest in JSON and the fitted state as skops writes it; no pickle.

The manifest says which model it is, with which options, for which property, made by which
versions, and the digests of both parts; the state holds, from schema 2 on, the training domain
too. A damaged file fails the digest; one made to do harm fails the audit of its types and trees
(`core.models.audit`).
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from stat import S_ISREG
from typing import Any

import numpy as np

from core import __version__
from core.config import memory_budget_bytes
from core.errors import GridscopeError, ModelFileError
from core.hashing import bytes_digest, mapping_digest
from core.io.replace import replacing
from core.models.audit import TREE_TYPES, audit_trees, audit_types
from core.models.base import MODELS, FittedModel
from core.models.conformal import Conformal, ConformalSpec
from core.models.skops_io import skops_io
from core.uncertainty.applicability import Domain

SUFFIX = ".gsmodel"
FORMAT = "gridscope-model"
SCHEMA = 2
_READ = (1, 2)  # of schema 1 nothing is known of the training crystals but their ids
_MANIFEST, _STATE = "manifest.json", "state.skops"
_NOT_OURS = "Choose a file that Gridscope saved (.gsmodel)."
_MANIFEST_BYTES = 64 * 2**20


def model_bytes(model: FittedModel) -> bytes:
    """The file of a fitted model: the same bytes for the same model on one machine."""
    state = skops_io().dumps(_state(model))
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "schema": SCHEMA,
        "versions": _versions(),
        "model": _described(model),
        "conformal": None,
        "state_sha256": bytes_digest(state),
    }
    if model.conformal is not None:
        manifest["conformal"] = {
            "spec": model.conformal.spec.to_dict(),
            "folds": [_described(fold) for fold in model.conformal.folds],
        }
    manifest["digest"] = mapping_digest(manifest)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in ((_MANIFEST, json.dumps(manifest).encode()), (_STATE, state)):
            entry = zipfile.ZipInfo(name)  # a fixed date
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()


def save_model(model: FittedModel, path: Path) -> None:
    """Write a model file, whole or not at all."""
    data = model_bytes(model)
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def load_model(source: Path | bytes) -> FittedModel:
    """Read a model file.

    Raises: ModelFileError for a file that is not ours, is damaged or tampered with, or was made by
        another version; MemoryBudgetError never: what is too large is refused as such a file.
    """
    data = source if isinstance(source, bytes) else _read(source)
    manifest, state = _parts(data)
    _check_versions(manifest)
    try:
        return _rebuilt(manifest, state)
    except ModelFileError:
        raise
    except GridscopeError as error:
        raise ModelFileError(
            f"The model file can't be used: {error.message}", hint=error.hint
        ) from error
    except (
        KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, MemoryError,
        OverflowError,
    ) as error:  # fmt: skip
        raise ModelFileError(
            f"The model file lacks what it must hold: {type(error).__name__} {error}.",
            hint=_NOT_OURS,
        ) from error


def read_manifest(source: Path | bytes) -> Mapping[str, Any]:
    """What a model file says of itself, its digest checked, nothing rebuilt.

    Raises: ModelFileError.
    """
    return _parts(source if isinstance(source, bytes) else _read(source))[0]


def _described(model: FittedModel) -> dict[str, Any]:
    return {
        "key": model.key, "version": model.model.version, "spec": model.spec.to_dict(),
        "needs": model.needs.to_dict(), "target": model.target_key, "ids": list(model.ids),
        "constant": model.constant, "range": list(model.range), "seed": model.seed,
        "seconds": model.seconds, "notes": list(model.notes),
    }  # fmt: skip


def _state(model: FittedModel) -> dict[str, Any]:
    out: dict[str, Any] = {"model": model.state}
    if model.conformal is not None:
        c = model.conformal
        out |= {"scores": c.scores, "fold_of": c.fold_of, "folds": [f.state for f in c.folds]}
    if model.domain is not None:
        d = model.domain
        out["domain"] = {
            "counts": dict(d.counts), "target": d.target, "nearest": d.nearest, "space": d.space,
            "digests": d.digests, "projection": dict(d.projection),
        }  # fmt: skip
    return out


def _versions() -> dict[str, str]:
    names = ("scikit-learn", "numpy", "skops")
    return {"gridscope": __version__, **{name: version(name) for name in names}}


def _read(path: Path) -> bytes:
    most = memory_budget_bytes() // 2
    try:
        found = path.stat()
        if not S_ISREG(found.st_mode):  # a device or a pipe may never end
            raise ModelFileError(f"{path.name!r} is no file.", hint=_NOT_OURS)
        if found.st_size > most:
            raise ModelFileError(f"{path.name!r} is too large for this machine's memory.")
        with path.open("rb") as stream:
            return stream.read(most)
    except (OSError, ValueError) as error:  # a name with a null byte is a value error
        reason = error.strerror if isinstance(error, OSError) else error
        raise ModelFileError(f"{path.name!r} can't be read: {reason}.") from error


def _parts(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Manifest and state, both matching their digests."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
            if set(sizes) != {_MANIFEST, _STATE}:
                raise ModelFileError("This is no model file of Gridscope.", hint=_NOT_OURS)
            if sizes[_MANIFEST] > _MANIFEST_BYTES or sizes[_STATE] > memory_budget_bytes() // 2:
                raise ModelFileError("The model file unpacks to more than this machine can hold.")
            manifest = json.loads(archive.read(_MANIFEST))
            state = archive.read(_STATE)
    except (
        zipfile.BadZipFile, zlib.error, ValueError, RecursionError, EOFError, NotImplementedError,
        RuntimeError, OSError,
    ) as error:  # fmt: skip
        raise ModelFileError(
            f"This is no model file of Gridscope, or it is damaged ({error}).", hint=_NOT_OURS
        ) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ModelFileError("This is no model file of Gridscope.", hint=_NOT_OURS)
    stated = manifest.pop("digest", None)
    if stated != mapping_digest(manifest) or manifest.get("state_sha256") != bytes_digest(state):
        raise ModelFileError(
            "The model file was changed after it was saved: its digests do not match.",
            hint="Get it again from where it came from.",
        )
    return manifest, state


def _check_versions(manifest: Mapping[str, Any]) -> None:
    if manifest.get("schema") not in _READ:
        raise ModelFileError(
            f"The model file has schema {manifest.get('schema')!r}; this version reads up to "
            f"{SCHEMA}.",
            hint="Train the model again, or use the version of Gridscope that made it.",
        )
    made, here = manifest.get("versions"), _versions()
    made = made if isinstance(made, dict) else {}
    for name in ("scikit-learn",):
        if str(made.get(name)).split(".")[:2] != here[name].split(".")[:2]:
            raise ModelFileError(
                f"The model was made with {name} {made.get(name)}; here is {here[name]}, which may "
                "read trees differently.",
                hint="Train the model again, or install that version.",
            )


def _rebuilt(manifest: Mapping[str, Any], data: bytes) -> FittedModel:
    _check_size(data)
    audit_types(data)
    state = skops_io().loads(data, trusted=list(TREE_TYPES))
    audit_trees(state)
    conformal = None
    if manifest["conformal"] is not None:
        folds = zip(manifest["conformal"]["folds"], state["folds"], strict=True)
        conformal = Conformal(
            ConformalSpec.from_dict(manifest["conformal"]["spec"]),
            np.asarray(state["scores"], dtype=np.float64),
            tuple(_model(described, fold, None) for described, fold in folds),
            np.asarray(state["fold_of"], dtype=np.int64),
        )
    made = _model(manifest["model"], state["model"], conformal)
    return replace(made, domain=_domain(state["domain"], made)) if "domain" in state else made


def _domain(said: Mapping[str, Any], model: FittedModel) -> Domain:
    """Checked: what is measured with it runs in compiled code."""
    projection = said["projection"]
    placed = bool(projection) or not said["space"] or model.model.space is not None
    if not placed or (projection and np.shape(projection["points"])[:1] != (len(model.ids),)):
        raise ModelFileError("The training crystals of the model are not all placed.")
    return Domain(
        {str(symbol): int(count) for symbol, count in said["counts"].items()},
        np.asarray(said["target"], dtype=np.float64), np.asarray(said["nearest"], dtype=np.float64),
        str(said["space"]), np.asarray(said["digests"], dtype=np.uint64), projection,
    )  # fmt: skip


def _model(said: Mapping[str, Any], state: Any, conformal: Conformal | None) -> FittedModel:
    model = MODELS[said["key"]]
    spec = model.spec_type.from_dict(said["spec"])
    if said["version"] != model.version or said["needs"] != model.needs(spec).to_dict():
        raise ModelFileError(
            f"The model {said['key']!r} was saved by a version that gave other numbers.",
            hint="Train the model again.",
        )
    if not isinstance(state, dict):
        raise ModelFileError("The state of the model is not what it must be.", hint=_NOT_OURS)
    low, high = said["range"]
    constant = None if said["constant"] is None else float(said["constant"])
    return FittedModel(
        model.key, spec, state, str(said["target"]), tuple(map(str, said["ids"])), constant,
        (float(low), float(high)), int(said["seed"]), float(said["seconds"]),
        tuple(map(str, said["notes"])), conformal,
    )  # fmt: skip


def _check_size(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(info.file_size for info in archive.infolist()) > memory_budget_bytes() // 2:
            raise ModelFileError("The model unpacks to more than this machine can hold.")
