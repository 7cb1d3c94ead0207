"""The options of a job out of a JSON or TOML file (`--spec`)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any


def read_spec(file: str, known: Collection[str]) -> dict[str, Any]:
    """The options that the file gives; none without a file.

    Raises: InvalidSpecError for a file that can't be read, or an option that is not known.
    """
    from core.errors import InvalidSpecError

    if not file:
        return {}
    path = Path(file)
    try:
        text = path.read_text("utf-8")
        values = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidSpecError(
            f"The spec {file!r} can't be read: {error}.", hint="Give a JSON or TOML file."
        ) from None
    if not isinstance(values, dict):
        raise InvalidSpecError(
            f"The spec {file!r} holds {str(values)[:40]!r}, no options.", hint=_those(known)
        )
    if unknown := [name for name in values if name not in known]:
        raise InvalidSpecError(
            f"The spec {file!r} has no use for {unknown[0]!r}.", hint=_those(known)
        )
    return values


def _those(known: Collection[str]) -> str:
    return "Options: " + ", ".join(known) + "."
