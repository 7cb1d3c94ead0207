"""The funnel's counts against counting one by one."""

from __future__ import annotations

import time

import numpy as np
import pytest

from core.errors import InvalidSpecError, ShapeMismatchError
from core.screening.criteria import Column, Criterion
from core.screening.funnel import Stage, run_funnel


def stages(n: int = 500, seed: int = 0) -> list[Stage]:
    rng = np.random.default_rng(seed)
    return [
        Stage(key, key.title(), rng.random(n) < share, (lambda k: lambda i: f"{k} {i}")(key))
        for key, share in (("novelty", 0.9), ("hull", 0.4), ("window", 0.5))
    ]


def test_every_count_is_what_a_loop_counts() -> None:
    made = stages()
    funnel = run_funnel(made, 500)
    left = list(range(500))
    assert funnel.counts[0] == 500
    for place, stage in enumerate(made):
        lost = [i for i in left if not stage.passed[i]]
        assert (funnel.lost_at[lost] == place).all()
        left = [i for i in left if stage.passed[i]]
        assert funnel.counts[place + 1] == len(left)
        assert funnel.alone[place] == sum(bool(p) for p in stage.passed)
        others = [s for s in made if s is not stage]
        assert funnel.without(stage.key) == sum(
            all(s.passed[i] for s in others) for i in range(500)
        )
    assert funnel.rows.tolist() == left
    assert funnel.emptied_by is None
    assert funnel.message == f"{len(left)} of 500 candidates passed."


def test_reasons_end_where_a_candidate_was_lost() -> None:
    funnel = run_funnel(stages(), 500)
    inside = int(funnel.rows[0])
    assert funnel.reasons(inside) == tuple(f"{k} {inside}" for k in ("novelty", "hull", "window"))
    lost = int(np.flatnonzero(funnel.lost_at == 1)[0])
    assert funnel.reasons(lost) == (f"novelty {lost}",)
    with pytest.raises(InvalidSpecError):
        funnel.reasons(500)


def test_an_empty_list_says_which_filter_emptied_it() -> None:
    first = Stage("hull", "Below the hull", np.array([True, False, True]))
    none = run_funnel([first, Stage("window", "Hard", np.zeros(3, bool))], 3)
    assert none.emptied_by is not None
    assert none.emptied_by.key == "window"
    assert "'Hard' removed the last 2 of 3" in none.message
    assert "none of the candidates by itself" in none.message
    apart = run_funnel([first, Stage("window", "Hard", np.array([False, True, False]))], 3)
    assert "by itself it passes 1" in apart.message
    assert run_funnel([first], 3).emptied_by is None
    nothing = run_funnel([Stage("window", "Hard", np.zeros(0, bool))], 0)
    assert nothing.emptied_by is None
    assert "no candidates" in nothing.message


def test_stages_that_do_not_belong_are_refused() -> None:
    with pytest.raises(ShapeMismatchError, match="window"):
        run_funnel([Stage("window", "", np.ones(2, bool))], 3)
    with pytest.raises(ShapeMismatchError):
        run_funnel([Stage("window", "", np.ones(3))], 3)  # type: ignore[arg-type]
    with pytest.raises(InvalidSpecError, match="one key"):
        run_funnel([Stage("a", "", np.ones(3, bool))] * 2, 3)
    with pytest.raises(InvalidSpecError, match="no stage"):
        run_funnel(stages(), 500).without("moon")


def test_600_000_candidates_are_filtered_in_a_fifth_of_a_second() -> None:
    rng = np.random.default_rng(0)
    n = 600_000
    hull = Column("energy_above_hull_eV_per_atom", rng.normal(0.1, 0.2, n), rng.uniform(0, 0.2, n))
    bulk = Column("bulk_modulus_GPa", rng.normal(100, 40, n), rng.uniform(1, 20, n))
    criteria = [
        (Criterion(key=hull.key, high=0.0, how="shifted"), hull),
        (Criterion(key=bulk.key, low=80, high=200, how="probability", least=0.8), bulk),
    ]
    fastest = np.inf
    for _ in range(5):
        start = time.process_time()
        found = run_funnel([Stage(c.key, c.title, c.passed(x)) for c, x in criteria], n)
        fastest = min(fastest, time.process_time() - start)
    assert 0 < found.counts[-1] < n
    assert fastest < 0.2
