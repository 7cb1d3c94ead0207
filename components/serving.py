"""What happens once, when the server starts: before any visitor, and without one."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from components import cache

_LOG = logging.getLogger(__name__)
_HEAVY = (
    "pandas",
    "pyarrow",
    "core.store.workspaces",
    "pymatgen.core",
    "pymatgen.io.cif",
    "spglib",
    "scipy.cluster.hierarchy",
    "sklearn.manifold",
    "core.descriptors.grid",
    "core.models.persistence",
    "core.jobs.candidate_columns",
    "pyarrow.parquet",
    "core.explain",
    "crystal_toolkit.renderables",
)


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
    """Get ready for the first visitor.

    A folder named pages makes Streamlit look for pages in it by itself until `st.navigation` has
    run once, so the first deep link to a fresh server would meet "Page not found". The flag says
    that this app has a navigation of its own.
    """
    from streamlit.runtime.pages_manager import PagesManager

    from core.store.home import forget_old_sessions

    PagesManager.uses_pages_directory = False
    forget_old_sessions()
    warm_up()
    yield {}


def middleware() -> list[Any]:
    """What answers requests before Streamlit does."""
    from starlette.middleware import Middleware

    from components.static_files import StaticFiles

    return [Middleware(StaticFiles)]


def warm_up() -> threading.Thread:
    """Import what is heavy in the background; once in a server."""
    return cache.singleton("warm-up", _start)


def _start() -> threading.Thread:
    thread = threading.Thread(target=_import_heavy, name="warm-up", daemon=True)
    thread.start()
    return thread


def _import_heavy() -> None:
    import importlib

    for name in _HEAVY:
        try:
            importlib.import_module(name)
        except (ImportError, KeyError):  # KeyError: another thread's import of it failed meanwhile
            # The page that needs it says so; the rest is still worth having.
            _LOG.warning("%s could not be imported ahead of its first use", name, exc_info=True)
    # Streamlit has the collector look through everything after every run of a script: 0.25 s for
    # what was imported, and nobody else runs meanwhile.
    importlib.import_module("core.io.garbage").set_aside()
