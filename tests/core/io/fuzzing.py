"""Damaged CIFs, the same for the same seed: flips, truncations, random numbers, mixed lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from core.types import RawFile

_NUMBER = re.compile(rb"-?\d+\.\d+")
_STRANGE = (
    b"nan",
    b"inf",
    b"-1e308",
    b"1e-300",
    b"0",
    b"?",
    b".",
    b"1e9",
    b"-90",
    b"180.0",
    b"1/0",
)


def damaged(sources: list[bytes], count: int, seed: int) -> Iterator[RawFile]:
    """`count` damaged copies of the sources."""
    rng = np.random.default_rng(seed)
    kinds = (_flipped, _truncated, _renumbered, _shuffled)
    for index in range(count):
        source = sources[int(rng.integers(len(sources)))]
        yield RawFile(f"fuzz{index:04d}.cif", kinds[index % len(kinds)](source, rng))


def _flipped(data: bytes, rng: np.random.Generator) -> bytes:
    bytes_ = bytearray(data)
    for at in rng.integers(len(bytes_), size=int(rng.integers(1, 40))):
        bytes_[int(at)] = int(rng.integers(256))
    return bytes(bytes_)


def _truncated(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(len(data)))]


def _renumbered(data: bytes, rng: np.random.Generator) -> bytes:
    def other(match: re.Match[bytes]) -> bytes:
        if rng.random() > 0.1:
            return match[0]
        if rng.random() < 0.3:
            return _STRANGE[int(rng.integers(len(_STRANGE)))]
        return f"{rng.normal(scale=10 ** rng.uniform(-3, 4)):.5f}".encode()

    return _NUMBER.sub(other, data)


def _shuffled(data: bytes, rng: np.random.Generator) -> bytes:
    lines = data.split(b"\n")
    for _ in range(int(rng.integers(1, 6))):
        a, b = rng.integers(len(lines), size=2)
        if rng.random() < 0.5:
            lines[int(a)], lines[int(b)] = lines[int(b)], lines[int(a)]
        else:
            lines.insert(int(a), lines[int(b)])
    return b"\n".join(lines)
