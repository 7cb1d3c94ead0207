"""Hostile tables: each ends in a row with a reason, or in a message that quotes the value."""

from __future__ import annotations

import numpy as np
import pytest

from core.distances import parse_metric
from core.errors import (
    InvalidSpecError,
    NonFiniteError,
    SchemaError,
    ShapeMismatchError,
    UnknownNameError,
)
from core.models import Inputs, Target, fit, prepare, read_target
from core.models.feature_sets import parse_features
from core.models.inputs import Needs
from core.models.kernels import GaussianProcessSpec, KernelRidgeSpec
from core.types import Crystal
from tests.core.models.training import KEY, crystals


def with_values(*values: object) -> list[Crystal]:
    return [
        c.with_(properties={} if value is None else {"K_GPa": value})
        for c, value in zip(crystals(), values, strict=False)
    ]


def test_every_crystal_without_a_usable_value_is_a_row_with_its_reason() -> None:
    values = (1.0, "12 GPa", float("nan"), None, True, float("inf"), np.float32(2.5), 3)
    target, kept, failures = read_target(with_values(*values), "K_GPa")
    assert target.values.tolist() == [1.0, 2.5, 3.0]
    assert kept.tolist() == [0, 6, 7]
    assert len(failures) == 5
    assert "'12 GPa'" in failures[0].message
    assert "unit in the name" in failures[0].hint
    assert [f.code for f in failures] == [
        "SchemaError", "NonFiniteError", "SchemaError", "SchemaError", "NonFiniteError",
    ]  # fmt: skip


def test_a_property_of_text_alone_is_refused_with_its_first_value() -> None:
    with pytest.raises(SchemaError, match="'5 GPa'"):
        read_target(with_values("5 GPa", "6 GPa"), "K_GPa")


def test_a_property_nobody_has_comes_with_a_guess() -> None:
    with pytest.raises(SchemaError, match=f"Did you mean '{KEY}'"):
        read_target(crystals(), "volume_per_atom")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_targets_that_are_no_numbers_are_refused(bad: float) -> None:
    with pytest.raises(NonFiniteError, match="Value 1"):
        Target("y", np.array([0.0, bad]))


def test_duplicate_ids_are_refused_by_name() -> None:
    with pytest.raises(SchemaError, match="'twice'"):
        Inputs.given(np.eye(3), ids=["a", "twice", "twice"])
    first = crystals()[0]
    with pytest.raises(SchemaError, match="more than once"):
        prepare([first, first], Needs())


def test_tables_that_are_no_tables_are_refused() -> None:
    with pytest.raises(SchemaError, match="no numbers"):
        Inputs.given([["1 GPa"], ["2 GPa"]])
    with pytest.raises(ShapeMismatchError):
        Inputs.given([1.0, 2.0])
    with pytest.raises(NonFiniteError, match="'b'"):
        Inputs.given([[1.0, 2.0], [3.0, np.nan]], labels=["a", "b"])


def test_a_model_of_a_table_does_not_take_crystals() -> None:
    with pytest.raises(InvalidSpecError, match="table of numbers"):
        prepare(crystals(), Needs(parse_features("given")))


def test_crystals_that_can_not_be_described_are_rows(rocksalt: Crystal) -> None:
    half = rocksalt.with_(id="half", occupancy=np.full(8, 0.5))
    needs = Needs(parse_features("group_composition(n_groups=4)"), parse_metric("grid-emd").terms)
    inputs, kept, failures = prepare([half, rocksalt], needs)
    assert inputs.ids == ("NaCl",)
    assert kept.tolist() == [1]
    assert [f.id for f in failures] == ["half"]


@pytest.mark.parametrize("name", ["ion-substitution", "grid-cosine", "grid-emd+rdf-cosine"])
@pytest.mark.parametrize("spec_type", [KernelRidgeSpec, GaussianProcessSpec])
def test_a_kernel_refuses_what_is_no_metric_and_says_why(name: str, spec_type: type) -> None:
    spec = spec_type(metric=name)
    key = "kernel-ridge" if spec_type is KernelRidgeSpec else "gaussian-process"
    with pytest.raises(InvalidSpecError, match="triangle inequality"):
        fit(key, Inputs(("a", "b", "c")), Target("y", np.arange(3.0)), spec=spec)


def test_a_kernel_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidSpecError, match="needs a distance"):
        fit("kernel-ridge", Inputs(("a", "b", "c")), Target("y", np.arange(3.0)),
            spec=KernelRidgeSpec(metric=""))  # fmt: skip


def test_an_unknown_model_is_named_with_a_guess() -> None:
    with pytest.raises(UnknownNameError, match="kernel-ridge"):
        fit("kernel-rigde", Inputs(("a",)), Target("y", np.zeros(1)))
