"""Limits read from the environment when asked for."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import ParseLimits, default_workers, memory_budget_bytes
from core.errors import InvalidSpecError


@pytest.mark.parametrize(("text", "expected"), [("1", 2**30), ("0.5", 2**29), (" 2 ", 2**31)])
def test_the_budget_is_what_the_variable_says(monkeypatch, text, expected):
    monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", text)
    assert memory_budget_bytes() == expected


@pytest.mark.parametrize("text", ["abc", "0", "-1", "nan", "inf", "1 GB"])
def test_a_senseless_budget_is_quoted(monkeypatch, text):
    monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", text)
    with pytest.raises(InvalidSpecError, match=repr(text)):
        memory_budget_bytes()


@pytest.mark.parametrize("text", [None, ""])
def test_the_default_is_half_of_the_memory(monkeypatch, text):
    monkeypatch.delenv("GRIDSCOPE_MEMORY_GB", raising=False)
    if text is not None:
        monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", text)
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert memory_budget_bytes() == total // 2


@given(st.floats(min_value=1e-3, max_value=1e6))
def test_any_positive_number_is_a_budget(gigabytes):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDSCOPE_MEMORY_GB", repr(gigabytes))
        assert memory_budget_bytes() == int(gigabytes * 2**30)


def test_workers_are_those_this_process_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 3, 5})
    assert default_workers() == 3


def test_limits_are_frozen_and_positive():
    limits = ParseLimits()
    assert limits.max_atom_rows == 2_000
    assert all(getattr(limits, name) > 0 for name in limits.__dataclass_fields__)
    with pytest.raises(AttributeError):
        limits.max_sites = 1
