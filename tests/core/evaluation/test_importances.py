"""What a model rests on: planted laws are found, on held-out crystals alone."""

from __future__ import annotations

import numpy as np
import pytest

from core.data import load_embedded
from core.distances import parse_metric
from core.errors import InvalidSpecError, JobCancelled
from core.evaluation.base import Fold
from core.evaluation.columns import named_columns
from core.evaluation.dependence import dependence
from core.evaluation.grid_blocks import grid_blocks, grid_sources
from core.evaluation.importances import (
    Part,
    block_part,
    column_part,
    held_out_importances,
    impurity_importances,
    term_parts,
    trees_of,
)
from core.models import MODELS, Context, Inputs, Target, fit, prepare
from core.models.averaged import AveragedSpec
from core.models.feature_sets import parse_features
from core.models.inputs import Needs
from core.models.kernels import KernelRidgeSpec
from core.models.trees import ExtraTreesSpec, GradientBoostingSpec, RandomForestSpec
from tests.core.models.training import table

GIVEN = Needs(parse_features("given"))


def folds(n: int, count: int = 2) -> list[Fold]:
    out = []
    for i in range(count):
        order = np.random.default_rng(i).permutation(n)
        out.append(Fold(np.sort(order[n // 4 :]), np.sort(order[: n // 4]), f"{i}"))
    return out


def single(columns) -> list[Part]:
    return [column_part(name, columns[np.array([i])]) for i, name in enumerate(columns.names)]


@pytest.fixture(scope="module")
def law():
    """sin 2x0 + x1² of four numbers."""
    return table(240, 4, noise=0.05)


@pytest.fixture(scope="module")
def prototypes():
    crystals = list(load_embedded("prototype-elastic")[::45])
    needs = Needs(
        parse_features("composition+grid(mode=quantile,n_groups=20,n_quantiles=6)"),
        parse_metric("grid-emd(n_groups=40)+composition-emd").terms,
    )
    return needs, prepare(crystals, needs)[0]


def test_the_columns_of_the_law_are_found_and_the_others_are_not(law) -> None:
    inputs, target = law
    columns = named_columns(GIVEN, inputs)
    found = held_out_importances(
        "extra-trees", inputs, target, folds(240), single(columns),
        spec=ExtraTreesSpec(features="given", n_trees=60), draws=4,
    )  # fmt: skip
    assert found.names == ("feature 1", "feature 2", "feature 3", "feature 4")
    assert found.draws.shape == (8, 4)
    assert found.order[:2].tolist() == [0, 1]
    assert found.mean[0] > 10 * np.abs(found.mean[2:]).max()
    assert (found.mean[2:] < 3 * found.spread[2:] + 0.02).all()


def test_only_held_out_crystals_are_shuffled(law) -> None:
    inputs, target = law
    seen: list[str] = []

    def shuffle(part: Inputs, order: np.ndarray) -> Inputs:
        seen.extend(part.ids)
        return part

    (fold,) = folds(240, 1)
    found = held_out_importances(
        "ridge", inputs, target, [fold], [Part("none", shuffle)],
        spec=MODELS["ridge"].spec_type(features="given"), draws=1, sample=20,
    )  # fmt: skip
    assert len(seen) == 20
    assert set(seen) <= {inputs.ids[i] for i in fold.test}
    assert found.draws.tolist() == [[0.0]]


def test_errors_are_those_of_the_models_of_a_trial(law) -> None:
    from core.evaluation import evaluate

    inputs, target = law
    spec = MODELS["ridge"].spec_type(features="given")
    parts = single(named_columns(GIVEN, inputs))
    found = held_out_importances("ridge", inputs, target, folds(240), parts, spec=spec, draws=1)
    trial = evaluate("ridge", inputs, target, folds(240), spec=spec)
    np.testing.assert_allclose(found.errors, trial.by_fold("mae"))


def test_impurities_of_several_seeds_sum_to_one_and_find_the_law(law) -> None:
    inputs, target = law
    for key, spec in (
        ("random-forest", RandomForestSpec(features="given", n_trees=20)),
        ("gradient-boosting", GradientBoostingSpec(features="given", n_stages=50)),
    ):
        grown = trees_of(key, spec)
        assert grown is not None
        found = impurity_importances(grown[0], inputs, target, spec=grown[1], seeds=15)
        assert found.draws.shape == (15, 4)
        np.testing.assert_allclose(found.draws.sum(axis=1), 1)
        assert set(found.order[:2].tolist()) == {0, 1}
        assert (found.spread > 0).all()
    with pytest.raises(InvalidSpecError, match="same"):
        impurity_importances(
            "random-forest", inputs, Target("y", np.ones(240)), spec=RandomForestSpec()
        )


def test_which_models_hold_trees_with_impurities() -> None:
    held = {key: trees_of(key, model.spec_type()) for key, model in MODELS.items()}
    named = {key for key, grown in held.items() if grown is not None}
    assert named == {"averaged", "extra-trees", "gradient-boosting", "random-forest"}
    grown = trees_of("averaged", AveragedSpec(n_trees=33))
    assert grown is not None
    assert grown[0] == "extra-trees"
    assert grown[1].n_trees == 33


def test_dependence_of_a_line_is_the_line(law) -> None:
    inputs, target = law
    model = fit("ridge", inputs, target, spec=MODELS["ridge"].spec_type(features="given"))
    found = dependence(model, inputs, ["feature 1"], points=5)
    x = inputs.blocks["given"].values.copy()
    x[:, 0] = found.grids[0][2]
    again = model.predict(Inputs.given(x, ids=inputs.ids)).mean
    np.testing.assert_allclose(found.individual[:, 2], again)
    with pytest.raises(InvalidSpecError, match="'mass' by name"):
        dependence(model, inputs, ["mass"])
    with pytest.raises(JobCancelled):
        dependence(model, inputs, ["feature 1"], context=Context(should_stop=lambda: True))


def test_dependence_of_a_logged_target_is_in_its_own_unit(law) -> None:
    inputs, target = law
    positive = Target("y_GPa", np.exp(target.values))
    spec = MODELS["ridge"].spec_type(features="given", target_scale="log")
    found = dependence(fit("ridge", inputs, positive, spec=spec), inputs, ["feature 1"], points=4)
    assert (found.individual > 0).all()
    logs = np.log(found.individual)
    np.testing.assert_allclose(np.diff(logs, axis=1).std(axis=0), 0, atol=1e-9)


def test_columns_by_name_are_those_that_enter_one_by_one(prototypes) -> None:
    _, inputs = prototypes
    columns = named_columns(Needs(parse_features("composition")), inputs)
    assert 0 < len(columns) < 118  # elements that are in no crystal are left out
    x = columns.read(inputs)
    assert (np.ptp(x, axis=0) > 0).all()
    doubled = columns.write(inputs, 2 * x)
    np.testing.assert_array_equal(columns.read(doubled), 2 * x)
    np.testing.assert_array_equal(columns.read(inputs), x)
    for text in ("composition@pca3", "group_composition"):
        assert not len(named_columns(Needs(parse_features(text))))
    assert len(named_columns(Needs(parse_features("composition")))) == 118


def test_blocks_of_grid_part_all_columns(prototypes) -> None:
    needs, inputs = prototypes
    blocks = grid_blocks(needs, inputs)
    assert set(grid_sources(needs)) == {b.source for b in blocks}
    for source in grid_sources(needs):
        own = np.concatenate([b.columns for b in blocks if b.source == source])
        values = inputs.vectors.get(source) or inputs.blocks[source].values
        width = values.parts[0].shape[1] if source in inputs.vectors else values.shape[1]
        np.testing.assert_array_equal(np.sort(own), np.arange(width))
    first = next(b for b in blocks if b.is_distance and b.ranks[0] == 1)
    described = next(b for b in blocks if not b.is_distance and b.ranks[0] == 1)
    assert first.ranks == described.ranks == (1, 4)
    assert first.low == pytest.approx(described.low, rel=0.02)  # both in angstrom
    assert 1 < first.low < first.high < 6


def test_a_law_of_nearest_neighbours_lies_in_their_block(prototypes) -> None:
    """The target is the shortest distance: the first block matters most, the elements do not."""
    needs, inputs = prototypes
    source = next(s for s in inputs.blocks if s.startswith("grid"))
    target = Target("distance_A", inputs.blocks[source].values[:, 0].astype(float))
    blocks = [b for b in grid_blocks(needs, inputs) if not b.is_distance]
    found = held_out_importances(
        "extra-trees", inputs, target, folds(len(inputs)), [*map(block_part, blocks)],
        spec=ExtraTreesSpec(features="composition+" + source, n_trees=60),
    )  # fmt: skip
    best = blocks[int(found.order[0])]
    assert best.ranks == (1, 4)
    assert best.part == "nearest third of sites"
    assert found.mean.max() > 3 * np.sort(found.mean)[-3]
    spec = KernelRidgeSpec(metric="grid-emd(n_groups=40)+composition-emd", sample=200)
    own = MODELS["kernel-ridge"].needs(spec)
    terms = held_out_importances(
        "kernel-ridge", inputs, target, folds(len(inputs)), term_parts(own), spec=spec, draws=2
    )
    assert terms.names == ("grid-emd(n_groups=40)", "composition-emd")
    assert terms.mean[0] > 3 * terms.mean[1]


def test_a_histogram_is_parted_by_distance() -> None:
    crystals = list(load_embedded("elements")[:8])
    spec = KernelRidgeSpec(metric="grid-emd(mode=binned,n_groups=10,max_distance=5)")
    needs = MODELS["kernel-ridge"].needs(spec)
    blocks = grid_blocks(needs, prepare(crystals, needs)[0])
    assert {b.part for b in blocks} == {"0-2 Å", "2-4 Å", "4-5 Å"}
    assert {b.ranks for b in blocks} == {(1, 4), (5, 10)}
    assert sum(len(b.columns) for b in blocks) == 10 * 50


def test_nothing_to_shuffle_is_refused(law) -> None:
    with pytest.raises(InvalidSpecError, match="nothing to shuffle"):
        held_out_importances("ridge", *law, folds(240), [])
