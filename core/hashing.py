"""Digests of content: the only cache keys Gridscope uses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def bytes_digest(data: bytes) -> str:
    """SHA-256 of raw bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def array_digest(*arrays: NDArray[Any]) -> str:
    """SHA-256 over dtype, shape and content of arrays, in order."""
    digest = hashlib.sha256()
    for array in arrays:
        contiguous = np.ascontiguousarray(array)
        digest.update(f"{contiguous.dtype.str}{contiguous.shape}".encode())
        digest.update(contiguous.tobytes())
    return digest.hexdigest()


def mapping_digest(mapping: Mapping[str, Any]) -> str:
    """SHA-256 of a JSON-able mapping, independent of key order.

    Raises: TypeError if a value is not JSON-able.
    """
    text = json.dumps(mapping, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return bytes_digest(text.encode())
