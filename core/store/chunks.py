"""Long sequences in pieces: statements, transactions and files have a size that works."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size` items, in order."""
    rest = iter(items)
    while piece := list(islice(rest, size)):
        yield piece


def pieces(
    items: Iterable[T], size: int, weight: int, weigh: Callable[[T], int]
) -> Iterator[list[T]]:
    """Lists that end with the item that brings them to `size` items or to `weight` in all."""
    piece: list[T] = []
    total = 0
    for item in items:
        piece.append(item)
        total += weigh(item)
        if len(piece) >= size or total >= weight:
            yield piece
            piece, total = [], 0
    if piece:
        yield piece
