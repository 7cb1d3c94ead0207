"""The file of a model that is called by a name, as commands and specs call it."""

from __future__ import annotations

from pathlib import Path

from core.models.kept import find_model, model_path
from core.models.shipped import shipped_model

_SHIPPED, _WORKSPACE = "shipped:", "workspace:"


def model_file(text: str) -> Path:
    """The file of `shipped:NAME` or `workspace:NAME#MODEL`; any other text is the path of one.

    Raises: UnknownNameError for a model that is not there; what opening the store raises.
    """
    from core.store.workspaces import open_store

    if text.startswith(_SHIPPED):
        return shipped_model(text.removeprefix(_SHIPPED)).path
    if not text.startswith(_WORKSPACE):
        return Path(text)
    name, _, wanted = text.removeprefix(_WORKSPACE).partition("#")
    with open_store() as store:
        workspace = store.workspace(name)
        return model_path(workspace, find_model(workspace, wanted).key)
