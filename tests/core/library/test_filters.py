"""Filters answer like a plain loop over the crystals would."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidSpecError, UnknownNameError
from core.library import Library
from core.library.columns import Columns
from core.library.filters import Filter, matching, select


def expect(library: Library, keep) -> tuple[str, ...]:
    return tuple(c.id for c in library.crystals if keep(c))


def test_an_empty_filter_keeps_everything(library):
    assert Filter().is_empty
    assert select(library, Filter()) == library.ids


def test_text_is_looked_for_in_id_and_formula_in_any_case(library):
    assert select(library, Filter(text="fe")) == ("Fe", "FeO")
    assert select(library, Filter(text="SIO2")) == ("quartz-like",)
    assert select(library, Filter(formula="O6Ti2Sr2")) == ("SrTiO3",)
    assert select(library, Filter(formula="SrTiO2")) == ()


def test_elements(library):
    o = {"O"}
    assert select(library, Filter(all_of=("Fe", "O"))) == ("FeO",)
    assert select(library, Filter(any_of=("Na", "O"))) == expect(
        library, lambda c: set(c.elements) & {"Na", "O"}
    )
    assert select(library, Filter(none_of=("O",))) == expect(
        library, lambda c: not set(c.elements) & o
    )
    assert select(library, Filter(only=("Fe", "O", "Si"))) == ("quartz-like", "Fe", "FeO")


def test_sites_are_bounded_inclusively(library):
    assert select(library, Filter(min_sites=2, max_sites=3)) == expect(
        library, lambda c: 2 <= c.n_sites <= 3
    )


def test_space_groups_are_those_the_doctor_found(library):
    found = {e.crystal_id: e.facts["space_group_number_found"] for e in library.examinations}
    number = found["Fe"]
    assert number == 221
    assert select(library, Filter(space_groups=(number,))) == expect(
        library, lambda c: found[c.id] == number
    )


def test_a_range_leaves_out_crystals_without_the_value(library):
    assert select(library, Filter(ranges=(("K_GPa", 100, None),))) == ("SrTiO3", "Fe")
    assert select(library, Filter(ranges=(("K_GPa", None, None),))) == ("NaCl", "SrTiO3", "Fe")
    assert select(library, Filter(ranges=(("no such key", 0, None),))) == ()


def test_density_can_be_bounded_without_being_a_property(library):
    densities = {c.id: c.density for c in library.crystals}
    middle = float(np.median(list(densities.values())))
    wanted = Filter(ranges=(("density_g_cm3", middle, None),))
    assert select(library, wanted) == expect(library, lambda c: densities[c.id] >= middle)


def test_text_equals_is_exact(library):
    assert select(library, Filter(equals=(("kind", "salt"),))) == ("NaCl",)
    assert select(library, Filter(equals=(("kind", "sal"),))) == ()


def test_order_and_verdict(library):
    half = library.crystals[0].with_(occupancy=[0.5, 1.0])
    mixed = library.replacing([half], "half")
    assert select(mixed, Filter(order="disordered")) == (half.id,)
    assert half.id not in select(mixed, Filter(order="ordered"))
    verdicts = {e.crystal_id: e.verdict for e in library.examinations}
    assert select(library, Filter(verdicts=("green",))) == expect(
        library, lambda c: verdicts[c.id] == "green"
    )


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"formula": "TiXx"}, InvalidSpecError),
        ({"all_of": ("Xx",)}, UnknownNameError),
        ({"space_groups": (231,)}, InvalidSpecError),
        ({"min_sites": 5, "max_sites": 2}, InvalidSpecError),
        ({"ranges": (("K", 2.0, 1.0),)}, InvalidSpecError),
        ({"ranges": (("K", float("nan"), None),)}, InvalidSpecError),
        ({"verdicts": ("purple",)}, InvalidSpecError),
        ({"order": "both"}, InvalidSpecError),
        ({"text": "x" * 201}, InvalidSpecError),
    ],
)
def test_impossible_conditions_are_refused(options, error):
    with pytest.raises(error):
        Filter(**options)


@given(
    st.builds(
        Filter,
        text=st.text(max_size=10),
        all_of=st.lists(st.sampled_from(["O", "Si", "Fe"]), unique=True).map(tuple),
        space_groups=st.lists(st.integers(1, 230), max_size=3).map(tuple),
        min_sites=st.none() | st.integers(1, 5),
        ranges=st.lists(
            st.tuples(st.text(max_size=5), st.floats(-5, 0), st.none() | st.floats(1, 5)),
            max_size=2,
        ).map(tuple),
    )
)
def test_a_filter_survives_the_address(wanted):
    assert Filter.from_text(wanted.to_text()) == wanted


@pytest.mark.parametrize(
    "text", ["{", "[1]", '{"all_of": 3}', '{"nothing": 1}', '{"ranges": [[1]]}', "null", "7",
             '{"all_of": ["<script>"]}', '{"min_sites": "x"}', '{"text": 5}',
             '{"ranges": [["K", "a", null]]}'],
)  # fmt: skip
def test_what_is_no_filter_is_refused_by_name(text):
    with pytest.raises((InvalidSpecError, UnknownNameError)):
        Filter.from_text(text)


def test_the_record_says_what_was_asked():
    wanted = Filter(all_of=("Si",), ranges=(("K_GPa", 5, None),), max_sites=9)
    assert wanted.describe() == "contains all of Si; sites, at most 9; K_GPa at least 5"


def test_thousands_of_crystals_are_filtered_at_once(library):
    n = 4_000
    one = Columns.of(library)
    row = np.zeros(n, dtype=int)
    many = Columns(
        ids=tuple(f"crystal-{i}" for i in range(n)), formulas=("NaCl",) * n,
        verdicts=("green",) * n, sources=("",) * n, n_sites=one.n_sites[row],
        density=one.density[row], ordered=one.ordered[row], examined=one.examined[row],
        space_group=one.space_group[row], space_group_found=("",) * n,
        space_group_stated=("",) * n, has=one.has[row], numeric={"x": np.arange(n, dtype=float)},
        text={},
    )  # fmt: skip
    wanted = Filter(text="99", all_of=("Na",), ranges=(("x", 1_000, None),))
    started = time.perf_counter()
    keep = matching(many, wanted)
    assert time.perf_counter() - started < 0.2
    assert keep.sum() == sum("99" in str(i) for i in range(1_000, n))


def test_columns_agree_with_the_crystals(library):
    columns = Columns.of(library)
    for i, crystal in enumerate(library.crystals):
        assert columns.ids[i] == crystal.id
        assert columns.formulas[i] == crystal.formula
        assert columns.n_sites[i] == crystal.n_sites
        assert columns.density[i] == crystal.density
    assert list(columns.numeric) == ["K_GPa"]
    np.testing.assert_array_equal(columns.numeric["K_GPa"], [24, np.nan, 170, 168, np.nan])
    assert columns.text["kind"] == ("salt", "", "=perovskite", "", "")


def test_columns_of_nothing():
    from core.types import ParseReport

    columns = Columns.of(Library("none", "files", ParseReport((), (), ())))
    assert len(columns) == 0
    assert matching(columns, Filter(all_of=("O",), text="a")).tolist() == []
