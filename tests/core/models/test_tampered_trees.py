"""Tree models whose files are signed but wrong: compiled code would read beyond its arrays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import ModelFileError, ShapeMismatchError
from core.models import FittedModel, Inputs, fit
from core.models.persistence import load_model, model_bytes
from tests.core.models.test_contract import small_spec
from tests.core.models.training import table

TREES = ("extra-trees", "random-forest", "gradient-boosting", "hist-gradient-boosting")
every = pytest.mark.parametrize("key", TREES)


def fitted(key: str) -> tuple[FittedModel, Inputs]:
    inputs, target = table(60, 3, noise=0.1)
    return fit(key, inputs, target, spec=small_spec(key)), inputs


@every
def test_trees_without_the_names_of_their_features_are_refused(key: str) -> None:
    model, _ = fitted(key)
    state = {name: value for name, value in model.state.items() if name != "labels"}
    with pytest.raises(ModelFileError, match="no features"):
        load_model(model_bytes(replace(model, state=state)))


@every
@pytest.mark.parametrize("labels", [[], ["only"], [f"feature {i}" for i in range(5000)]])
def test_trees_of_other_features_are_not_asked(key: str, labels: list[str]) -> None:
    """With 5,000 names a branch that asks for feature 4,000 would pass the audit."""
    model, inputs = fitted(key)
    wrong = replace(model, state={**model.state, "labels": labels})
    with pytest.raises(ShapeMismatchError, match=f"grown on {len(labels)} features, not 3"):
        wrong.predict(inputs)


def test_trees_of_several_outputs_are_refused() -> None:
    from sklearn.ensemble import ExtraTreesRegressor

    model, inputs = fitted("extra-trees")
    x = inputs.blocks["given"].values
    several = ExtraTreesRegressor(5).fit(x, np.column_stack([x[:, 0], x[:, 1]]))
    with pytest.raises(ModelFileError, match="values"):
        load_model(model_bytes(replace(model, state={**model.state, "estimator": several})))


def test_a_tree_without_nodes_is_refused() -> None:
    model, _ = fitted("hist-gradient-boosting")
    tree = model.state["estimator"]._predictors[0][0]
    tree.nodes = tree.nodes[:0]
    with pytest.raises(ModelFileError, match="no root"):
        load_model(model_bytes(model))
