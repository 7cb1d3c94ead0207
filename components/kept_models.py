"""Choosing a model: of a run of this session, kept in a workspace, shipped, or from a file.

In the address: `from` and, for what is no run, `model`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from components import cache, errors, runs, state
from components.workspaces import server_store
from core.errors import GridscopeError

if TYPE_CHECKING:
    from core.models.kept import KeptModel

SOURCES = {"session": "This session", "workspace": "Workspaces", "shipped": "Shipped",
           "file": "A file"}  # fmt: skip
MODEL = "model"
"""Which model, in the address."""
ROUND = "kept.round"
"""Of the session: raised to begin with fresh widgets."""

_FROM = "from"


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The model at hand.

    Attributes:
        source: one of `SOURCES`.
        name: words shown for it, plain text.
        path: of its file; the same for the same content.
        digest: SHA-256 of the file.
        manifest: what the file says of itself.
        error: its error as its maker stated it, in words; "" where nothing is known.
        mae, split: the same as number and words, for keeping it.
        run: where it is of a run.
        kept: workspace and entry, where it is kept in one.
        card: of a shipped model.
    """

    source: str
    name: str
    path: Path
    digest: str
    manifest: Mapping[str, Any]
    error: str = ""
    mae: float | None = None
    split: str = ""
    run: runs.Run | None = None
    kept: tuple[str, KeptModel] | None = None
    card: Mapping[str, Any] | None = None

    @property
    def target(self) -> str:
        return str(self.manifest["model"]["target"])

    @property
    def n_training(self) -> int:
        return len(self.manifest["model"]["ids"])

    @property
    def has_intervals(self) -> bool:
        return self.manifest["conformal"] is not None

    @property
    def recorded(self) -> str:
        """Name and digest, for records."""
        return f"model {self.name!r} (SHA-256 {self.digest[:16]}…)"


def choose() -> Chosen:
    """The model that the reader chose; without one, what to do, and the end of the page."""
    named = state.url(_FROM)
    usual = named if named in SOURCES else ("session" if runs.current() else "shipped")
    source = st.segmented_control(
        "Model", list(SOURCES), default=usual, format_func=SOURCES.__getitem__, required=True,
        key="kept.from", help="Trained here, kept before, shipped with Gridscope, or a .gsmodel "
        "file",
    )  # fmt: skip
    state.set_url(_FROM, None if source == "session" and runs.current() else source)
    finders = {"session": _of_run, "workspace": _of_workspace, "shipped": _shipped,
               "file": _of_file}  # fmt: skip
    try:
        found = finders[source]()
    except GridscopeError as error:
        errors.show_error(error)
        found = None
    if found is None:
        st.stop()
        raise AssertionError("st.stop does not return")
    return found


def _of_run() -> Chosen | None:
    return of_run(runs.choose())


def of_run(run: runs.Run) -> Chosen:
    """The model that a run trained on all its crystals."""
    from core.models.held import hold

    def held_now() -> Path:
        return hold(run.outputs["model"].tobytes(), trusted=True)

    path = cache.shared("kept.held", run.key, held_now)
    if not path.is_file():  # held files are forgotten after a while
        path = held_now()
    split = runs.title_of("split", run.options["split"]).lower()
    return Chosen(
        "session", run.title, path, path.stem, _manifest(path, path.stem), f"{run.headline}, "
        f"{split} split", run.metric("mae"), split, run=run,
    )  # fmt: skip


def _of_workspace() -> Chosen | None:
    known = all_kept()
    if not known:
        st.info("No workspace keeps a model yet. Choose one from this session or a file, and keep "
                "it.", icon=":material/inventory_2:")  # fmt: skip
        return None
    named = next((pair for pair in known if "#".join(pair) == state.url(MODEL)), None)
    pairs = list(known)
    chosen = st.selectbox(
        "Kept model", pairs, index=pairs.index(named) if named else 0,
        format_func=lambda pair: f"{known[pair]} · in {pair[0]}",
        key=f"kept.chosen.{state.get(ROUND, 0)}", help="Whoever uses this server sees all of them",
    )  # fmt: skip
    state.set_url(MODEL, "#".join(chosen))
    found = of_workspace(chosen[0], known[chosen])
    if known[chosen].imported:
        st.caption("It came with an import: nobody here has measured what is stated of it.")
    return found


def all_kept() -> dict[tuple[str, str], KeptModel]:
    """Models of all workspaces of this server, by workspace and key."""
    from core.models.kept import kept_models

    store = server_store()
    return {
        (info.name, model.key): model
        for info in store.workspaces()
        for model in kept_models(store.workspace(info.name))
    }


def of_workspace(where: str, model: KeptModel) -> Chosen:
    """A model that a workspace keeps. Raises: ModelFileError for an imported one that is none."""
    from core.models.kept import model_path
    from core.models.persistence import load_model

    path = model_path(server_store().workspace(where), model.key)
    if model.imported:  # a stranger may have made it: it is tried before anything of it is read
        cache.shared("kept.tried", model.key, lambda: len(load_model(path).ids))
    return Chosen(
        "workspace", model.name, path, model.key, _manifest(path, model.key), model.error,
        model.mae, model.split, kept=(where, model),
    )  # fmt: skip


def _shipped() -> Chosen | None:
    from core.models.shipped import shipped_models

    titles = {key: model.title for key, model in shipped_models().items()}
    keys = list(titles)
    if not keys:
        st.info("This copy of Gridscope ships no model.", icon=":material/info:")
        return None
    named = state.url(MODEL)
    key = st.selectbox(
        "Shipped model", keys, index=keys.index(named) if named in keys else 0,
        format_func=titles.__getitem__, key="kept.shipped", help="Comes with a card that states "
        "how it was made and what its errors are",
    )  # fmt: skip
    state.set_url(MODEL, key)
    return of_shipped(key)


def of_shipped(key: str) -> Chosen:
    """A model that comes with Gridscope."""
    from core.models.shipped import shipped_model

    model = cache.shared("kept.shipped", key, lambda: shipped_model(key))
    mae = model.error("chemical_system")["value"]
    words = f"MAE {mae:.3g} {model.unit} on new chemical systems"
    return Chosen(
        "shipped", model.title, model.path, model.card["sha256"],
        _manifest(model.path, model.card["sha256"]), words, mae, "by chemical system",
        card=model.card,
    )  # fmt: skip


def _of_file() -> Chosen | None:
    from core.models.held import held, hold

    file = st.file_uploader(
        "Model file", type=["gsmodel"], key="kept.file", help="Saved by Gridscope. It holds no "
        "code: only numbers and trees, checked before they are used",
    )  # fmt: skip
    if file is not None:
        with st.spinner("Checking the file"):
            path: Path | None = hold(file.getvalue())
            state.put("kept.file_name", file.name)
    else:
        path = held(state.url(MODEL))
    if path is None:
        st.info("Choose a .gsmodel file: Train and Predict save them, as does the command line.",
                icon=":material/upload_file:")  # fmt: skip
        return None
    state.set_url(MODEL, path.stem)
    manifest = _manifest(path, path.stem)
    name = state.get("kept.file_name") or f"{manifest['model']['target']}.gsmodel"
    return Chosen("file", name, path, path.stem, manifest)


def _manifest(path: Path, digest: str) -> Mapping[str, Any]:
    from core.models.persistence import read_manifest

    return cache.shared("kept.manifest", digest, lambda: read_manifest(path))
