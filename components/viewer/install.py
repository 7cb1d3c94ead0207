"""Copies crystal-toolkit's own viewer out of the installed packages, so that nothing needs a CDN.

    python -m components.viewer.install

React comes with dash, the viewer with dash_mp_components; both are found without importing them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from core.errors import MissingDependencyError

BUNDLE = Path(__file__).parent / "bundle"
FRONTEND = Path(__file__).parent / "frontend"

# The newest React 18 that dash carries.
_VENDOR = {
    "react.js": ("dash", "deps/react@18*.min.js"),
    "react-dom.js": ("dash", "deps/react-dom@18*.min.js"),
    "prop-types.js": ("dash", "deps/prop-types@*.min.js"),
    "viewer.js": ("dash_mp_components", "dash_mp_components.min.js"),
}


def install(target: Path = BUNDLE) -> Path:
    """Bring the bundle up to date and return its folder. Safe with several processes at once.

    Raises: MissingDependencyError when a package is missing, or the folder can't be written.
    """
    try:
        target.mkdir(parents=True, exist_ok=True)
        for source, name in _sources():
            _copy(source, target / name)
    except OSError as error:
        raise MissingDependencyError(
            f"The 3D viewer can't be copied to {target}: {error.strerror}.",
            hint="Run `python -m components.viewer.install` as a user who may write there.",
        ) from error
    return target


def _sources() -> Iterator[tuple[Path, str]]:
    for name, (package, pattern) in _VENDOR.items():
        yield _newest(package, pattern), name
    for path in sorted(FRONTEND.iterdir()):
        yield path, path.name


def _newest(package: str, pattern: str) -> Path:
    found = find_spec(package)
    folders = list(found.submodule_search_locations or ()) if found else []
    files = sorted(path for folder in folders for path in Path(folder).glob(pattern))
    if not files:
        raise MissingDependencyError(
            f"{package} holds no {pattern}.", hint="Install requirements.txt again."
        )
    return files[-1]


def _copy(source: Path, target: Path) -> None:
    """Copy what changed; a reader sees the old or the new file, never half of one."""
    data = source.read_bytes()
    if target.exists() and target.stat().st_size == len(data) and target.read_bytes() == data:
        return
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    partial.write_bytes(data)
    partial.replace(target)


if __name__ == "__main__":
    sys.stdout.write(f"{install()}\n")
