"""Digests see content, shape and type, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hashing import array_digest, bytes_digest, mapping_digest

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


def test_the_known_digest_of_nothing():
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert bytes_digest(b"") == empty


@given(st.dictionaries(st.text(), JSON, min_size=2, max_size=5))
def test_the_order_of_keys_does_not_matter(mapping):
    backwards = dict(reversed(mapping.items()))
    assert mapping_digest(mapping) == mapping_digest(backwards)


def test_values_matter_and_must_be_jsonable():
    assert mapping_digest({"a": 1}) != mapping_digest({"a": 2})
    assert mapping_digest({"a": 1}) != mapping_digest({"b": 1})
    with pytest.raises(TypeError):
        mapping_digest({"a": object()})
    with pytest.raises(ValueError):
        mapping_digest({"a": float("nan")})


def test_arrays_differ_by_content_type_shape_and_split():
    a = np.arange(6, dtype=np.int64)
    digests = {
        array_digest(a), array_digest(a[::-1]), array_digest(a.astype(np.int32)),
        array_digest(a.astype(float)), array_digest(a.reshape(2, 3)), array_digest(a.reshape(3, 2)),
        array_digest(a[:3], a[3:]), array_digest(a[:2], a[2:]),
    }  # fmt: skip
    assert len(digests) == 8


def test_memory_order_does_not_matter():
    a = np.arange(6.0).reshape(2, 3)
    assert array_digest(a) == array_digest(np.asfortranarray(a))
    assert array_digest(a[:, ::2]) == array_digest(a[:, ::2].copy())
