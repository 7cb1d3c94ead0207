"""Bins of equal width: counted, or refused with both numbers."""

from __future__ import annotations

import pytest

from core.descriptors.bins import whole_bins
from core.descriptors.grid import GridSpec
from core.descriptors.rdf import RdfSpec
from core.errors import InvalidSpecError


@pytest.mark.parametrize(("reach", "width", "n"), [(10, 0.1, 100), (0.3, 0.1, 3), (7, 7, 1)])
def test_rounding_of_floats_does_not_matter(reach: float, width: float, n: int) -> None:
    assert whole_bins(reach, width, what="A reach", unit="Å") == n


@pytest.mark.parametrize(("reach", "width"), [(10, 0.3), (0.1, 0.3), (1, 2)])
def test_what_is_no_whole_number_is_quoted(reach: float, width: float) -> None:
    words = f"A reach of {reach:g} eV is not a whole number of bins of {width:g} eV"
    with pytest.raises(InvalidSpecError, match=words) as caught:
        whole_bins(reach, width, what="A reach", unit="eV")
    assert caught.value.hint


@pytest.mark.parametrize("spec_type", [GridSpec, RdfSpec])
def test_descriptors_in_bins_ask_for_it(spec_type) -> None:
    with pytest.raises(InvalidSpecError, match="A maximum distance of 10 Å is not a whole number"):
        spec_type(max_distance=10.0, bin_width=0.3)
    assert len(spec_type(max_distance=10.0, bin_width=0.5).edges) == 21
