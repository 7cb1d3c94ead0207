"""The result bundle: data, the script that makes it, versions, references, in one zip."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from core.citations import bibtex
from core.types import Failure, Provenance


def bundle(
    files: Mapping[str, bytes],
    *,
    script: str,
    cite: tuple[str, ...],
    provenance: Provenance | Mapping[str, Any],
    failures: tuple[Failure, ...] = (),
    decisions: tuple[str, ...] = (),
) -> bytes:
    """A zip with the data files, script.py, references.bib and provenance.json.

    Args:
        files: name -> content.
        script: reproduces the numbers against `core`.
        cite: DOIs.
        provenance: what the result rests on.
        failures: what could not be computed.
        decisions: what the user decided on the way.
    """
    origin = dict(provenance) if isinstance(provenance, Mapping) else _plain(asdict(provenance))
    notes = {
        "provenance": origin,
        "failures": [asdict(f) for f in failures],
        "decisions": list(decisions),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr("script.py", script)
        archive.writestr("references.bib", bibtex(cite))
        text = json.dumps(notes, indent=2, ensure_ascii=False, default=str)
        archive.writestr("provenance.json", text)
    return stream.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    """Arrays as npz in memory; unicode and numbers only, so they load without pickle."""
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value
