"""Models that come with Gridscope: files in assets/models, with cards that state their errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import DatasetUnavailableError, UnknownNameError
from core.hashing import bytes_digest
from core.units import quantity

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "models"


@dataclass(frozen=True, slots=True, eq=False)
class ShippedModel:
    """A model of assets/models.

    Attributes:
        key: its name.
        title: words shown for it.
        path: of the file.
        card: how it was made and what its errors are (see `makers.bulk_modulus_model`).
    """

    key: str
    title: str
    path: Path
    card: Mapping[str, Any]

    @property
    def unit(self) -> str:
        return quantity(self.card["target"]).unit

    def error(self, under: str, metric: str = "mae") -> Mapping[str, float]:
        """`value`, `low`, `high` (95%) and `baseline` under a heading of the card.

        Raises: UnknownNameError for what the card does not state.
        """
        try:
            found: Mapping[str, float] = self.card[under]["metrics"][metric]
        except KeyError:
            raise UnknownNameError(
                f"The card of {self.key!r} states no {metric!r} under {under!r}."
            ) from None
        return found


@cache
def shipped_models() -> Mapping[str, ShippedModel]:
    """All shipped models by key."""
    out = {}
    for path in sorted(FOLDER.glob("*.json")):
        card = json.loads(path.read_text("utf-8"))
        out[card["key"]] = ShippedModel(card["key"], card["title"], FOLDER / card["file"], card)
    return out


def shipped_model(key: str) -> ShippedModel:
    """A shipped model whose file is the one of its card.

    Raises: UnknownNameError; DatasetUnavailableError when the file is gone or another one.
    """
    known = shipped_models()
    if key not in known:
        raise UnknownNameError(
            f"There is no shipped model {key[:80]!r}.", hint="Known: " + ", ".join(known) + "."
        )
    found = known[key]
    if not found.path.is_file() or bytes_digest(found.path.read_bytes()) != found.card["sha256"]:
        raise DatasetUnavailableError(
            f"{found.path.name} is not the file of its card.",
            hint="Check out the folder assets of the repository.",
        )
    return found
