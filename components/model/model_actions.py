"""What can be done with a chosen model: saved as a file, kept in a workspace, renamed, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from components import errors, state
from components.kept_models import MODEL, ROUND, Chosen
from components.workspaces import server_store
from core.errors import GridscopeError
from core.units import quantity

if TYPE_CHECKING:
    from core.models.kept import KeptModel

_NEW = ""  # no workspace has this name


def show(chosen: Chosen) -> None:
    """Save the file, keep it in a workspace; rename and remove one that is kept."""
    if told := state.get("kept.told"):
        state.drop("kept.told")
        st.toast(errors.plain(told), icon=":material/check:")
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Save as file", lambda: chosen.path.read_bytes(), mime="application/octet-stream",
            file_name=f"{_stem(chosen)}.gsmodel", key="kept.save", on_click="ignore",
            icon=":material/download:",
            help="A .gsmodel file: opens here, on another server and on the command line",
        )  # fmt: skip
        if chosen.kept is None:
            with st.popover("Keep in a workspace", icon=":material/inventory_2:"):
                _keep(chosen)
        else:
            with st.popover("Rename", icon=":material/edit:"):
                _rename(*chosen.kept)
            with st.popover("Remove", icon=":material/delete:"):
                _remove(*chosen.kept)


def _keep(chosen: Chosen) -> None:
    from core.models.kept import keep_model

    store = server_store()
    names = [info.name for info in store.workspaces()]
    turn = state.get(ROUND, 0)
    where = st.selectbox(
        "Workspace", [*names, _NEW], key=f"kept.where.{turn}", help="One of this server's, or new",
        format_func=lambda name: "A new one" if name == _NEW else name,
    )  # fmt: skip
    if where == _NEW:
        where = st.text_input(
            "Name of the new workspace", "Models", max_chars=80, key=f"kept.made.{turn}",
            help="It holds no crystals yet",
        )  # fmt: skip
    name = st.text_input(
        "Name of the model", quantity(chosen.target).label[:60], max_chars=80,
        key=f"kept.name.{turn}", help="Told apart by it in its workspace",
    )  # fmt: skip
    if st.button(
        "Keep it", key="kept.keep", type="primary", disabled=not (where.strip() and name.strip())
    ):
        try:
            where = where.strip()
            target = store.workspace(where) if where in names else store.create(where)
            keep_model(
                target, name.strip(), chosen.path.read_bytes(), mae=chosen.mae, split=chosen.split,
                notes={"source": chosen.source, "name": chosen.name},
            )  # fmt: skip
        except GridscopeError as error:
            errors.show_error(error)
            return
        _done(f"Kept {name.strip()} in {where}")


def _rename(where: str, model: KeptModel) -> None:
    from core.models.kept import rename_model

    new = st.text_input(
        "New name", max_chars=80, key=f"kept.new.{state.get(ROUND, 0)}",
        help="The file stays as it is",
    )  # fmt: skip
    if st.button("Rename it", key="kept.rename", disabled=not new.strip()):
        try:
            rename_model(server_store().workspace(where), model.key, new.strip())
        except GridscopeError as error:
            errors.show_error(error)
            return
        _done(f"Renamed to {new.strip()}")


def _remove(where: str, model: KeptModel) -> None:
    from core.models.kept import remove_model

    st.text(f"Remove {model.name} from {where}?")
    st.caption("This can't be taken back. Save it as a file first if in doubt.")
    if st.button("Remove it", key="kept.remove", type="primary"):
        remove_model(server_store().workspace(where), model.key)
        state.set_url(MODEL, None)
        _done(f"Removed {model.name}")


def _done(words: str) -> None:
    """Start again with fresh widgets; the words are shown once."""
    state.put(ROUND, state.get(ROUND, 0) + 1)
    state.put("kept.told", words)
    st.rerun()


def _stem(chosen: Chosen) -> str:
    words = f"{quantity(chosen.target).label}-{chosen.manifest['model']['key']}"
    return "".join(c if c.isalnum() else "-" for c in words).strip("-")[:80] or "model"
