"""Files of `candidates` and `screen`: rows, crystals, limits with units, what passed and why."""

from __future__ import annotations

import csv
import json as json_module
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.cli.outputs import notes, save_npz
from core.types import Failure

_DIGITS = 6


def write_candidates(
    path: Path, result: Any, failures: Sequence[Failure], request: Mapping[str, Any]
) -> None:
    """Candidates as columns and templates (.npz), rows (.csv) or crystals (.json, .extxyz)."""
    from core.io.replace import replacing
    from core.io.write import to_extxyz, to_pymatgen_json
    from core.screening.candidates import Candidates

    if path.suffix == ".npz":
        save_npz(path, result, failures, request)
        return
    found = Candidates.from_arrays(result.outputs)
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        if path.suffix == ".json":
            stream.write(to_pymatgen_json([c for _, b in found.batches() for c in b]))
        elif path.suffix == ".extxyz":
            for _, batch in found.batches():
                stream.writelines(to_extxyz(crystal) for crystal in batch)
        else:
            writer = csv.writer(stream)
            writer.writerow(["id", "formula", "prototype_label", "parent_id", "substitution",
                             "substitution_probability", "scale_of_lengths"])  # fmt: skip
            for i, (name, parent) in enumerate(zip(found.ids, found.parents, strict=True)):
                writer.writerow([
                    name, found.formulas[i], found.labels[i], parent, found.changes(i),
                    _rounded(found.probability[i]), _rounded(found.scale[i]),
                ])  # fmt: skip


def write_screened(
    path: Path, result: Any, failures: Sequence[Failure], request: Mapping[str, Any]
) -> None:
    """Everything (.npz), all candidates (.parquet), or the shortlist and its limits (.csv)."""
    from core.io.replace import replacing

    if path.suffix == ".npz":
        save_npz(path, result, failures, request)
        return
    origin = str(notes(result, failures, request)["provenance"])
    if path.suffix == ".parquet":
        _write_parquet(path, result.outputs, origin)
        return
    chosen = result.outputs["shortlist"].tolist()
    columns = table_of(result.outputs)
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow([*columns, "reasons"])
        for row, reason in zip(chosen, result.outputs["reasons"].tolist(), strict=True):
            values = (column[row] for column in columns.values())
            writer.writerow([*(_plain(v) for v in values), reason])
    with replacing(path.with_name(f"{path.name}.json")) as temporary:
        record = {**told(result.outputs), "provenance": json_module.loads(origin)}
        temporary.write_text(json_module.dumps(record, indent=1) + "\n", "utf-8")


def table_of(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """A column each of all candidates, units in the names."""
    out = {"id": outputs["ids"], "formula": outputs["formula"]}
    levels = outputs["levels"].tolist()
    for key in outputs["properties"].tolist():
        out[key] = outputs[key]
        if f"{key}_std" in outputs:
            out[f"{key}_std"] = outputs[f"{key}_std"]
        for j, level in enumerate(levels if f"{key}_intervals" in outputs else []):
            for side, word in enumerate(("low", "high")):
                out[f"{key}_{word}_{level:g}"] = outputs[f"{key}_intervals"][:, side, j]
    for key in ("percentile", "nearest", "unseen", "new_prototype", "within_hull", "score"):
        if key in outputs:
            out[key] = outputs[key]
    for j, stage in enumerate(outputs["stages"].tolist()):
        out[f"passed {stage}"] = outputs["passed"][:, j]
    return out


def _write_parquet(path: Path, outputs: Mapping[str, Any], origin: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from core.io.replace import replacing

    table = pa.table(
        {name: pa.array(values.tolist()) for name, values in table_of(outputs).items()}
    )
    about = {"screen": json_module.dumps(told(outputs)), "provenance": origin}
    with replacing(path) as temporary:
        pq.write_table(table.replace_schema_metadata(about), temporary)


def told(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Counts at each stage, limits with units, and what became of the list, JSON-able."""
    stages = zip(
        outputs["stages"].tolist(), outputs["stage_titles"].tolist(),
        outputs["stage_notes"].tolist(), outputs["alone"].tolist(),
        outputs["counts"].tolist()[1:], strict=True,
    )  # fmt: skip
    return {
        "candidates": int(outputs["counts"][0]),
        "stages": [
            {"key": k, "title": t, "note": n, "passes_alone": a, "left": c}
            for k, t, n, a, c in stages
        ],
        "thresholds": json_module.loads(str(outputs["thresholds"])),
        "message": str(outputs["message"]),
        "shortlist": outputs["ids"][outputs["shortlist"]].tolist(),
    }  # fmt: skip


def _plain(value: Any) -> Any:
    item = value.item() if isinstance(value, np.generic) else value
    return _rounded(item) if isinstance(item, float) else item


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
