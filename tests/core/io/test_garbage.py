"""Decoded JSON is out of the collector's sight while it is read, and never longer."""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Iterator

import pytest

from core.config import ParseLimits
from core.io import garbage
from core.io.garbage import set_aside, unwatched
from core.io.readers.pymatgen_json import read_json
from core.types import RawFile

STRUCTURE = {
    "lattice": {"matrix": [[3, 0, 0], [0, 3, 0], [0, 0, 3]]},
    "sites": [{"species": [{"element": "Fe", "occu": 1}], "abc": [0, 0, 0]}],
}
N = 8_000  # 1.2 MB: reading less is not worth hiding


@pytest.fixture(autouse=True)
def _nothing_aside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whether or not a page was opened in this process before."""
    monkeypatch.setattr(garbage, "_is_aside", False)
    gc.unfreeze()
    yield
    gc.unfreeze()


@pytest.fixture
def raw() -> RawFile:
    return RawFile("many.json", json.dumps([{"structure": STRUCTURE}] * N).encode())


def test_blocks_overlap_and_the_last_ends_it():
    assert gc.get_freeze_count() == 0
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with unwatched():
            inside.set()
            assert leave.wait(10)

    thread = threading.Thread(target=other)
    with unwatched():
        thread.start()
        assert inside.wait(10)
    assert gc.get_freeze_count() > 0
    leave.set()
    thread.join()
    assert gc.get_freeze_count() == 0


def test_records_are_unwatched_while_they_are_read(raw: RawFile):
    items = read_json(raw, ParseLimits())
    next(items)
    assert gc.get_freeze_count() > 3 * N  # at least record, structure and lattice of each
    assert sum(1 for _ in items) == N - 1
    assert gc.get_freeze_count() == 0


def test_a_reading_left_early_leaves_nothing_behind(raw: RawFile):
    items = read_json(raw, ParseLimits())
    next(items)
    items.close()
    assert gc.get_freeze_count() == 0


def test_cycles_of_before_are_collected_after():
    class Node:
        alive = 0

        def __init__(self) -> None:
            self.itself = self
            Node.alive += 1

        def __del__(self) -> None:
            Node.alive -= 1

    Node()
    with unwatched():
        gc.collect()
        assert Node.alive == 1
    gc.collect()
    assert Node.alive == 0


def test_what_is_set_aside_stays_so_after_a_reading():
    set_aside()
    spared = gc.get_freeze_count()
    assert spared > 10_000
    with unwatched():
        assert gc.get_freeze_count() > 0.9 * spared  # some die meanwhile, of their counts
    assert gc.get_freeze_count() > 0.9 * spared


def test_cycles_set_aside_are_collected_after_a_reading(monkeypatch):
    class Node:
        alive = 1

        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            Node.alive = 0

    node = Node()
    set_aside()
    del node
    gc.collect()
    assert Node.alive == 1
    with unwatched():
        pass
    assert Node.alive == 1, "all of it is not looked through after each of many files"
    monkeypatch.setattr(garbage, "_PAUSE", 0.0)
    with unwatched():
        pass
    assert Node.alive == 0


def test_many_files_do_not_cost_a_look_through_everything_each(raw: RawFile):
    looks = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2:
            looks.append(info)

    small = RawFile("one.json", json.dumps(STRUCTURE).encode())
    set_aside()
    gc.callbacks.append(note)
    try:
        for _ in range(50):
            assert len(list(read_json(small, ParseLimits()))) == 1
        for _ in range(3):
            assert len(list(read_json(raw, ParseLimits()))) == N
    finally:
        gc.callbacks.remove(note)
    assert len(looks) <= 3  # the collector's own, as what is read grows


def test_setting_aside_during_a_reading_waits_for_its_end():
    with unwatched():
        set_aside()
    assert gc.get_freeze_count() > 10_000
