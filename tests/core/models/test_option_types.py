"""Options of another type are told before anything is computed."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import InvalidSpecError
from core.models import MODELS
from core.models.conformal import ConformalSpec


@pytest.mark.parametrize(
    ("key", "options", "words"),
    [
        ("knn", {"k": 2.5}, "KnnSpec.k is 2.5; it must be a whole number"),
        ("knn", {"k": True}, "finite number"),
        ("knn", {"tune_weights": "no"}, "true or false"),
        ("knn", {"metric": 7}, "text"),
        ("kernel-ridge", {"metric": None}, "text"),
        ("ridge", {"features": ["composition"]}, "text"),
        ("extra-trees", {"n_trees": 20.0}, "whole number"),
        ("averaged", {"sample": 100.5}, "whole number"),
    ],
)
def test_an_option_of_another_type_is_refused(
    key: str, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidSpecError, match=words):
        MODELS[key].spec_type.from_dict(options)


def test_the_word_false_is_not_taken_for_true() -> None:
    with pytest.raises(InvalidSpecError, match=r"scaled is 'false'; it must be true or false"):
        ConformalSpec.from_dict({"scaled": "false"})
    with pytest.raises(InvalidSpecError, match="whole number"):
        ConformalSpec.from_dict({"folds": 2.5})


def test_whole_numbers_serve_as_numbers() -> None:
    assert MODELS["knn"].spec_type(decay=2).decay == 2


@pytest.mark.parametrize("key", ["ridge", "lasso", "extra-trees", "hist-gradient-boosting"])
def test_a_model_of_features_needs_some(key: str) -> None:
    with pytest.raises(InvalidSpecError, match="No descriptors are named"):
        MODELS[key].needs(MODELS[key].spec_type(features=" "))


def test_the_trees_of_the_average_need_features() -> None:
    spec = MODELS["averaged"].spec_type(features="", tree_features="")
    with pytest.raises(InvalidSpecError, match="No descriptors are named"):
        MODELS["averaged"].needs(spec)
