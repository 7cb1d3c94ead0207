"""What is said of the registries: complete, and docs/methods.md up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.citations import has_entry
from core.data import EMBEDDED
from core.descriptors import DESCRIPTORS
from core.descriptors.grid import GridSpec
from core.distances import DISTANCES
from core.evaluation import SPLITS
from core.methods import KINDS, PROCEDURES, Method, markdown, methods, options_of, references
from core.models import MODELS
from core.models.conformal import ConformalSpec
from core.screening.criteria import HOW
from core.verification.rounds import HeldOutSpec

DOCS = Path(__file__).resolve().parents[2] / "docs" / "methods.md"
EVERY = methods()


def test_every_registered_key_is_there_once() -> None:
    found = [(m.kind, m.key) for m in EVERY]
    assert found == [
        *(("descriptor", key) for key in DESCRIPTORS),
        *(("distance", key) for key in DISTANCES),
        *(("model", key) for key in MODELS),
        *(("split", key) for key in SPLITS),
        *sorted(((p.kind, p.key) for p in PROCEDURES), key=lambda found: KINDS.index(found[0])),
        *(("data set", key) for key in EMBEDDED),
    ]
    assert {kind for kind, _ in found} == set(KINDS)
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


def test_procedures_name_options_that_exist_and_works_known_in_full() -> None:
    for procedure in PROCEDURES:
        if procedure.options:
            assert procedure.spec_type is not None, procedure.key
            assert set(procedure.options) <= set(procedure.spec_type.__dataclass_fields__)
    for method in EVERY:
        if method.kind in ("split", "uncertainty", "explanation", "screening"):
            assert all(has_entry(doi) for doi in method.dois), method.anchor


def test_each_way_to_judge_and_to_calibrate_has_its_place() -> None:
    """A new choice of the program without words on the page fails here."""
    keys = {(m.kind, m.key) for m in EVERY}
    assert {("screening", f"window-{how}") for how in HOW} <= keys
    for method in ConformalSpec.__dataclass_fields__["method"].metadata["choices"]:
        assert ("uncertainty", f"conformal-{method.replace('+', '-plus')}") in keys


def test_options_are_those_asked_for_in_the_order_of_the_spec() -> None:
    assert [o.name for o in options_of(ConformalSpec, ("scaled", "folds"))] == ["folds", "scaled"]
    assert [o.name for o in options_of(HeldOutSpec)] == ["share", "by"]


WANTED = (
    "split group", "leave one element out", "conformal", "CV+", "calibration curve", "wilson",
    "miscalibration area", "AUSE", "permutation importance", "impurity", "collinear",
    "partial dependence", "ICE", "GRID block", "what a match explains", "window value",
    "k standard deviations", "interval inside", "probability inside", "energy above hull",
    "novelty", "applicability domain", "near duplicates", "diverse shortlist farthest",
    "pareto front", "substitution likelihood", "charge balance", "decoration", "volume radii",
    "enrichment factor", "precision recall", "what-if expect", "rolling MAE", "hit rate binomial",
    "active learning round", "bootstrap",
)  # fmt: skip


@pytest.mark.parametrize("words", WANTED)
def test_what_people_look_for_is_found(words: str) -> None:
    found = [m for m in EVERY if m.mentions(words)]
    assert found
    assert len(found) < len(EVERY) / 2, "words that narrow nothing"


@pytest.mark.parametrize("method", EVERY, ids=lambda m: m.anchor)
def test_every_title_is_found_by_its_own_words(method: Method) -> None:
    assert method in [m for m in EVERY if m.mentions(method.title)]


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
