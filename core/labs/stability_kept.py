"""Trials kept on disk one by one, so that a stopped run goes on where it was."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from core.hashing import mapping_digest
from core.io.replace import replacing
from core.labs.stability import SET, Described, Trial
from core.models.base import MODELS, ModelSpec
from core.store.home import make_folder

VERSION = 1  # raised whenever trials change


def trial_key(described: Described, model: str, spec: ModelSpec, seed: int, share: float) -> str:
    """SHA-256 of all that decides the trials of a seed."""
    entry = MODELS[model]
    return mapping_digest({
        "set": SET, "crystals": [c.digest for c in described.crystals], "model": model,
        "version": entry.version, "spec": spec.to_dict(), "needs": entry.needs(spec).to_dict(),
        "seed": seed, "share": share, "trials": VERSION,
    })  # fmt: skip


def save_trial(folder: Path, key: str, trial: Trial) -> None:
    """Write a trial whole or not at all. Raises: GridscopeError when the disk is full."""
    make_folder(folder)
    arrays: dict[str, Any] = {f.name: np.asarray(getattr(trial, f.name)) for f in fields(Trial)}
    with replacing(_path(folder, key, trial.state)) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **arrays)


def load_trial(folder: Path, key: str, state: str) -> Trial | None:
    """The trial, or None when it was not kept or can't be read."""
    path = _path(folder, key, state)
    try:
        with np.load(path) as stored:
            values: dict[str, Any] = {f.name: stored[f.name] for f in fields(Trial)}
    except (OSError, ValueError, KeyError, EOFError):
        return None
    return Trial(**{
        **values, "seed": int(values["seed"]), "state": str(values["state"]),
        "part_names": tuple(values["part_names"].tolist()), "seconds": float(values["seconds"]),
    })  # fmt: skip


def _path(folder: Path, key: str, state: str) -> Path:
    return folder / f"{key[:32]}-{state}.npz"
