"""The Stability page asks before it computes, and shows the numbers of the core."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components.labs import stability_lab
from components.labs.stability_lab_parts import findings, table
from core.jobs.base import JobResult
from core.jobs.results import result_key, save_result
from core.jobs.stability import outputs_of
from core.labs.stability import STATES, Trial, default_spec, describe, try_states
from core.labs.stability_figures import rows, same_number, select
from core.labs.stability_findings import find_row
from core.library.library import crystals_digest
from core.models import MODELS
from core.types import Provenance

PAGE = str(Path(__file__).parents[2] / "pages" / "labs" / "stability.py")
ELEMENTS = "Ti Zr Al Ga Si Ni Co Pd Pt Cu O S N C Mg Sc Fe In Sn Nb".split()
SPEC = default_spec(
    "extra-trees", {"features": "composition+structure_features", "n_trees": 20}
)  # fmt: skip


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


@cache
def trials() -> tuple[Trial, ...]:
    """Three seeds on the crystals of twenty elements: seconds instead of minutes."""
    described = describe(MODELS["extra-trees"].needs(SPEC), systems=ELEMENTS)
    return tuple(
        t for seed in range(3) for t in try_states(described, "extra-trees", SPEC, seed)
    )  # fmt: skip


@pytest.fixture
def computed(_own_home: None) -> JobResult:
    """The result of the few elements where the page looks for that of the whole set."""
    result = JobResult(outputs_of(trials(), STATES), (), Provenance({}, "", {}, 0.0, "2026"))
    for name in stability_lab.MODELS:
        key = result_key(stability_lab.asked(name), crystals_digest(()))
        save_result(key, result)
    return result


def opened(**query: str) -> AppTest:
    page = AppTest.from_file(PAGE, default_timeout=240)
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def texts(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.info, *page.error]
    return "\n".join(p.value for p in parts).replace("\\", "")


def metrics(page: AppTest) -> dict[str, str]:
    return {m.label: m.value for m in page.metric}


@pytest.mark.parametrize("name", list(stability_lab.MODELS))
def test_it_says_the_cost_and_asks(name: str) -> None:
    page = opened(model=name)
    assert not page.exception
    assert not page.error
    assert [b.label for b in page.button] == ["Start"]
    assert str(stability_lab.estimate(name)).split(":")[0] in texts(page)
    assert "kept on disk" in texts(page)


def test_the_quick_model_is_quicker() -> None:
    quick, usual = (stability_lab.estimate(n).seconds for n in ("quick", "recommended"))
    assert quick < 0.5 * usual


def test_numbers_are_those_of_a_recount(computed: JobResult) -> None:
    page = opened()
    assert not page.exception
    assert not page.error
    said = metrics(page)
    mine = [t for t in trials() if t.state == "unrelaxed"]
    for words, quantity, scale in (("Precision", "precision", "%"), ("Recall", "recall", "%"),
                                   ("Enrichment", "enrichment", "")):  # fmt: skip
        value = np.mean([getattr(select(t, "joint", "std", 1.0), quantity) for t in mine])
        told = f"{100 * value:.1f}%" if scale else f"{value:.2f}"
        assert said[f"{words} with 1 σ"] == told
    selected = np.mean([select(t, "joint", "std", 1.0).selected for t in mine])
    assert said["Selected with 1 σ"] == f"{selected:,.0f}"
    assert texts(page).count("The thesis says") == 3
    assert texts(page).count("Asked here") == 1
    for claim in findings(computed):
        assert claim.measured in texts(page)


def test_the_table_holds_every_criterion(computed: JobResult) -> None:
    page = opened(state="relaxed", hull="known", quantity="recall")
    assert not page.exception
    shown = page.dataframe[0].value
    mine = [r for r in rows(trials()) if r.state == "relaxed" and r.hull == "known"]
    assert shown["mean"].tolist() == pytest.approx([r.mean for r in mine])
    beside = shown[(shown["criterion"] == "+ 1 × σ") & (shown["chosen by"] == "same number")]
    each = [t for t in trials() if t.state == "relaxed"]
    counts = [same_number(t, "known", select(t, "known", "std", 1.0).selected) for t in each]
    recall = float(beside[beside["quantity"] == "recall"]["mean"].iloc[0])
    assert recall == pytest.approx(np.mean([c.recall for c in counts]))


def test_rows_come_back_as_they_were(computed: JobResult) -> None:
    again, first = stability_lab.rows_of(computed), rows(trials())
    assert len(again) == len(first)
    row = find_row(again, "unrelaxed", "precision", uncertainty="std", k=2.0)
    assert row == find_row(first, "unrelaxed", "precision", uncertainty="std", k=2.0)
    assert len(table(first)) == sum(r.quantity != "mae" for r in first)


@pytest.mark.parametrize("part", ["order", "systems", "hits", "trust"])
def test_every_part_opens(computed: JobResult, part: str) -> None:
    page = opened(part=part, state="relaxed-unrelaxed")
    assert not page.exception
    assert not page.error
    said, mine = texts(page), [t for t in trials() if t.state == "relaxed-unrelaxed"]
    if part == "order":
        stable = np.mean([(t.true_joint <= 0).mean() for t in mine])
        assert f"{100 * stable:.1f}% of the candidates are stable" in said
    if part == "systems":
        tenth = computed.outputs["enrichment"][1, 0, :, 9]
        assert f"on the hull {tenth.mean():.2f} ({tenth.min():.2f} to" in said
    if part == "hits":
        assert f"all together: {sum(len(t.rows) for t in mine):,}" in said
    if part == "trust":
        error = np.abs(np.concatenate([t.mean - t.truth for t in mine]))
        std = np.concatenate([t.std for t in mine])
        half = error[np.argsort(std, kind="stable")[: len(error) // 2]].mean()
        told = int(said.split("surest half is ")[1].split("%")[0])
        assert told == pytest.approx(100 * half / error.mean(), abs=1.5)


def test_an_address_that_makes_no_sense_is_the_default(computed: JobResult) -> None:
    page = opened(part="nonsense", model="oracle", state="molten", hull="x", quantity="luck")
    assert not page.exception
    assert not page.error
    assert page.query_params["model"] in ("recommended", ["recommended"])


def test_the_script_asks_for_the_same() -> None:
    place: dict[str, object] = {}
    lines = stability_lab.script("quick", "").splitlines()
    exec("\n".join(lines[:3]), place)  # without the minutes of the run itself
    assert place["spec"].digest == stability_lab.asked("quick").digest  # type: ignore[attr-defined]
