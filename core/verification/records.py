"""What was computed of a crystal, kept on disk by its structure: nothing is relaxed twice.

The name of a record is the digest of structure, options, potential and algorithm. Ids and
properties are no part of it: the same structure in another library is found too.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError
from core.hashing import mapping_digest
from core.io.replace import replacing
from core.store.home import home, make_folder
from core.types import Crystal
from core.verification.chgnet import METHOD
from core.verification.equation_of_state import Fit
from core.verification.relax import VERSION, Relaxation, RelaxSpec

_NUMBERS = ("energy", "converged", "residual", "n_steps", "max_force", "pressure", "seconds")


def record_key(crystal: Crystal, spec: RelaxSpec) -> str:
    """The name of the record of this structure under these options.

    The time a crystal may take is no part of it: what was finished stays finished.
    """
    options = {k: v for k, v in spec.to_dict().items() if k != "max_seconds"}
    return mapping_digest(
        {"structure": crystal.digest, "options": options, "potential": METHOD, "version": VERSION}
    )


def save_record(key: str, found: Relaxation) -> None:
    """Keep it, whole or not at all. Raises: GridscopeError when the disk is full."""
    path = _path(key)
    make_folder(path.parent)
    values: dict[str, Any] = {name: getattr(found, name) for name in _NUMBERS}
    values |= {
        "lattice": found.crystal.lattice.tolist(), "frac": found.crystal.frac.tolist(),
        "volumes": found.volumes.tolist(), "energies": found.energies.tolist(),
        "fit": None if found.fit is None else asdict(found.fit),
    }  # fmt: skip
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(values), "utf-8")


def load_record(key: str, crystal: Crystal) -> Relaxation | None:
    """What is known of the crystal of that key; None when nothing is, or it can't be read."""
    try:
        values = json.loads(_path(key).read_text("utf-8"))
        return Relaxation(
            crystal=crystal.with_(lattice=values["lattice"], frac=values["frac"], labels=()),
            volumes=np.array(values["volumes"]), energies=np.array(values["energies"]),
            fit=None if values["fit"] is None else Fit(**values["fit"]),
            **{name: values[name] for name in _NUMBERS},
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, InputError):
        return None  # damaged or of another shape: computed again


def _path(key: str) -> Path:
    return home() / "verified" / key[:2] / f"{key}.json"
