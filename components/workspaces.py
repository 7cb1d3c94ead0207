"""Workspaces: crystals that outlive the session, in tables that the database searches."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from components import cache, changes, counts, state, workspace_results
from components.errors import plain, show_error
from components.filters import FilterPanel
from core.errors import GridscopeError
from core.library import Library
from core.library.kept import MOST_OPENED, keep, reopen
from core.store.query import SORTS, Filter, FilterFacts
from core.units import quantity

if TYPE_CHECKING:
    from core.store.find import CrystalRow
    from core.store.workspace import Workspace, WorkspaceInfo
    from core.store.workspaces import Store

_URL, _ROUND, _TOLD = "ws", "workspaces.round", "workspaces.told"
_PAGE_ROWS = 100
_MOST_PROPERTIES = 20  # columns of either kind; exports hold all
_PANEL = FilterPanel("workspaces.filters", "wf")


def workspaces_panel(library: Library | None) -> None:
    """What is kept, one workspace in full, and the ways in."""
    if told := state.get(_TOLD):
        state.drop(_TOLD)
        st.toast(plain(told), icon=":material/check:")
    try:
        store = server_store()
        infos = store.workspaces()
        st.caption(
            "A workspace keeps crystals with their properties, findings and decisions on this "
            "server until it is removed. Whoever uses this server sees all of them."
        )
        if library is not None and len(library):
            _save(store, library, infos)
        if infos:
            _one(store, infos)
        else:
            st.info("No workspace yet.", icon=":material/inventory_2:")
        _import(store)
    except GridscopeError as error:
        show_error(error)


def server_store() -> Store:
    """The server's store; another one when the environment names another."""
    from core.store.database import database_url
    from core.store.workspaces import open_store

    address = database_url(None).render_as_string(hide_password=False)
    opened: dict[str, Store] = cache.singleton("workspaces.stores", dict)
    if address not in opened:
        opened[address] = open_store()
    return opened[address]


def _save(store: Store, library: Library, infos: list[WorkspaceInfo]) -> None:
    with st.form("workspaces.save", border=True):
        left, middle, right = st.columns([3, 2, 1], vertical_alignment="bottom")
        name = left.text_input(
            f"Keep the {counts.crystals(len(library))} at hand as", max_chars=80,
            placeholder="Name of the workspace", key=f"workspaces.name.{state.get(_ROUND, 0)}",
            help="All that the table, the doctor and the record of decisions hold is kept",
        )  # fmt: skip
        replace = middle.checkbox(
            "Replace one of that name", key=f"workspaces.replace.{state.get(_ROUND, 0)}",
            help="Its crystals and failures give way to these. Results and jobs computed from the "
            "former crystals are removed with them; its models stay",
        )  # fmt: skip
        asked = right.form_submit_button("Save", icon=":material/save:", key="workspaces.do_save")
        found = workspace_results.computed(library)
        too = workspace_results.choose(found, f"workspaces.results.{state.get(_ROUND, 0)}")
    if not asked:
        return
    with st.spinner("Saving"):
        workspace = keep(store, name.strip(), library, replace=replace)
        gone = workspace_results.forget_others(workspace, library) if replace else 0
        if too:
            workspace_results.keep(workspace, found)
    removed = f"; removed {gone:,} {'results' if gone > 1 else 'result'} of the former crystals"
    words = f"Saved {counts.crystals(len(library))} as {name.strip()}"
    _done(words + (removed if gone else ""), opened=name.strip())


