"""What leaves the Predict page: tables, a bundle, and properties for the library."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import streamlit as st

from components import changes, downloads
from components.errors import plain
from components.model import model_scripts
from components.model.predicted import Shown, cite, script, stem
from core.jobs.predicted import PREFIX
from core.library.export import EXPORTS, spreadsheet_safe


def files(shown: Shown) -> None:
    """Downloads, and the button that adds the predictions to the library."""
    found = shown.found
    st.markdown("**Files**")
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "CSV", lambda: csv_bytes(shown), file_name=f"{stem(shown)}.csv", mime="text/csv",
            key="predict.csv", on_click="ignore", icon=":material/table:",
            help="A row a crystal; the unit stands in the names of the columns",
        )  # fmt: skip
        st.download_button(
            "Parquet", lambda: parquet_bytes(shown), file_name=f"{stem(shown)}.parquet",
            mime="application/octet-stream", key="predict.parquet", on_click="ignore",
            icon=":material/database:", help="The same table with its types",
        )  # fmt: skip
        st.download_button(
            "Bundle", lambda: bundle(shown), file_name=f"{stem(shown)}.zip", mime="application/zip",
            key="predict.bundle", on_click="ignore", icon=":material/folder_zip:",
            help="Table, model file, script, crystals of your own, references, versions and "
            "failures in one zip",
        )  # fmt: skip
    st.markdown("**Library**")
    name = f"{PREFIX}{found.key}"
    st.caption(
        f"Adds `{name}`, its deviation and bounds, and a note where there is a reason to look "
        "twice. Predicted values keep that name in every table and file, and the decision names "
        "the model: nobody takes them for measured ones."
    )
    if st.button(
        "Add as property to the library", key="predict.join", icon=":material/add_column_right:",
        help="Recorded as a decision; Undo in the Library takes it back",
    ):  # fmt: skip
        changes.apply(found.joined(shown.library, shown.chosen.recorded))
    if name in shown.library.property_keys:
        st.success(
            f"The library has {plain(name)}; its record of decisions says by which model.",
            icon=":material/check:",
        )  # fmt: skip


def csv_bytes(shown: Shown) -> bytes:
    """The table in UTF-8; text that a spreadsheet would run gets an apostrophe in front."""
    columns = shown.found.columns()
    lines = io.StringIO(newline="")
    out = csv.writer(lines)
    out.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        out.writerow([_cell(value) for value in row])
    return lines.getvalue().encode()


def parquet_bytes(shown: Shown) -> bytes:
    """The table with the model's name and digest in its metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(shown.found.columns())
    notes = {"gridscope": json.dumps({"model": shown.chosen.recorded, "sha256":
                                      shown.chosen.digest, "target": shown.found.key})}  # fmt: skip
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(notes), out, compression="zstd")
    return out.getvalue()


def bundle(shown: Shown) -> bytes:
    """Everything that the numbers rest on; the crystals too, where nothing else gives them."""
    crystals = {}
    if model_scripts.needs_file(shown.library):
        crystals[model_scripts.LIBRARY_FILE] = EXPORTS["json"].make(shown.library)
    return downloads.bundle(
        crystals
        | {
            "predictions.csv": csv_bytes(shown),
            "model.gsmodel": shown.chosen.path.read_bytes(),
            "model.json": json.dumps(_about(shown), indent=2, ensure_ascii=False).encode(),
        },
        script=script(shown).replace(f"assets/models/{shown.chosen.path.name}", "model.gsmodel"),
        cite=cite(shown), provenance=shown.result.provenance, failures=shown.result.failures,
        decisions=shown.library.decisions,
    )  # fmt: skip


def _about(shown: Shown) -> dict[str, Any]:
    """What the model file says of itself, and what was stated of its error."""
    manifest = dict(shown.chosen.manifest)
    card = {k: v for k, v in (shown.chosen.card or {}).items() if k != "held_out"}
    return {
        "name": shown.chosen.name, "sha256": shown.chosen.digest,
        "error": shown.chosen.error or "not stated", "manifest": manifest, "card": card or None,
    }  # fmt: skip


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return spreadsheet_safe(value)
    return "" if value is None else value
