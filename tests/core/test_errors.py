"""The error tree: drawn whole, picklable, messages and hints in one line."""

from __future__ import annotations

import pickle
import re

import pytest

from core import errors
from core.errors import GridscopeError, InputError, JobCancelled, ParseError


def subclasses(kind):
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


OURS = [GridscopeError, *(k for k in subclasses(GridscopeError) if k.__module__ == "core.errors")]


def drawn():
    """{name: parent} as the docstring of the module draws them."""
    tree, stack = {}, []
    for line in errors.__doc__.splitlines():
        match = re.match(r"^    ((?:\|  |   )*(?:[|`]- )?)([A-Z]\w+)", line)
        if not match:
            continue
        depth = len(match[1]) // 3
        stack[depth:] = [match[2]]
        tree[match[2]] = stack[depth - 1] if depth else None
    return tree


def test_every_class_is_drawn_under_its_parent():
    actual = {k.__name__: k.__bases__[0].__name__ for k in OURS}
    actual["GridscopeError"] = None
    actual["JobCancelled"] = None
    assert drawn() == actual


def test_no_error_is_defined_elsewhere_in_core():
    import core.cli  # noqa: F401 - loads the rest

    strays = [k for k in subclasses(GridscopeError) if k.__module__ != "core.errors"]
    assert [k for k in strays if k.__module__.startswith("core.")] == []


@pytest.mark.parametrize("kind", OURS)
def test_errors_survive_a_process_pool(kind):
    error = kind("x is 3.", hint="Give 4.", context={"x": 3})
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (again.message, again.hint) == ("x is 3.", "Give 4.")
    assert dict(again.context) == {"x": 3}
    assert str(again) == "x is 3. Give 4."


@pytest.mark.parametrize("kind", OURS)
def test_every_error_says_what_it_means(kind):
    assert kind.__doc__
    assert kind.__doc__.splitlines()[0].endswith(".")


def test_a_hint_may_be_missing_and_the_context_can_not_be_changed():
    error = ParseError("bad")
    assert str(error) == "bad"
    assert error.hint == ""
    assert isinstance(error, InputError)
    with pytest.raises(TypeError):
        error.context["x"] = 1


def test_a_stop_is_no_fault():
    assert not issubclass(JobCancelled, GridscopeError)