def _one(store: Store, infos: list[WorkspaceInfo]) -> None:
    names = [info.name for info in infos]
    held = {info.name: info.n_crystals for info in infos}
    wanted = state.url(_URL)
    name = st.selectbox(
        "Workspace", names, index=names.index(wanted) if wanted in names else 0,
        format_func=lambda n: f"{n} · {counts.crystals(held[n])}",
        key=f"workspaces.chosen.{state.get(_ROUND, 0)}", help="The one last changed stands first",
    )  # fmt: skip
    state.set_url(_URL, name)
    workspace = store.workspace(name)
    info = workspace.info
    told = datetime.fromtimestamp(info.touched).astimezone().strftime("%Y-%m-%d %H:%M")
    source = info.notes.get("title", "")
    words = f"{counts.crystals(info.n_crystals)}, {info.n_failures:,} not read; changed {told}"
    st.text(f"{words}; from {str(source)[:200]}" if source else words)
    _models(workspace)
    workspace_results.list_kept(workspace)
    where = _PANEL.draw(lambda: _facts(workspace, info), info.uid)
    _browse(workspace, info, where)
    _whole(store, workspace, info)


def _models(workspace: Workspace) -> None:
    """The models it keeps, with a way to use them; nothing where it keeps none."""
    if not workspace.results.all("model"):
        return
    from core.models.kept import kept_models  # heavy, and most workspaces keep none

    for model in kept_models(workspace):
        st.text(f"Model {model}")
    st.page_link(
        "pages/model/predict.py", label="Predict with its models",
        icon=":material/batch_prediction:", query_params={"from": "workspace"},
        help="Also renames, removes and saves them",
    )  # fmt: skip


def _facts(workspace: Workspace, info: WorkspaceInfo) -> FilterFacts:
    digest = f"{info.uid}.{info.revision}"
    return cache.shared("workspaces.facts", digest, workspace.facts)


