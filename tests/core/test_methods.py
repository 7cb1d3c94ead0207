"""What is said of the registries: complete, and docs/methods.md up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.data import EMBEDDED
from core.descriptors import DESCRIPTORS
from core.descriptors.grid import GridSpec
from core.distances import DISTANCES
from core.methods import Method, markdown, methods, options_of, references
from core.models import MODELS

DOCS = Path(__file__).resolve().parents[2] / "docs" / "methods.md"
EVERY = methods()


def test_every_registered_key_is_there_once() -> None:
    found = [(m.kind, m.key) for m in EVERY]
    assert found == [
        *(("descriptor", key) for key in DESCRIPTORS),
        *(("distance", key) for key in DISTANCES),
        *(("model", key) for key in MODELS),
        *(("data set", key) for key in EMBEDDED),
    ]
    assert len({m.anchor for m in EVERY}) == len(EVERY)


@pytest.mark.parametrize("method", EVERY, ids=lambda m: m.anchor)
def test_nothing_is_left_unsaid(method: Method) -> None:
    assert method.title
    assert method.summary
    assert method.limits
    assert method.reference
    assert method.dois
    assert all(name and value for name, value in method.facts)
    assert bool(method.formula) == (method.kind != "data set")
    for option in method.options:
        assert option.label, option.name
        assert option.help, option.name


def test_what_is_no_metric_says_why() -> None:
    for method in EVERY:
        if method.kind == "distance":
            answer = dict(method.facts)["A metric"]
            assert answer == "yes" if DISTANCES[method.key].is_metric else answer.startswith("no: ")


def test_bounds_and_defaults_are_those_of_the_spec() -> None:
    by_name = {o.name: o for o in options_of(GridSpec)}
    assert by_name["n_groups"].default == str(GridSpec().n_groups)
    assert by_name["n_groups"].allowed == "≥ 1, ≤ 2000"
    assert by_name["max_distance"].allowed == "> 0, ≤ 100"
    assert by_name["mode"].allowed == "binned, quantile, gridrdf"
    assert by_name["centers"].default == "all"


def test_references_hold_every_work_once_and_balance() -> None:
    text = references()
    assert text.count("{") == text.count("}")
    for doi in {doi for m in EVERY for doi in m.dois}:
        assert text.count(f"doi = {{{doi}}}") == 1, doi


def test_search_asks_for_all_words_in_any_order() -> None:
    found = {m.key for m in EVERY if m.mentions("COSINE rdf")}
    assert "rdf-cosine" in found
    assert "composition" not in found
    assert all(m.mentions("") for m in EVERY)


def test_the_page_of_the_documentation_is_up_to_date() -> None:
    """Run `python -m core methods -o docs/methods.md` when this fails."""
    assert DOCS.read_text("utf-8") == markdown()


def test_bars_do_not_break_tables() -> None:
    rows = [line for line in markdown().splitlines() if line.startswith("| ")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {6}
