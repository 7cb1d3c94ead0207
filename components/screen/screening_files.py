"""What leaves the Screen page: shortlist, all candidates, and a bundle with limits and units."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from components import changes, downloads
from components.screen.screened import Outcome
from components.screen.screening_scripts import cite, script
from core.io.write import to_cif
from core.library import Library
from core.library.export import spreadsheet_safe
from core.types import IntArray

_DIGITS = 8


def files(outcome: Outcome) -> None:
    """Downloads, and the shortlist as the crystals at hand."""
    name, library = f"screen-{outcome.source.name}", outcome.source.library
    with st.container(horizontal=True, gap="small"):
        _button("Shortlist, CSV", f"{name}-shortlist.csv", "text/csv",
                lambda: shortlist_csv(outcome))  # fmt: skip
        _button("All candidates, parquet", f"{name}.parquet", "application/octet-stream",
                lambda: everything(outcome))  # fmt: skip
        _button("Bundle", f"{name}.zip", "application/zip", lambda: bundle(outcome))
    st.caption(
        "The bundle holds the shortlist with CIFs, the table of all candidates, every limit with "
        "its unit and meaning, the counts of the funnel, the models, a script and references."
    )
    if library is None or not len(outcome.shortlist):
        return
    if st.button(
        f"Make the shortlist of {len(outcome.shortlist):,} the crystals at hand",
        key="screen.keep", icon=":material/filter_alt:",
        help="Recorded as a decision; Undo in the Library takes it back",
    ):  # fmt: skip
        changes.apply(_kept(outcome, library))


def _kept(outcome: Outcome, library: Library) -> Library:
    titles = "; ".join(stage.title for stage in outcome.found.funnel.stages)
    ids = [str(outcome.source.table.ids[i]) for i in outcome.shortlist.tolist()]
    models = ", ".join(model.recorded for model in outcome.source.models)
    return library.keeping(ids, f"screened by {models}: {titles}; kept {len(ids)}")


def _button(label: str, name: str, mime: str, make: Any) -> None:
    st.download_button(
        label, make, file_name=name, mime=mime, key=f"screen.file.{label}", on_click="ignore",
        icon=":material/download:", help=f"Save {name}",
    )  # fmt: skip


def shortlist_csv(outcome: Outcome) -> bytes:
    """The shortlist, best first; units stand in the names of the columns."""
    rows = outcome.shortlist
    columns = table_of(outcome, rows)
    columns["reasons"] = ["; ".join(outcome.found.funnel.reasons(i)) for i in rows.tolist()]
    lines = io.StringIO(newline="")
    out = csv.writer(lines)
    out.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        out.writerow([_cell(value) for value in row])
    return lines.getvalue().encode()


def everything(outcome: Outcome) -> bytes:
    """All candidates with what they passed; limits and models in the file's metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = outcome.found.funnel
    columns: dict[str, Any] = table_of(outcome, np.arange(len(outcome.source.table)))
    for stage in found.stages:
        columns[f"passed {stage.key}"] = stage.passed
    columns["passed"] = found.passed
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    notes = {"gridscope": json.dumps(limits(outcome), ensure_ascii=False)}
    stream = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(notes), stream, compression="zstd")
    return stream.getvalue()


def bundle(outcome: Outcome) -> bytes:
    """Everything that the shortlist rests on."""
    source = outcome.source
    contents = {
        "shortlist.csv": shortlist_csv(outcome), "candidates.parquet": everything(outcome),
        "limits.json": json.dumps(limits(outcome), indent=2, ensure_ascii=False).encode(),
    }  # fmt: skip
    for place, member in enumerate(outcome.crystals, start=1):
        safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in member.id)[:80]
        contents[f"structures/{place:04d}-{safe}.cif"] = to_cif(member).encode()
    text = script(outcome)
    for model in source.models:
        contents[f"models/{model.target}.gsmodel"] = model.path.read_bytes()
        told = f"assets/models/{model.path.name}" if model.card else f"{model.target}.gsmodel"
        text = text.replace(repr(told), repr(f"models/{model.target}.gsmodel"))
    origin: Any = source.result.provenance if source.result else {"batch": str(source.path)}
    return downloads.bundle(
        contents, script=text, cite=cite(source), provenance=origin,
        failures=source.result.failures if source.result else (),
        decisions=source.library.decisions if source.library else (),
    )  # fmt: skip


def limits(outcome: Outcome) -> dict[str, Any]:
    """Every limit with unit and meaning, counts, models, and what became of the list."""
    request, found = outcome.request, outcome.found.funnel
    return {
        "message": found.message, "candidates": int(found.counts[0]),
        "stages": [
            {"key": s.key, "title": s.title, "note": s.note, "passes_alone": int(a), "left": int(n)}
            for s, a, n in zip(found.stages, found.alone, found.counts[1:], strict=True)
        ],
        "thresholds": request.thresholds(),
        "novelty": request.novelty.to_dict() if request.novelty else None,
        "pareto": [g.to_dict() for g in request.pareto],
        "order": request.order.to_dict() if request.order else None,
        "duplicates_angstrom": request.duplicates,
        "shortlist": {"crystals": len(outcome.shortlist), "chosen": outcome.wanted.choose},
        "models": [
            {"target": m.target, "name": m.name, "sha256": m.digest, "error": m.error or
             "not stated"} for m in outcome.source.models
        ],
        "known": outcome.source.known_name,
    }  # fmt: skip


def table_of(outcome: Outcome, rows: IntArray) -> dict[str, Any]:
    """A column each for some rows, units in the names."""
    found, known = outcome.source.table, outcome.source.table.known
    out: dict[str, Any] = {
        "id": _texts(found.ids, rows), "formula": _texts(found.formulas, rows)
    }  # fmt: skip
    for key, column in found.columns.items():
        out[f"predicted_{key}"] = column.mean[rows]
        if column.std is not None:
            out[f"predicted_std_{key}"] = column.std[rows]
        if column.intervals is not None and column.levels is not None:
            for j, level in enumerate(column.levels.tolist()):
                for side, word in enumerate(("low", "high")):
                    name = f"predicted_{word}_{100 * level:g}_{key}"
                    out[name] = column.intervals[rows, side, j]
        out[f"outside_training_values_{key}"] = column.beyond[rows]
    if known is not None:
        out["distance_percentile"] = 100 * known.percentile[rows]
        out["nearest_training"] = _texts(known.nearest, rows)
        out["unseen_elements"] = _texts(known.unseen, rows)
        if known.new_prototype is not None:
            out["unseen_prototype"] = known.new_prototype[rows]
        if known.within_hull is not None:
            out["within_hull_of_known"] = known.within_hull[rows]
    out["score"] = outcome.found.score[rows]
    return out


def _texts(values: Sequence[str], rows: IntArray) -> list[str]:
    if len(rows) == len(values):
        return [str(value) for value in values]
    return [str(values[i]) for i in rows.tolist()]


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return spreadsheet_safe(value)
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else float(f"{float(value):.{_DIGITS}g}")
    return value
