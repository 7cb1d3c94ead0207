"""Perovskites and phonons: errors beside what was asked, the trivial baseline, the literature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.context import Context
from benchmarks.timing import Comparison, compare
from core.data.loading import load_public_crystals
from core.labs.reference_tasks import (
    REFERENCE_TASKS,
    ReferenceTask,
    describe_task,
    errors,
    try_task,
)


def rows(context: Context) -> Iterator[Comparison]:
    """Two rows a model: beside the trivial baseline, and beside the error that was allowed."""
    for task in REFERENCE_TASKS:
        crystals = load_public_crystals(task.data_set).crystals
        yield from _task(replace(task, seeds=1) if context.quick and task.seeds else task, crystals)


def _task(task: ReferenceTask, crystals: tuple) -> Iterator[Comparison]:
    inputs, target, kept = describe_task(task, crystals, threads=2, processes=2)
    split = f"80:20, {task.seeds} seeds" if task.seeds else "the five parts of Matbench"
    for asked in task.asked:
        own, trivial = errors(try_task(task, asked, inputs, target, kept, threads=2))
        name = f"{task.name}: {asked.name}, {len(kept):,} crystals, {split}"
        yield compare(
            [own], [trivial], name=name, peer="trivial baseline", unit=task.unit,
            note=f"mean absolute error; {asked.literature}",
        )  # fmt: skip
        for metric, _, most in asked.bounds:
            yield compare(
                [own], [most], name=f"{name}, {metric}", peer="error allowed", unit=task.unit,
                gate=1.0,
            )  # fmt: skip
