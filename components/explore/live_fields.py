"""What the fields of a live search hold: kept from visit to visit, and in a link.

A key is none of these fields: it is neither kept nor linked.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from components import state
from core.elements import SYMBOLS
from core.library.live import MATERIALS_PROJECT, OPTIMADE
from core.sources.materials_project import MOST_RESULTS

URL = "live"
PLACES = {OPTIMADE: "OPTIMADE providers", MATERIALS_PROJECT: "Materials Project"}
WAYS = {"fields": "Fields", "filter": "Filter"}
LONGEST = 2_000
_HELD = "live.held"
_ABSENT = object()
_MOST_ELEMENTS = len(SYMBOLS) - 1
_USUAL: dict[str, Any] = {
    "place": OPTIMADE, "providers": ["mp"], "most": 500, "how": "fields", "filter": "",
    "all_of": [], "none_of": [], "formula": "", "low": None, "high": None, "sites": None,
    "chemsys": "", "formulas": "", "ids": "", "mp.all_of": [], "hull": None, "mp.most": 500,
}  # fmt: skip
_CHOICES = {"place": PLACES, "how": WAYS, "all_of": SYMBOLS[1:], "none_of": SYMBOLS[1:],
            "mp.all_of": SYMBOLS[1:]}  # fmt: skip
BOUNDS = {
    "most": (1, MOST_RESULTS), "mp.most": (1, MOST_RESULTS), "sites": (1, MOST_RESULTS),
    "low": (1, _MOST_ELEMENTS), "high": (1, _MOST_ELEMENTS), "hull": (0.0, 100.0),
}  # fmt: skip


def key(name: str) -> str:
    """Key of the widget of a field."""
    return f"live.{name}"


def recall() -> dict[str, Any]:
    """Values of all fields; those not on the page before start from the last visit or the link."""
    before = state.get(_HELD) or _USUAL | linked(state.url(URL))
    held = {name: state.get(key(name), value) for name, value in before.items()}
    for name, value in held.items():
        # A widget that may be empty starts so; None would count as a value of its own.
        if value is not None and state.get(key(name), _ABSENT) is _ABSENT:
            state.put(key(name), value)
    state.put(_HELD, held)
    return held


def share(held: dict[str, Any]) -> None:
    """Put the search into the address."""
    told = {name: value for name, value in held.items() if value != _USUAL[name]}
    state.set_url(URL, json.dumps(told, separators=(",", ":"), ensure_ascii=False))


def linked(text: str) -> dict[str, Any]:
    """The fields of a link; what makes no sense is left out."""
    try:
        told = json.loads(text) if len(text) <= 8 * LONGEST else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    return {name: value for name, value in told.items() if name in _USUAL and _sound(name, value)}


def _sound(name: str, value: Any) -> bool:
    usual, choices = _USUAL[name], _CHOICES.get(name)
    if name in BOUNDS:
        low, high = BOUNDS[name]
        whole = isinstance(value, int) or (name == "hull" and isinstance(value, float))
        number = whole and not isinstance(value, bool) and isfinite(value)
        return number and low <= value <= high
    if isinstance(usual, list):
        words = isinstance(value, list) and all(isinstance(word, str) for word in value)
        return words and (choices is None or all(word in choices for word in value))
    if not isinstance(value, str) or len(value) > LONGEST:
        return False
    return choices is None or value in choices
