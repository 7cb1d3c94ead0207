"""Words for what a run was worth."""

from __future__ import annotations

from math import nan

from components.model.evaluated import interval


def test_an_interval_has_the_digits_of_its_width() -> None:
    assert interval(9.13, 10.27) == "95% interval 9.1 to 10.3"


def test_no_interval_is_said() -> None:
    assert interval(nan, nan) == "95% interval unknown: fewer than 10 groups were tested"
