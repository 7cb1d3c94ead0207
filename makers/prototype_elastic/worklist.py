"""Everything to do, in an order that leaves a balanced set wherever it stops.

Elements come first, since formation energies rest on them; then the known binaries; then the rest,
shuffled over all recipes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.data import load_embedded
from core.elements import ATOMIC_NUMBERS
from makers.prototype_elastic.chemistry import LEFT_OUT
from makers.prototype_elastic.decorate import Decoration, drawn
from makers.prototype_elastic.known import known_decorations
from makers.prototype_elastic.prototypes import prototype
from makers.prototype_elastic.recipes import RECIPES, Recipe
from makers.prototype_elastic.scale import scaled

REFERENCE = "ground-state"
"""Prototype name of the elements' ground states: references and validation only."""


@dataclass(frozen=True, slots=True)
class Task:
    """A crystal to compute: unique id, where it comes from, and its unrelaxed structure."""

    id: str
    prototype: str
    strukturbericht: str
    known: bool
    start: dict[str, Any]


def tasks(known_file: Path | None, seed: int) -> list[Task]:
    """All tasks in their order, ids unique."""
    known = known_decorations(known_file) if known_file else {}
    first: list[Task] = []
    rest: list[Task] = []
    seen: set[frozenset[tuple[str, str]]] = set()
    for recipe in RECIPES:
        taken = known.get(recipe, [])
        new = drawn(recipe, seed, frozenset(taken))
        for decoration in (*taken, *new):
            mapping = frozenset([("", recipe.key), *zip(recipe.sites, decoration, strict=True)])
            if mapping in seen:
                continue
            seen.add(mapping)
            early = recipe.rule == "element" or decoration in taken
            (first if early else rest).append(_task(recipe, decoration, decoration in taken))
    order = np.random.default_rng(seed).permutation(len(rest))
    return _unique([*_references(), *first, *(rest[i] for i in order)])


def _unique(found: Iterable[Task]) -> list[Task]:
    """One task an id: an `ionic` and an `alloy` recipe may name the same crystal."""
    return list({task.id: task for task in found}.values())


def _task(recipe: Recipe, decoration: Decoration, known: bool) -> Task:
    host = prototype(recipe.key)
    on = dict(zip(recipe.sites, decoration, strict=True))
    symbols = [on[site] for site in host.sites]
    divisor = int(np.gcd.reduce(list(host.counts.values())))
    amounts = [(on[site], host.counts[site] // divisor) for site in recipe.sites]
    name = "".join(s if n == 1 else f"{s}{n}" for s, n in amounts)
    label = recipe.strukturbericht.removeprefix("anti-").replace("'", "p")
    lattice = scaled(host.lattice, host.frac, symbols)
    start = {
        "lattice": lattice.tolist(),
        "frac": host.frac.tolist(),
        "numbers": [ATOMIC_NUMBERS[s] for s in symbols],
    }
    return Task(f"{label}-{name}", recipe.key, recipe.strukturbericht, known, start)


def _references() -> list[Task]:
    """The ground states of the elements as ase's Delta test has them."""
    wanted = [c for c in load_embedded("elements") if c.id not in LEFT_OUT - {"H"}]
    return [
        Task(
            f"{REFERENCE}-{c.id}", REFERENCE, "", False,
            {"lattice": c.lattice.tolist(), "frac": c.frac.tolist(), "numbers": c.numbers.tolist()},
        )
        for c in wanted
    ]  # fmt: skip


def save(found: list[Task], path: Path) -> None:
    """Write the tasks, one JSON object a line."""
    fields = ("id", "prototype", "strukturbericht", "known", "start")
    lines = [json.dumps({name: getattr(task, name) for name in fields}) for task in found]
    partial = path.with_suffix(".part")
    partial.write_text("\n".join(lines) + "\n")
    partial.replace(path)


def load(path: Path) -> list[Task]:
    """The tasks that `save` wrote."""
    return [Task(**json.loads(line)) for line in path.read_text().splitlines()]
