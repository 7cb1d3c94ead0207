"""Crystals, examinations and failures in one folder: arrays in npz, the rest in JSON, no pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from core.errors import SchemaError
from core.io.replace import replacing
from core.store.home import make_folder
from core.store.packing import plain
from core.types import Crystal, Examination, Failure, Finding, ParseReport

SCHEMA = 1
_ARRAYS, _TEXTS = "crystals.npz", "report.json"


def save_report(folder: Path, report: ParseReport, meta: Mapping[str, Any]) -> None:
    """Write a report and JSON-able notes into a folder, replacing what it held.

    Raises: StoreUnavailableError when there can be no such folder; InputError for a full disk.
    """
    make_folder(folder.parent)
    counts = np.array([c.n_rows for c in report.crystals], dtype=np.int64)
    arrays = {
        name: np.concatenate([getattr(c, name) for c in report.crystals])
        for name in ("frac", "numbers", "occupancy", "position")
        if report.crystals
    }
    lattices = np.array([c.lattice for c in report.crystals]).reshape(-1, 3, 3)
    texts = {
        "schema": SCHEMA,
        "meta": dict(meta),
        "crystals": [
            {"id": c.id, "labels": list(c.labels), "properties": dict(c.properties),
             "source": c.source}
            for c in report.crystals
        ],
        "examinations": [
            {"crystal_id": e.crystal_id, "source": e.source, "verdict": e.verdict,
             "findings": [asdict(f) for f in e.findings], "facts": dict(e.facts), "hint": e.hint}
            for e in report.examinations
        ],
        "failures": [asdict(f) for f in report.failures],
    }  # fmt: skip
    with replacing(folder) as temporary:
        temporary.mkdir()
        with (temporary / _ARRAYS).open("wb") as stream:
            np.savez(stream, counts=counts, lattices=lattices, **arrays)  # type: ignore[arg-type]
        text = json.dumps(texts, ensure_ascii=False, default=plain)
        (temporary / _TEXTS).write_text(text, "utf-8")


def load_report(folder: Path) -> tuple[ParseReport, dict[str, Any]]:
    """The report and notes of a folder.

    Raises: SchemaError when the folder holds none, or one of another version of Gridscope.
    """
    try:
        texts = json.loads((folder / _TEXTS).read_text("utf-8"))
        if not isinstance(texts, dict) or texts.get("schema") != SCHEMA:
            found = texts.get("schema") if isinstance(texts, dict) else None
            raise SchemaError(
                f"What was saved has schema {found!r}, this version reads {SCHEMA}.",
                hint="Load your files again.",
            )
        # An open file of our own: NumPy leaves its own open when the archive is damaged.
        with (folder / _ARRAYS).open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = dict(stored)
        return _report(texts, arrays), texts["meta"]
    except (OSError, ValueError, LookupError, TypeError, EOFError, BadZipFile) as error:
        raise SchemaError(
            "What was saved under this link is gone or can't be read.",
            hint="Load your files again.",
            context={"folder": str(folder), "reason": str(error)},
        ) from error


def _report(texts: dict[str, Any], arrays: dict[str, Any]) -> ParseReport:
    return ParseReport(
        _crystals(texts["crystals"], arrays),
        tuple(Failure(**row) for row in texts["failures"]),
        tuple(
            Examination(**{**row, "findings": tuple(Finding(**f) for f in row["findings"])})
            for row in texts["examinations"]
        ),
    )


def _crystals(rows: list[dict[str, Any]], arrays: dict[str, Any]) -> tuple[Crystal, ...]:
    stops = np.cumsum(arrays["counts"])
    out = []
    for i, row in enumerate(rows):
        span = slice(stops[i] - arrays["counts"][i], stops[i])
        out.append(
            Crystal(
                row["id"],
                arrays["lattices"][i],
                arrays["frac"][span],
                arrays["numbers"][span],
                arrays["occupancy"][span],
                arrays["position"][span],
                tuple(row["labels"]),
                row["properties"],
                row["source"],
            )
        )
    return tuple(out)
