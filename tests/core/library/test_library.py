"""A library of thousands of crystals is asked for the id and the crystal of each row of a table."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import UnknownNameError
from core.library import Library
from core.types import Crystal, Examination, ParseReport


class _Counted(str):
    """An id that counts how often it is compared."""

    __hash__ = str.__hash__
    compared = 0

    def __eq__(self, other: object) -> bool:
        _Counted.compared += 1
        return str.__eq__(self, other)


def _library(rocksalt: Crystal, n: int) -> Library:
    crystals = tuple(rocksalt.with_(id=_Counted(f"c{i}")) for i in range(n))
    cards = tuple(Examination(c.id, c.source, "green") for c in crystals)
    return Library("many", "files", ParseReport(crystals, (), cards))


def test_ids_are_gathered_once_for_each_state(rocksalt: Crystal) -> None:
    library = _library(rocksalt, 3)
    assert library.ids == ("c0", "c1", "c2")
    assert library.ids is library.ids
    assert library.keeping(["c2"], "kept one").ids == ("c2",)


def test_a_crystal_is_found_without_a_look_at_the_others(rocksalt: Crystal) -> None:
    library = _library(rocksalt, 500)
    _Counted.compared = 0
    assert library.get("c499") is library.crystals[499]
    assert _Counted.compared < 10
    assert library.replacing([rocksalt.with_(id="c1")], "other").get("c1").id == "c1"
    with pytest.raises(UnknownNameError, match="no crystal 'Fe'"):
        library.get("Fe")


def test_a_key_is_numeric_where_it_is_a_number_of_any_crystal(rocksalt: Crystal) -> None:
    known = (
        {"K": "82 GPa", "flag": True, "text": "a", "none": None, "nan": float("nan"), "n": 1},
        {"K": 82.0, "text": "4 GPa"},
        {"L": np.float64(3)},
    )
    crystals = [rocksalt.with_(id=f"c{i}", properties=p) for i, p in enumerate(known)]
    cards = tuple(Examination(c.id, c.source, "green") for c in crystals)
    library = Library("mixed", "files", ParseReport(tuple(crystals), (), cards))
    assert library.numeric_keys == ("K", "n", "L")
