"""The library as a file to keep."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.errors import GridscopeError, ParseError
from core.library import Library
from core.library.export import EXPORTS, provenance


def export_panel(library: Library, shown: Sequence[str]) -> None:
    """Choose a format and what to write; the file is made when the button is pressed."""
    left, right = st.columns(2)
    key = left.selectbox(
        "Format", list(EXPORTS), format_func=lambda k: EXPORTS[k].label, key="export.format",
        help="CIF is read everywhere; properties go along in every format",
    )  # fmt: skip
    some = 0 < len(shown) < len(library)
    what = right.selectbox(
        "Crystals", ("all", "shown") if some else ("all",), key="export.what",
        format_func={"all": f"All {len(library):,}", "shown": f"The {len(shown):,} that match the "
                     "filters"}.__getitem__,
        help="Filters are set above the table",
    )  # fmt: skip
    export = EXPORTS[key]
    st.caption(export.help)
    ids = shown if what == "shown" else ()
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            f"Download {export.label}", lambda: _make(library, key, ids),
            file_name=f"gridscope-library{export.suffix}", mime=export.mime, key="export.download",
            on_click="ignore", icon=":material/download:",
            help="Made when you press it: about a second for 4,000 crystals",
        )  # fmt: skip
        if key != "cif":  # the zip holds it
            st.download_button(
                "Provenance", lambda: provenance(_chosen(library, ids)),
                file_name=f"gridscope-library{export.suffix}.provenance.json",
                mime="application/json", key="export.provenance", on_click="ignore",
                icon=":material/history_edu:",
                help="Where the crystals came from, on what terms, and what was decided: keep it "
                "beside the file, which has no place for it",
            )  # fmt: skip


def _chosen(library: Library, shown: Sequence[str]) -> Library:
    return library.keeping(shown, f"exported {len(shown)} crystals") if shown else library


def _make(library: Library, key: str, shown: Sequence[str]) -> bytes:
    try:
        return EXPORTS[key].make(_chosen(library, shown))
    except GridscopeError:
        raise
    except ValueError as error:
        raise ParseError("A property holds a value the format can't write.") from error
