"""What jobs on a run will take: they grow with what is asked, long ones wait, no memory is lied."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.model import run_estimates
from components.model.run_estimates import Cost
from core.data import load_embedded
from core.errors import MemoryBudgetError

SHUFFLES = {"folds": 2, "draws": 8, "seeds": 15}
MODELS = (
    {"key": "ridge"}, {"key": "random-forest"}, {"key": "averaged"}, {"key": "knn"},
    {"key": "gradient-boosting", "features": "composition"},
)  # fmt: skip


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def crystals() -> list[Any]:
    return list(load_embedded("prototype-elastic")[::10])


def run_of(model: dict[str, Any]) -> Any:
    """As much of a run as an estimate looks at."""
    options = {
        "target": "bulk_modulus_GPa", "seed": 0, "model": model, "levels": [0.9],
        "conformal": {"method": "cross"}, "split": {"key": "random", "repeats": 3}, "at_most": 9,
    }  # fmt: skip
    return SimpleNamespace(options=options)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m["key"])
def test_more_crystals_and_more_draws_take_longer(crystals, model) -> None:
    run = run_of(model)
    asked = {"features": ["a", "b"], "points": 12, "sample": 200}
    for cost in (
        lambda some: run_estimates.of_importances(run, some, SHUFFLES),
        lambda some: run_estimates.of_grid(run, some, SHUFFLES),
        lambda some: run_estimates.of_split(run, some, {"key": "group", "by": "formula"}),
        lambda some: run_estimates.of_curve(run, some, 6, 3),
        lambda some: run_estimates.of_dependence(run, some, asked),
    ):
        few, many = cost(crystals[:100]), cost(crystals)
        assert 0 < few.seconds <= many.seconds
        assert few.total < many.total
    more = run_estimates.of_importances(run, crystals, {**SHUFFLES, "draws": 80})
    assert more.seconds > run_estimates.of_importances(run, crystals, SHUFFLES).seconds


def test_stages_are_counted_once_a_fold(crystals) -> None:
    run = run_of({"key": "gradient-boosting", "features": "composition", "error_folds": 5})
    once = run_of({"key": "gradient-boosting", "features": "composition", "error_folds": 0})
    assert run_estimates.of_stages(run, crystals) == run_estimates.of_stages(once, crystals)


def test_what_takes_long_waits_and_what_does_not_fit_is_refused() -> None:
    assert Cost(seconds=5.0, total=1, budget=2).is_short
    assert not Cost(seconds=60.0, total=1, budget=2).is_short
    assert str(Cost(seconds=60.0, total=2**30, budget=2**31)) == (
        "About 60 s on a free core, 1.0 GB of memory."
    )
    with pytest.raises(MemoryBudgetError, match=r"2.0 GB at once; the budget is 1.0 GB"):
        Cost(seconds=1.0, total=2**31, budget=2**30).require()
