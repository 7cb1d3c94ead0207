"""Vectors in a model's state: all distances can be kept, and what does not fit is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.distances.base import DISTANCES
from core.errors import ModelFileError
from core.models import MODELS, Context, Target, fit
from core.models.domain import nearest_training, with_domain
from core.models.persistence import load_model, model_bytes
from tests.core.models.training import KEY, crystals, elements_under

EXACT = "grid-wasserstein(n_groups=8)"


def problem(metric: str) -> tuple:
    inputs = elements_under(metric)
    known = {c.id: c for c in crystals()}
    own = [known[name] for name in inputs.ids]
    return inputs, Target(KEY, np.array([c.properties[KEY] for c in own])), own


@pytest.mark.parametrize("metric", [f"2*{EXACT}+composition-emd", *DISTANCES])
def test_a_saved_model_on_any_distance_predicts_the_same(metric: str) -> None:
    inputs, target, own = problem(metric)
    spec = MODELS["knn"].spec_type(metric=metric)
    model = with_domain(fit("knn", inputs, target, spec=spec), inputs, target, own)
    again = load_model(model_bytes(model))
    np.testing.assert_array_equal(again.predict(inputs).mean, model.predict(inputs).mean)
    np.testing.assert_array_equal(
        nearest_training(again, inputs)[0], nearest_training(model, inputs)[0]
    )


def test_a_saved_process_on_the_exact_distance_predicts_the_same() -> None:
    inputs, target, _ = problem(EXACT)
    spec = MODELS["gaussian-process"].spec_type(metric=EXACT)
    model = fit("gaussian-process", inputs, target, spec=spec)
    again = load_model(model_bytes(model))
    np.testing.assert_array_equal(again.predict(inputs).std, model.predict(inputs).std)


FAULTS: dict[str, Callable[[Any], Any]] = {
    "narrow": lambda x: x[:, :-1], "wide": lambda x: np.hstack([x, x]), "flat": np.ravel,
    "text": lambda x: x.astype(str), "whole numbers": lambda x: x.astype(int),
    "none": lambda x: None,
}  # fmt: skip


@pytest.mark.parametrize("fault", list(FAULTS))
@pytest.mark.parametrize("key", ["knn", "kernel-ridge"])
def test_vectors_of_another_shape_are_refused_before_compiled_code_reads_them(
    key: str, fault: str
) -> None:
    inputs, target, _ = problem("composition-emd")
    model = fit(key, inputs, target, spec=MODELS[key].spec_type(metric="composition-emd"))
    vectors = [[FAULTS[fault](model.state["vectors"][0][0])]]
    wrong = replace(model, state={**model.state, "vectors": vectors})
    with pytest.raises(ModelFileError, match="other vectors"):
        wrong.predict(inputs)
    with pytest.raises(ModelFileError, match="other vectors"):
        MODELS[key].space(wrong.spec, wrong.state, inputs, Context())


@pytest.mark.parametrize("name", ["values", "masses", "counts"])
def test_groups_that_make_no_whole_are_refused(name: str) -> None:
    inputs, target, _ = problem(EXACT)
    model = fit("knn", inputs, target, spec=MODELS["knn"].spec_type(metric=EXACT))
    pieces = model.state["vectors"][0][0]
    wrong = replace(
        model, state={**model.state, "vectors": [[{**pieces, name: pieces[name][:-1]}]]}
    )
    with pytest.raises(ModelFileError, match="not whole"):
        wrong.predict(inputs)
