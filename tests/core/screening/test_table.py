"""Columns of candidates survive the disk, and misfits are refused."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import SchemaError, ShapeMismatchError
from core.screening.criteria import Column
from core.screening.screen import Known
from core.screening.table import CandidateColumns

KEY = "bulk_modulus_GPa"


def made() -> CandidateColumns:
    mean = np.array([1.0, 2.0, 3.0])
    column = Column(
        KEY, mean, mean / 10, np.array([0.5, 0.9]), np.ones((3, 2, 2)) * mean[:, None, None],
        (0.5, 2.5),
    )  # fmt: skip
    known = Known(np.array([0.1, np.nan, 1.0]), ["a", "", "b"], ["", "U", ""])
    return CandidateColumns(
        ["x", "y", "z"], ["NaCl", "UO2", "Fe"], {KEY: column, "gap_eV": Column("gap_eV", -mean)},
        known, {KEY: np.array([0.5, 2.5])}, {KEY: np.array([1.1, np.nan, 2.9])},
    )  # fmt: skip


def test_arrays_bring_everything_back() -> None:
    first = made()
    again = CandidateColumns.from_arrays(first.arrays())
    assert list(again.ids) == list(first.ids)
    assert list(again.formulas) == list(first.formulas)
    assert list(again.columns) == [KEY, "gap_eV"]
    column = again.columns[KEY]
    assert column.trained == (0.5, 2.5)
    assert np.array_equal(column.intervals, first.columns[KEY].intervals)
    assert again.columns["gap_eV"].std is None
    assert again.columns["gap_eV"].levels is None
    assert again.known is not None
    assert np.array_equal(again.known.percentile, first.known.percentile, equal_nan=True)
    assert list(again.known.unseen) == ["", "U", ""]
    assert np.array_equal(again.trained_on[KEY], first.trained_on[KEY])
    assert np.array_equal(again.truth[KEY], first.truth[KEY], equal_nan=True)
    assert again.levels == ()  # not every property has intervals


def test_columns_of_other_lengths_are_refused() -> None:
    with pytest.raises(ShapeMismatchError, match="2"):
        CandidateColumns(["a", "b"], ["A", "B"], {KEY: Column(KEY, np.ones(3))})


def test_arrays_that_lack_something_are_refused() -> None:
    arrays = made().arrays()
    del arrays["column_0_mean"]
    with pytest.raises(SchemaError, match="column_0_mean"):
        CandidateColumns.from_arrays(arrays)
