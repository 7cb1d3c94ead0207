"""The crystals at hand: check, filter, join properties, decide, remove, export."""

from collections.abc import Sequence

import streamlit as st

from components import changes, state, tables, uploads, workspaces
from components.explore import (
    disorder,
    doctor,
    exports,
    live_search,
    properties,
    public_data,
    welcome,
)
from core.library import Library

VIEWS = {
    "table": "Table",
    "doctor": "Doctor's report",
    "add": "Add files",
    "public": "Public data",
    "live": "Live search",
    "workspaces": "Workspaces",
    "properties": "Join properties",
    "disorder": "Disorder",
    "export": "Export",
}
SOURCES = {
    "public": lambda _: public_data.public_panel(),
    "live": lambda _: live_search.live_panel(),
    "workspaces": workspaces.workspaces_panel,
}
WAYS_IN = ("add", *SOURCES)  # views that need no crystals


def main() -> None:
    """Draw the page."""
    st.title("Library")
    st.markdown("Which crystals are at hand, are they sound, and what is known of them?")
    library = state.library()
    if library is None or not (len(library) or library.failures):
        start()
        return
    head(library)
    view = chosen_view(list(VIEWS), "table" if len(library) else "doctor")
    if view == "table":
        table(library)
    elif view == "doctor":
        doctor.doctor_panel(library)
    elif view == "add":
        uploads.uploader("library")
    elif view in SOURCES:
        SOURCES[view](library)
    elif view == "properties":
        properties.properties_panel(library)
    elif view == "disorder":
        disorder.disorder_panel(library)
    else:
        exports.export_panel(library, tables.shown_ids(library))
    changes.decisions(library)


def start() -> None:
    """The ways to crystals while there are none."""
    st.info("No crystals yet. Load your files, or start with a set.", icon=":material/info:")
    view = chosen_view(WAYS_IN, "add")
    if view in SOURCES:
        SOURCES[view](None)
    else:
        uploads.uploader("library")
        welcome.embedded_sets()


def head(library: Library) -> None:
    """What is at hand in a line, and what may be done with all of it."""
    st.text(tables.summary(library))
    with st.container(horizontal=True, gap="small"):
        if len(library) > 1 and st.button(
            "Compare them", type="primary", icon=":material/hub:", key="library.compare",
            help="Distances between all of these crystals, and why they are alike",
        ):  # fmt: skip
            st.switch_page("pages/explore/similarity.py")
        changes.undo_button()
        if st.button("Clear", icon=":material/delete_sweep:", key="library.clear",
                     help="Forget all crystals; your files stay where they are"):  # fmt: skip
            state.clear_library()
            st.rerun()


def chosen_view(views: Sequence[str], first: str) -> str:
    """The part of the page that is shown; kept in the address."""
    named = state.url("view", first)
    view = st.segmented_control(
        "View", views, format_func=VIEWS.__getitem__, required=True,
        key="library.view" if len(views) == len(VIEWS) else "library.start",
        default=named if named in views else first, label_visibility="collapsed",
        help="What to do with the crystals at hand",
    )  # fmt: skip
    state.set_url("view", None if view == first else view)
    return str(view)


def table(library: Library) -> None:
    """The table, its filters, and what may be done with the marked or filtered."""
    if not len(library):
        st.info("No crystal could be read; the doctor's report says why.", icon=":material/info:")
        return
    wanted, rows = tables.filtered(library)
    ids = tuple(library.ids[row] for row in rows)
    if not ids:
        st.info("No crystal matches the filters.", icon=":material/filter_alt_off:")
        return
    if not wanted.is_empty:
        st.caption(f"{len(ids):,} of {len(library):,} crystals match")
    marked = tables.crystals_table(library, rows, key=f"library.table.{library.record_digest[:12]}")
    with st.container(horizontal=True, gap="small"):
        if st.button("Open crystal", icon=":material/diamond:", disabled=len(marked) != 1,
                     key="library.open", help="Mark one row of the table first"):  # fmt: skip
            state.set_url("crystal", marked[0])
            st.switch_page("pages/explore/crystal.py")
        if st.button(f"Remove marked ({len(marked):,})", icon=":material/remove:",
                     disabled=not marked or len(marked) == len(library), key="library.remove",
                     help="Mark rows of the table first; Undo takes it back"):  # fmt: skip
            changes.apply(tables.without(library, marked))
        if st.button(f"Keep only these ({len(ids):,})", icon=":material/filter_alt:",
                     disabled=len(ids) == len(library), key="library.keep",
                     help="Remove what the filters leave out; Undo takes it back"):  # fmt: skip
            changes.apply(library.keeping(ids, f"kept {len(ids)} crystals: {wanted.describe()}"))


main()
