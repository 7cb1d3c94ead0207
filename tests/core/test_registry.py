"""Specs refuse what is out of bounds and say so; registries find, guess and refuse doubles."""

from __future__ import annotations

import pickle
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data import EMBEDDED
from core.descriptors import DESCRIPTORS
from core.distances import DISTANCES
from core.errors import InvalidSpecError, UnknownNameError
from core.jobs import TASKS
from core.registry import Registry, Spec, option


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(Spec):
    count: int = option(3, label="Count", ge=1, le=10)
    width: float = option(0.5, label="Width", unit="Å", gt=0)
    mode: str = option("a", label="Mode", choices=("a", "b"))
    names: tuple[str, ...] = option((), label="Names")


@dataclass(frozen=True, slots=True)
class Thing:
    key: str


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [("count", 0, "at least 1"), ("count", 11, "at most 10"), ("count", True, "a finite number"),
     ("width", 0, "above 0"), ("width", float("nan"), "a finite number"),
     ("width", float("inf"), "a finite number"), ("width", "1", "a finite number"),
     ("mode", "c", "one of 'a', 'b'"), ("mode", None, "one of 'a', 'b'")],
)  # fmt: skip
def test_a_value_out_of_bounds_is_quoted_with_the_rule(name, value, rule):
    with pytest.raises(InvalidSpecError) as info:
        Example(**{name: value})
    assert f"Example.{name} is {value!r}" in info.value.message
    assert rule in info.value.message


@pytest.mark.parametrize(("name", "value"), [("count", 1), ("count", 10), ("width", 1e-300)])
def test_the_bounds_themselves_are_right(name, value):
    assert getattr(Example(**{name: value}), name) == value


specs = st.builds(
    Example,
    count=st.integers(1, 10),
    width=st.floats(min_value=1e-6, max_value=1e6),
    mode=st.sampled_from("ab"),
    names=st.lists(st.text(max_size=3), max_size=3).map(tuple),
)


@given(specs)
def test_dict_and_pickle_bring_a_spec_back(spec):
    for again in (Example.from_dict(spec.to_dict()), pickle.loads(pickle.dumps(spec))):
        assert again == spec
        assert again.digest == spec.digest


@given(specs, specs)
def test_digests_are_equal_only_for_equal_specs(a, b):
    assert (a.digest == b.digest) == (a == b)


def test_the_digest_knows_the_kind_of_spec():
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Other(Example):
        pass

    assert Other().digest != Example().digest


def test_an_unknown_option_is_named_with_those_there_are():
    with pytest.raises(InvalidSpecError, match="'widht'") as info:
        Example.from_dict({"widht": 1.0})
    assert info.value.hint == "Options: count, mode, names, width."


def test_specs_can_not_be_changed():
    with pytest.raises(AttributeError):
        Example().count = 5


def test_a_registry_refuses_doubles_and_guesses():
    registry = Registry("thing", "core.jobs")
    one = registry.register(Thing("first"))
    with pytest.raises(ValueError, match="'first' is registered twice"):
        registry.register(Thing("first"))
    assert registry["first"] is one
    with pytest.raises(UnknownNameError, match="no thing 'frist'") as info:
        registry["frist"]
    assert "Did you mean 'first'?" in info.value.hint
    with pytest.raises(UnknownNameError) as info:
        registry["zzz"]
    assert info.value.hint == "Known: first."
    assert "first" in registry
    assert "zzz" not in registry


def test_entries_come_sorted():
    registry = Registry("thing", "core.jobs")
    for key in ("b", "c", "a"):
        registry.register(Thing(key))
    assert list(registry) == ["a", "b", "c"]
    assert len(registry) == 3


@pytest.mark.parametrize(
    "registry", [DESCRIPTORS, DISTANCES, TASKS, EMBEDDED], ids=lambda r: r.kind
)
def test_every_entry_lies_under_its_own_key(registry):
    assert len(registry) > 0
    assert all(registry[key].key == key for key in registry)


SPEC_TYPES = {
    entry.spec_type for registry in (DESCRIPTORS, DISTANCES) for entry in registry.values()
}


@pytest.mark.parametrize("kind", sorted(SPEC_TYPES, key=lambda k: k.__name__))
def test_every_option_of_core_can_be_shown_and_has_a_valid_default(kind):
    spec = kind()
    assert kind.from_dict(spec.to_dict()) == spec
    for name, described in kind.__dataclass_fields__.items():
        assert described.metadata.get("label"), name
