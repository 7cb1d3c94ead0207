"""A crystal and its examination as bytes for the store and for exports, and back; no pickle.

The structure: version 1, flags (1 occupancies, 2 positions), number of rows; then, little-endian,
lattice, fractional coordinates, atomic numbers and what the flags promise. The details: JSON with
labels, properties, source and examination, deflated.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import GridscopeError, SchemaError
from core.types import Crystal, Examination, Finding

_HEAD = struct.Struct("<BBI")
_VERSION = 1
_OCCUPANCY, _POSITION = 1, 2
LARGEST_DETAILS = 16 * 2**20  # bytes of JSON for one crystal


def pack_structure(crystal: Crystal) -> bytes:
    """Lattice and atoms, exactly."""
    n = crystal.n_rows
    full = bool((crystal.occupancy == 1.0).all())
    plain = bool((crystal.position == np.arange(n)).all())
    flags = (0 if full else _OCCUPANCY) | (0 if plain else _POSITION)
    parts = [
        _HEAD.pack(_VERSION, flags, n),
        crystal.lattice.astype("<f8").tobytes(),
        crystal.frac.astype("<f8").tobytes(),
        crystal.numbers.astype("u1").tobytes(),
    ]
    if not full:
        parts.append(crystal.occupancy.astype("<f8").tobytes())
    if not plain:
        parts.append(crystal.position.astype("<i8").tobytes())
    return b"".join(parts)


def unpack_structure(data: bytes) -> dict[str, NDArray[Any]]:
    """Arrays for `Crystal`. Raises: SchemaError when the bytes are no structure."""
    try:
        version, flags, n = _HEAD.unpack_from(data)
    except struct.error:
        raise SchemaError("A stored structure is cut short.") from None
    shapes: list[tuple[str, str, tuple[int, ...]]] = [
        ("lattice", "<f8", (3, 3)), ("frac", "<f8", (n, 3)), ("numbers", "u1", (n,)),
    ]  # fmt: skip
    if flags & _OCCUPANCY:
        shapes.append(("occupancy", "<f8", (n,)))
    if flags & _POSITION:
        shapes.append(("position", "<i8", (n,)))
    sizes = [int(np.prod(shape)) * np.dtype(kind).itemsize for _, kind, shape in shapes]
    if version != _VERSION or flags & ~3 or len(data) != _HEAD.size + sum(sizes):
        raise SchemaError("A stored structure is damaged or of another version.")
    arrays, at = {}, _HEAD.size
    for (name, kind, shape), size in zip(shapes, sizes, strict=True):
        arrays[name] = np.frombuffer(data, kind, count=int(np.prod(shape)), offset=at).reshape(
            shape
        )
        at += size
    return arrays


def pack_details(crystal: Crystal, card: Examination) -> bytes:
    """All but the structure and the id. Raises: SchemaError for more than can be kept."""
    details = {
        "labels": list(crystal.labels),
        "properties": dict(crystal.properties),
        "source": crystal.source,
        "card": {
            "source": card.source, "verdict": card.verdict, "hint": card.hint,
            "findings": [asdict(f) for f in card.findings], "facts": dict(card.facts),
        },
    }  # fmt: skip
    text = json.dumps(details, default=plain).encode()
    if len(text) > LARGEST_DETAILS:
        raise SchemaError(
            f"{crystal.id[:80]!r} carries {len(text) / 2**20:.0f} MiB of properties and findings.",
            hint="At most 16 MiB are kept for one crystal; keep large arrays as results.",
        )
    return zlib.compress(text, 1)


def unpack_details(data: bytes) -> dict[str, Any]:
    """What `pack_details` packed. Raises: SchemaError when the bytes are none of it, or a bomb."""
    try:
        inflate = zlib.decompressobj()
        text = inflate.decompress(data, LARGEST_DETAILS)
        if not inflate.eof:
            raise ValueError("too long or cut short")
        details = json.loads(text)
        if not isinstance(details, dict):
            raise ValueError("no object")
    except (zlib.error, ValueError, RecursionError) as error:
        raise SchemaError("The stored details of a crystal are damaged.") from error
    return details


def unpack(
    crystal_id: str, structure: bytes, details: bytes | Mapping[str, Any]
) -> tuple[Crystal, Examination]:
    """A crystal and its examination; details packed, or as JSON has them. Raises: SchemaError."""
    told = unpack_details(details) if isinstance(details, bytes) else details
    arrays = unpack_structure(structure)
    try:
        labels = tuple(_text(label) for label in told["labels"])
        source = _text(told["source"])
        crystal = Crystal(
            crystal_id, labels=labels, properties=told["properties"], source=source, **arrays
        )
        return crystal, _card(crystal_id, told["card"])
    except (GridscopeError, LookupError, TypeError, ValueError) as error:
        raise SchemaError(f"The stored crystal {crystal_id[:80]!r} is damaged: {error}") from error


def _card(crystal_id: str, told: Mapping[str, Any]) -> Examination:
    if told["verdict"] not in ("green", "amber", "red"):
        raise ValueError(f"verdict {told['verdict']!r}")
    findings = tuple(Finding(**row) for row in told["findings"])
    for found in findings:
        _text(found.code), _text(found.message)
    return Examination(
        crystal_id, _text(told["source"]), told["verdict"], findings, dict(told["facts"]),
        _text(told["hint"]),
    )  # fmt: skip


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value


def plain(value: Any) -> Any:
    """NumPy scalars and arrays among properties and facts, as JSON has them."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)
