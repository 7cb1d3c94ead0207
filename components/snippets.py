"""The scripts behind "Show code": ten lines against `core` that give the same numbers."""

from __future__ import annotations

from typing import Any

from core.data.public import PUBLIC
from core.library import Library
from core.library.library import EMBEDDED
from core.registry import Spec


def load(library: Library) -> str:
    """Lines that make `crystals`, id -> crystal, from what the library was made of."""
    if library.source.startswith(EMBEDDED):
        name = library.source.removeprefix(EMBEDDED)
        return (
            "from core.data import load_embedded\n"
            f"crystals = {{c.id: c for c in load_embedded({name!r})}}\n"
        )
    if library.source.startswith(PUBLIC):
        return (
            "from core.data.loading import load_public\n"
            f"crystals = {{c.id: c for c in load_public({library.source!r}).crystals}}\n"
        )
    return (
        "from core.io import read\n"
        'crystals = {c.id: c for c in read(["my_files/"]).crystals}  # your files\n'
    )


def changed(spec: Spec) -> str:
    """Arguments of a spec that differ from its defaults, as Python writes them."""
    defaults = type(spec)().to_dict()
    values: dict[str, Any] = spec.to_dict()
    return ", ".join(
        f"{name}={tuple(value) if isinstance(value, list) else value!r}"
        for name, value in values.items()
        if value != defaults[name]
    )


def grid(library: Library, crystal_id: str, spec: Spec) -> str:
    """GRID of one crystal."""
    dense = spec.to_dict()["mode"] == "gridrdf"
    scale = " * spec.bin_width  # densities to shares" if dense else ""
    return (
        load(library)
        + "from core.descriptors.grid import GridSpec, grid\n"
        + f"spec = GridSpec({changed(spec)})\n"
        + f"result = grid(crystals[{crystal_id!r}], spec){scale}\n"
        + "print(result.shape, spec.edges)\n"
    )


def sum_of_groups(library: Library, crystal_id: str, spec: Spec, rdf_spec: Spec) -> str:
    """GRID summed over its groups, and the neighbours of a site in the same bins."""
    return (
        load(library)
        + "from core.descriptors.grid import GridSpec, grid\n"
        + "from core.descriptors.rdf import RdfSpec, neighbor_counts\n"
        + f"crystal = crystals[{crystal_id!r}]\n"
        + f"result = grid(crystal, GridSpec({changed(spec)})).sum(axis=0)[:-1]\n"
        + f"counts = neighbor_counts(crystal, RdfSpec({changed(rdf_spec)}))[:-1]\n"
        + "print(result, counts)\n"
    )


def pairs(library: Library, crystal_id: str, spec: Spec, ranks: tuple[int, int]) -> str:
    """Chosen groups of GRID by element pair."""
    return (
        load(library)
        + "from core.descriptors.grid import GridSpec\n"
        + "from core.explain import pair_histograms\n"
        + f"parts = pair_histograms(crystals[{crystal_id!r}], GridSpec({changed(spec)}))\n"
        + f"result = {{pair: part[{ranks[0] - 1}:{ranks[1]}].sum(axis=0) "
        + "for pair, part in parts.items()}\n"
        + "print(result)\n"
    )


def descriptor(library: Library, crystal_id: str, key: str, spec: Spec) -> str:
    """Any descriptor of one crystal."""
    kind = type(spec)
    return (
        load(library)
        + "from core.descriptors import describe\n"
        + f"from {kind.__module__} import {kind.__name__}\n"
        + f"spec = {kind.__name__}({changed(spec)})\n"
        + f"result = describe(crystals[{crystal_id!r}], {key!r}, spec)\n"
        + "print(result)\n"
    )


def explain(library: Library, a: str, b: str, spec: Spec) -> str:
    """The explained match of two crystals."""
    return (
        load(library)
        + "from core.descriptors.grid import GridSpec\n"
        + "from core.explain import explain\n"
        + f"spec = GridSpec({changed(spec)})\n"
        + f"result = explain(crystals[{a!r}], crystals[{b!r}], spec)\n"
        + "print(result.sentence)\n"
    )


def nearest(library: Library, crystal_id: str, metric: str, k: int) -> str:
    """The nearest crystals of one in its library."""
    return (
        load(library)
        + "from core.distances import parse_metric\n"
        + "from core.distances.features import embed\n"
        + "from core.distances.nearest import nearest\n"
        + f"features, table = embed(list(crystals.values()), parse_metric({metric!r}))\n"
        + "ids = [list(crystals)[i] for i in table.kept]\n"
        + f"own = ids.index({crystal_id!r})\n"
        + f"found = nearest(features[[own]], features, {k}, skip=[own])\n"
        + "result = [(ids[i], d) for i, d in zip(found.indices[0], found.distances[0])]\n"
        + "print(result)\n"
    )
