"""The database answers every question as the filters in memory do; pages and orders are right."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.data import load_embedded
from core.errors import InvalidSpecError
from core.library import Library
from core.library.columns import Columns
from core.library.filters import Filter, facts_of, select
from core.store.workspaces import Store, open_store
from core.types import Crystal, Examination, ParseReport

_SYMBOLS = ("O", "Ti", "Sr", "Na", "Cl", "Pb", "U", "Si", "Nd", "Pm", "Xe")
_KEYS = ("bulk_modulus_GPa", "density_g_cm3", "mixed", "note", "gone", "huge", "flag", "none")


def mixed_report() -> ParseReport:
    """Embedded crystals with properties of every kind, and some built to be awkward."""
    known = load_embedded("elements")[:40] + load_embedded("grid-report")[:25]
    rng = np.random.default_rng(7)
    crystals, cards = [], []
    for i, crystal in enumerate(known):
        properties = dict(crystal.properties) | {
            "mixed": 3 if i % 3 else "three",
            "flag": i % 2 < 1,
        }
        if i % 4:
            properties["note"] = ("", "é", "100%", "a_b", None)[i % 5]
        if i % 5 == 0:
            properties["huge"] = (math.inf, -math.inf, math.nan, 10**400, 1e308)[i % 25 // 5]
        properties["none"] = None
        crystals.append(crystal.with_(id=f"{'Ünïcode %_/' if i % 7 == 0 else ''}{crystal.id}-{i}",
                                      properties=properties))  # fmt: skip
        group = int(rng.integers(0, 231))
        facts = {"space_group_number_found": group, "examined": bool(i % 2)}
        verdict = ("green", "amber", "red")[i % 3]
        cards.append(Examination(crystals[-1].id, "s", verdict, (), facts))
    mixed = crystals[3]
    crystals.append(Crystal("alloy", mixed.lattice, mixed.frac, mixed.numbers,
                            np.full(mixed.n_rows, 0.5)))  # fmt: skip
    cards.append(Examination("alloy", "", "amber"))
    return ParseReport(tuple(crystals), (), tuple(cards))


@pytest.fixture(scope="module")
def library() -> Library:
    return Library("test", "files", mixed_report())


@pytest.fixture
def filled(store: Store, library: Library):
    return store.save("all", library.report)


_BOUND = st.none() | st.sampled_from([-1.0, 0.0, 3, 50.0, 100, 1e300, math.inf])
_ELEMENTS = st.lists(st.sampled_from(_SYMBOLS), max_size=3).map(tuple)


def _ordered(a, b):
    return (a, b) if a is None or b is None or a <= b else (b, a)


@st.composite
def filters(draw) -> Filter:
    low, high = _ordered(draw(_BOUND), draw(_BOUND))
    fewest, most = _ordered(
        *(draw(st.none() | st.integers(0, 30) | st.just(10**30)) for _ in range(2))
    )
    chosen = {
        "text": draw(st.sampled_from(["", "cu", "Ünï", "%", "_/", "'", "o3", "ÜNÏCODE %"])),
        "formula": draw(st.sampled_from(["", "Cu", "TiSrO3", "O3TiSr", "Fe2"])),
        "all_of": draw(_ELEMENTS), "any_of": draw(_ELEMENTS), "none_of": draw(_ELEMENTS),
        "only": draw(_ELEMENTS),
        "space_groups": tuple(draw(st.lists(st.integers(1, 230), max_size=90))),
        "min_sites": fewest, "max_sites": most,
        "verdicts": tuple(draw(st.lists(st.sampled_from(["green", "amber", "red"]), max_size=2))),
        "order": draw(st.sampled_from(["", "ordered", "disordered"])),
        "ranges": ((draw(st.sampled_from(_KEYS)), low, high),),
        "equals": ((draw(st.sampled_from(_KEYS)),
                    draw(st.sampled_from(["", "3", "three", "é", "100%", "True"]))),),
    }  # fmt: skip
    used = draw(st.sets(st.sampled_from(sorted(chosen)), min_size=1, max_size=3))
    return Filter(**{name: chosen[name] for name in used})


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(wanted=filters())
def test_as_in_memory(filled, library, wanted):
    expected = select(library, wanted)
    assert filled.ids(wanted) == expected
    assert filled.count(wanted) == len(expected)
    page = filled.find(wanted, limit=5, offset=1)
    assert page.total == len(expected)
    assert tuple(row.id for row in page.rows) == expected[1:6]


def test_no_filter_finds_everything_in_order(filled, library):
    assert filled.ids() == library.ids
    assert filled.find(limit=0).total == len(library)


def test_rows_show_what_the_library_shows(filled, library):
    columns = Columns.of(library)
    for i, row in enumerate(filled.find(limit=1_000).rows):
        assert (row.id, row.formula, row.verdict, row.source, row.n_sites, row.ordered) == (
            columns.ids[i], columns.formulas[i], columns.verdicts[i], columns.sources[i],
            columns.n_sites[i], columns.ordered[i],
        )  # fmt: skip
        assert row.density == columns.density[i]
        assert row.examined == columns.examined[i]
        assert row.space_group == columns.space_group[i]
        assert repr(dict(row.properties)) == repr(dict(library.crystals[i].properties))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    "sort", ["id", "formula", "n_sites", "density_g_cm3", "space_group", "verdict",
             "bulk_modulus_GPa", "note", "huge", "mixed"],
)  # fmt: skip
def test_orders(filled, library, sort, descending):
    columns = Columns.of(library)
    values = {
        "id": columns.ids, "formula": columns.formulas, "n_sites": columns.n_sites,
        "density_g_cm3": columns.density,
        "space_group": [g or None for g in columns.space_group],
        "verdict": [("green", "amber", "red").index(v) for v in columns.verdicts],
    }.get(sort)  # fmt: skip
    if values is None:
        values = columns.numeric.get(sort, columns.text.get(sort))
    known = [v if v is not None and v == v and v != "" else None for v in values]
    there = sorted((i for i, v in enumerate(known) if v is not None), key=lambda i: known[i],
                   reverse=descending)  # fmt: skip
    if descending:  # equal ones keep the order of the workspace
        there = sorted(sorted(there), key=lambda i: known[i], reverse=True)
    missing = [i for i, v in enumerate(known) if v is None]
    assert filled.ids(sort=sort, descending=descending) == tuple(
        columns.ids[i] for i in (*there, *missing)
    )


def test_an_order_that_does_not_exist_is_refused(filled):
    with pytest.raises(InvalidSpecError, match="'; DROP"):
        filled.find(sort="'; DROP TABLE crystals --")
    with pytest.raises(InvalidSpecError):
        filled.find(limit=10_001)


def test_facts_are_those_of_the_library(filled, library):
    facts, expected = filled.facts(), facts_of(Columns.of(library))
    assert facts.counts == expected.counts
    assert facts.groups.keys() == expected.groups.keys()
    assert facts.numeric == expected.numeric
    assert {k: set(v) for k, v in facts.texts.items()} == {
        k: set(v) for k, v in expected.texts.items()
    }


def test_a_key_turns_numeric_again_when_its_texts_are_gone(filled, library):
    assert filled.count(Filter(ranges=(("mixed", 3, 3),))) == 0
    filled.remove([c.id for c in library.crystals if c.properties.get("mixed") == "three"])
    assert filled.count(Filter(ranges=(("mixed", 3, 3),))) == filled.count() - 1


def test_another_workspace_is_never_seen(filled, library, database):
    with open_store() as other:
        few = other.save("few", ParseReport(library.crystals[:2], (), library.examinations[:2]))
        assert few.ids() == library.ids[:2]
        assert few.count(Filter(ranges=(("bulk_modulus_GPa", None, None),))) <= 2
        assert filled.count() == len(library)


def test_a_bound_beyond_all_floats_is_refused():
    digits = "9" * 400
    for text in (f'{{"min_sites":{digits}}}', f'{{"ranges":[["x",{digits},null]]}}'):
        with pytest.raises(InvalidSpecError, match="must be a number"):
            Filter.from_text(text)