def _browse(workspace: Workspace, info: WorkspaceInfo, where: Filter) -> None:
    """The matching crystals, a page at a time, as the database finds and sorts them."""
    properties = workspace.properties()
    sorts = ["", *SORTS, *(key for key in properties if key not in SORTS)]
    left, middle, right = st.columns([3, 1, 1], vertical_alignment="bottom")
    sort = left.selectbox(
        "Sort by", sorts, format_func=lambda key: _title(key) if key else "as saved",
        key="workspaces.sort", help="Crystals without the value come last",
    )  # fmt: skip
    descending = middle.checkbox("Largest first", key="workspaces.descending")
    page = right.number_input(
        "Page", 1, max(1, -(-info.n_crystals // _PAGE_ROWS)), key="workspaces.page",
        help=f"{_PAGE_ROWS} crystals a page",
    )  # fmt: skip
    found = workspace.find(
        where, sort=sort if sort in sorts else "", descending=descending,
        limit=_PAGE_ROWS, offset=(page - 1) * _PAGE_ROWS,
    )  # fmt: skip
    if not found.total:
        st.info("No crystal matches the filters.", icon=":material/filter_alt_off:")
        return
    first = (page - 1) * _PAGE_ROWS + 1
    if found.rows:
        st.caption(f"{first:,} to {first + len(found.rows) - 1:,} of {found.total:,}")
        st.dataframe(
            [_row(row, properties) for row in found.rows], hide_index=True, height=420,
            alt="A page of the crystals of the workspace that match the filters",
        )  # fmt: skip
    else:
        st.caption(f"{found.total:,} crystals match; this page lies behind the last of them.")
    _open(workspace, where, found.total)


def _open(workspace: Workspace, where: Filter, n: int) -> None:
    too_many = n > MOST_OPENED
    if too_many:
        st.caption(f"Filter down to {MOST_OPENED:,} or fewer to open them on the other pages.")
    if st.button(
        f"Open these {n:,} in the library", type="primary", icon=":material/folder_open:",
        key="workspaces.open", disabled=too_many,
        help=f"At most {MOST_OPENED:,} at a time: narrow the filters" if too_many else
        "They take the place of the crystals at hand",
    ):  # fmt: skip
        with st.spinner(f"Opening {counts.crystals(n)}"):
            ids = None if where.is_empty else workspace.ids(where)
            chosen = "" if where.is_empty else where.describe()
            if ids is None:
                workspace_results.bring_back(workspace)
            changes.apply(reopen(workspace, ids, chosen))


def _whole(store: Store, workspace: Workspace, info: WorkspaceInfo) -> None:
    """What is done with a whole workspace."""
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Export", lambda: _zip(workspace), file_name=f"{_file_name(info.name)}.zip",
            mime="application/zip", key="workspaces.export", on_click="ignore",
            icon=":material/download:",
            help="One zip with everything; made when you press it. For very large workspaces "
            "`python -m core workspace export` writes straight to disk",
        )  # fmt: skip
        with st.popover("Rename", icon=":material/edit:"):
            new = st.text_input("New name", max_chars=80, key=f"workspaces.new.{info.uid}",
                                help="Results and history stay with it")  # fmt: skip
            if st.button("Rename it", key="workspaces.rename", disabled=not new.strip()):
                store.rename(info.name, new.strip())
                _done(f"Renamed to {new.strip()}", opened=new.strip())
        with st.popover("Remove", icon=":material/delete:"):
            st.text(f"Remove {info.name} with its {counts.crystals(info.n_crystals)}?")
            st.caption("This can't be taken back. Export it first if in doubt.")
            if st.button("Remove it", key="workspaces.remove", type="primary"):
                store.remove(info.name)
                _done(f"Removed {info.name}", opened=None)


def _import(store: Store) -> None:
    turn = state.get(_ROUND, 0)
    panel = st.expander(
        "Import a workspace", icon=":material/upload:", key=f"workspaces.importing.{turn}",
        on_change="rerun",
    )  # fmt: skip
    if not panel.open:
        return
    with panel:
        file = st.file_uploader(
            "Zip that Export or `workspace export` wrote", type=["zip"],
            key=f"workspaces.zip.{turn}", help="Checked before anything of it is kept",
        )  # fmt: skip
        name = st.text_input(
            "Name it", max_chars=80, key=f"workspaces.import_name.{turn}",
            placeholder="As it was exported", help="Needed where the name is taken",
        )  # fmt: skip
        if not st.button("Import", key="workspaces.import", disabled=file is None) or file is None:
            return
        with tempfile.TemporaryDirectory(prefix="gridscope-") as folder:
            path = Path(folder) / "workspace.zip"
            path.write_bytes(file.getvalue())
            with st.spinner("Importing"):
                done = store.import_(path, name=name.strip())
        info = done.info
        _done(f"Imported {info.name}: {counts.crystals(info.n_crystals)}", opened=info.name)


def _done(words: str, *, opened: str | None) -> None:
    """Start the page again with fresh widgets; the words are shown once."""
    state.put(_ROUND, state.get(_ROUND, 0) + 1)
    state.set_url(_URL, opened)
    state.put(_TOLD, words)
    st.rerun()


def _zip(workspace: Workspace) -> bytes:
    with tempfile.TemporaryDirectory(prefix="gridscope-") as folder:
        path = Path(folder) / "workspace.zip"
        workspace.export(path)
        return path.read_bytes()


def _file_name(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip("-.")
    return kept or "workspace"


def _title(key: str) -> str:
    plain_titles = {"id": "Id", "formula": "Formula", "n_sites": "Sites", "verdict": "Verdict",
                    "density_g_cm3": "Density [g/cm³]", "space_group": "Space group"}  # fmt: skip
    return plain_titles.get(key) or quantity(key).axis_title[:80]


def _row(row: CrystalRow, properties: Mapping[str, bool]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Id": row.id,
        "Formula": row.formula,
        "Verdict": row.verdict if row.examined else "not examined",
        "Sites": row.n_sites,
        "Space group": row.space_group_found or row.space_group_stated,
        "Density [g/cm³]": round(row.density, 3),
        "Order": "ordered" if row.ordered else "disordered",
    }
    numeric = [key for key, is_text in properties.items() if not is_text]
    texts = [key for key, is_text in properties.items() if is_text]
    for key in numeric[:_MOST_PROPERTIES]:
        shown.setdefault(_title(key), row.properties.get(key))
    for key in texts[:_MOST_PROPERTIES]:
        value = row.properties.get(key)
        shown.setdefault(_title(key), None if value is None else str(value)[:200])
    shown["Source"] = row.source
    return shown
