"""What filters and tables ask of a crystal, as the columns of a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isnan
from numbers import Real
from typing import Any

import numpy as np

from core.elements import ATOMIC_NUMBERS
from core.store.formulas import key_of_shown
from core.types import Crystal, Examination

_LOW = 60  # atomic numbers below go into the first of two words of 60 bits


def crystal_row(crystal: Crystal, card: Examination) -> dict[str, Any]:
    """The columns of `core.store.schema.crystals`, but for its place in the workspace."""
    formula = crystal.formula
    low, high = element_masks(crystal.numbers.tolist())
    found, stated = group_symbols(card.facts)
    return {
        "id": crystal.id,
        "id_folded": crystal.id.casefold(),
        "formula": formula,
        "formula_key": key_of_shown(formula),
        "elements_low": low,
        "elements_high": high,
        "n_sites": crystal.n_sites,
        "density": crystal.density,
        "ordered": crystal.is_ordered,
        "examined": bool(card.facts.get("examined")),
        "verdict": card.verdict,
        "space_group": group_number(card.facts),
        "space_group_found": found,
        "space_group_stated": stated,
        "source": crystal.source,
    }


def element_masks(numbers: Iterable[int]) -> tuple[int, int]:
    """Two words with a bit for each atomic number (below 60, from 60 on)."""
    low = high = 0
    for number in set(numbers):
        if number < _LOW:
            low |= 1 << number
        else:
            high |= 1 << (number - _LOW)
    return low, high


def masks_of(symbols: Iterable[str]) -> tuple[int, int]:
    """The same for chemical symbols."""
    return element_masks(ATOMIC_NUMBERS[symbol] for symbol in symbols)


def numbers_in(low: int, high: int) -> set[int]:
    """The atomic numbers of two words."""
    return {z for z in range(_LOW) if low >> z & 1} | {
        z + _LOW for z in range(_LOW) if high >> z & 1
    }


def is_number(value: Any) -> bool:
    """Whether a property's value counts as a number (a truth value does not)."""
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_))


def number_of(value: Any) -> float | None:
    """A property's value as a number; None for texts, for NaN and where nothing is known."""
    if not is_number(value):
        return None
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond all floats
        return float("inf") if value > 0 else float("-inf")
    return None if isnan(number) else number


def group_number(facts: Mapping[str, Any]) -> int:
    """1 to 230, or 0 when neither the doctor nor the file says."""
    for key in ("space_group_number_found", "space_group_number_stated"):
        number = facts.get(key)
        if is_number(number) and 1 <= int(number or 0) <= 230:
            return int(number or 0)
    return 0


def group_symbols(facts: Mapping[str, Any]) -> tuple[str, str]:
    """Symbols found and stated, "" where not known."""
    stated = facts.get("space_group_stated") or facts.get("space_group_number_stated")
    return shown_text(facts.get("space_group_found")), shown_text(stated)


def shown_text(value: Any) -> str:
    """A value as tables show it."""
    return "" if value is None else str(value)
