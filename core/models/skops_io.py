"""skops, imported without what only its search for estimators would bring.

At its import skops walks all packages of scikit-learn for estimators, and so imports the adapters
of scikit-learn to array libraries: torch, and Dask's arrays. None of them holds an estimator; they
cost 1.7 of 3.3 s and 150 MB in every process that reads a model.
"""

from __future__ import annotations

import sys
import threading
from types import ModuleType

_UNWANTED = tuple(
    f"sklearn.externals.array_api_compat.{name}" for name in ("torch", "cupy", "dask", "dask.array")
)


_LOCK = threading.Lock()


def skops_io() -> ModuleType:
    """The module `skops.io`."""
    with _LOCK:  # a second thread must not see a module that is half made
        if "skops.io" not in sys.modules:
            _import()
    return sys.modules["skops.io"]


def _import() -> None:
    hidden = [name for name in _UNWANTED if name not in sys.modules]
    # The walk passes over what can't be imported, and None in this table says just that.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        import skops.io  # noqa: F401
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
