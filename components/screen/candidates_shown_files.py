"""Where candidates go: into the library for the other pages, and into files."""

from __future__ import annotations

import csv
import io
from typing import Any

import streamlit as st

from components import changes, downloads
from components.screen.candidates_made import Made, cite, script, told
from core.library import Library
from core.library.export import cif_zip, spreadsheet_safe
from core.types import Examination, ParseReport

SOURCE = "candidates"
MOST = 20_000  # crystals in a library at once
_USUAL = 1_000
_SCREEN = "pages/screen/screen.py"


def best(made: Made, n: int) -> Library:
    """The likeliest n as a library; what they are and how they were made is on record."""
    crystals = tuple(made.found.crystal(i) for i in range(min(n, len(made.found))))
    cards = tuple(Examination(c.id, c.source, "green") for c in crystals)
    decision = f"{told(made)}; the likeliest {len(crystals):,} of {len(made.found):,} opened"
    return Library(
        f"Candidates from {made.library.name}", SOURCE, ParseReport(crystals, (), cards),
        (*made.library.decisions, decision),
    )  # fmt: skip


def opening(made: Made) -> None:
    """How many of the best, and the button that makes them the crystals at hand."""
    n, most = len(made.found), min(MOST, len(made.found))
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    many = int(left.number_input(
        "The likeliest", 1, most, min(_USUAL, most), key=f"candidates.best.{made.digest[:12]}",
        help=f"Of {n:,}; at most {MOST:,} are opened here. For more, take the npz to "
        "`python -m core screen` or `batch`",
    ))  # fmt: skip
    if right.button(
        f"Open the best {many:,} in the library", key="candidates.open", type="primary",
        icon=":material/folder_open:",
        help="They become the crystals at hand of every page; Undo brings the parents back",
    ):  # fmt: skip
        with st.spinner("Building crystals", show_time=False):
            opened = best(made, many)
        changes.apply(opened)
    _files(made, many)


def _files(made: Made, many: int) -> None:
    stem = f"candidates-{made.digest[:8]}"
    with st.container(horizontal=True, gap="small"):
        _button(f"All {len(made.found):,}, CSV", f"{stem}.csv", "text/csv",
                lambda: table_csv(made), "A row each, without the atoms")  # fmt: skip
        _button("For the command line, npz", f"{stem}.npz", "application/octet-stream",
                lambda: downloads.npz(**made.result.outputs),
                "All candidates as `python -m core screen` and `batch` read them")  # fmt: skip
        _button(f"Best {many:,}, CIF", f"{stem}.zip", "application/zip",
                lambda: cif_zip(best(made, many)),
                "A zip: a CIF each, a table, and how they were made")  # fmt: skip
        _button("Bundle", f"{stem}-bundle.zip", "application/zip", lambda: bundle(made),
                "Table, npz, script, references, versions and failures in one zip")  # fmt: skip
    st.code(f"python -m core screen {stem}.npz --spec screen.toml -o shortlist.csv",
            language="bash")  # fmt: skip


def _button(label: str, name: str, mime: str, make: Any, words: str) -> None:
    st.download_button(
        label, make, file_name=name, mime=mime, key=f"candidates.file.{name}", on_click="ignore",
        icon=":material/download:", help=words,
    )  # fmt: skip


def table_csv(made: Made) -> bytes:
    """All candidates, likeliest first, in UTF-8; columns as the command `candidates` writes."""
    lines = io.StringIO(newline="")
    out = csv.writer(lines)
    out.writerow(["id", "formula", "prototype_label", "parent_id", "substitution",
                  "substitution_probability", "scale_of_lengths"])  # fmt: skip
    found = made.found
    for i, (name, parent) in enumerate(
        zip(made.result.outputs["ids"].tolist(), found.parents, strict=True)
    ):
        out.writerow([
            spreadsheet_safe(name), found.formulas[i], found.labels[i], spreadsheet_safe(parent),
            found.changes(i), f"{found.probability[i]:.6g}", f"{found.scale[i]:.6g}",
        ])  # fmt: skip
    return lines.getvalue().encode()


def bundle(made: Made) -> bytes:
    """Everything that the candidates rest on."""
    return downloads.bundle(
        {"candidates.csv": table_csv(made), "candidates.npz": downloads.npz(**made.result.outputs)},
        script=script(made), cite=cite(made), provenance=made.result.provenance,
        failures=made.result.failures, decisions=(*made.library.decisions, told(made)),
    )  # fmt: skip


def opened(library: Library) -> None:
    """Said when the crystals at hand are candidates: where to go on."""
    if library.source != SOURCE:
        return
    told = "1 candidate" if len(library) == 1 else f"{len(library):,} candidates"
    st.success(
        f"At hand: {told}. Screen or compare them, or take them as parents once more.",
        icon=":material/check:",
    )
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.page_link(_SCREEN, label="Screen them", icon=":material/filter_alt:")
        st.page_link("pages/explore/similarity.py", label="Compare them", icon=":material/hub:")
        st.page_link("pages/explore/library.py", label="Library", icon=":material/folder_open:")
        changes.undo_button()
