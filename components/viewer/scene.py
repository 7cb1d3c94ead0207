"""Crystal + options -> the JSON of a crystal-toolkit scene.

crystal-toolkit draws atoms, half bonds, polyhedra and the cell; `scene_json` tidies what it drew.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from components.viewer.bonding import Bonding, bond_graph, find_bonds
from components.viewer.framing import Framing
from components.viewer.options import ViewOptions, scene_key
from components.viewer.palettes import category_colors, safe_element_colors
from components.viewer.scene_json import viewer_json
from components.viewer.shown import ShownCell, Site, shown_cell
from core.geometry.cell import lattice_parameters, supercell
from core.io.convert import to_pymatgen
from core.types import Crystal

if TYPE_CHECKING:
    from pymatgen.core import Structure

Legend = tuple[tuple[str, str], ...]

MAX_DRAWN_SITES = 4000  # more objects than this make a browser without a graphics card crawl


@dataclass(frozen=True, slots=True, eq=False)
class ViewScene:
    """A scene and what belongs to it.

    Attributes:
        key: of `scene_key`.
        data: JSON for crystal-toolkit's viewer: sub-scenes `atoms`, `outside` (bonded atoms beyond
            the cell), `bonds`, `polyhedra`, `unit_cell` and `axes`.
        framing: from where it is seen.
        cell: the crystal whose cell was repeated; `sites` are its positions.
        sites: atoms of the JSON carry the index into these.
        repeats: as drawn.
        legend: (name, colour) pairs.
        notes: sentences on what could not be drawn.
        text: the picture in words.
    """

    key: str
    data: dict[str, Any]
    framing: Framing
    cell: Crystal
    sites: tuple[Site, ...]
    repeats: tuple[int, int, int]
    legend: Legend
    notes: tuple[str, ...]
    text: str


def build_scene(crystal: Crystal, options: ViewOptions) -> ViewScene:
    """The scene of a crystal. Slow (seconds, 7 ms a site): cache it under `scene_key`."""
    shown = shown_cell(crystal, options)
    notes, repeats = list(shown.notes), options.repeats
    if shown.crystal.n_sites * int(np.prod(repeats)) > MAX_DRAWN_SITES:
        repeats = (1, 1, 1)
        notes.append(f"The cell is not repeated: more than {MAX_DRAWN_SITES} atoms would be drawn.")
    bonding = find_bonds(shown.crystal)
    sites = shown.sites
    if bonding.missing:
        notes.append(bonding.missing)
    else:
        pairs = zip(sites, bonding.coordination, strict=True)
        sites = tuple(replace(site, coordination=n) for site, n in pairs)
    data, seen, legend = _draw(shown, sites, bonding, repeats, options)
    text = _in_words(crystal, shown, repeats)
    key = scene_key(crystal, options)
    return ViewScene(key, data, seen, shown.crystal, sites, repeats, legend, tuple(notes), text)


def _draw(
    shown: ShownCell,
    sites: tuple[Site, ...],
    bonding: Bonding,
    repeats: tuple[int, int, int],
    options: ViewOptions,
) -> tuple[dict[str, Any], Framing, Legend]:
    """The JSON, how it is seen, and its legend."""
    with warnings.catch_warnings():
        # crystal_toolkit imports a deprecated scipy name and warns of crowded legends.
        warnings.simplefilter("ignore")
        import crystal_toolkit  # noqa: F401 - gives pymatgen's classes their get_scene

        graph: Any
        structure: Any
        if bonding.missing:
            graph, structure = None, to_pymatgen(supercell(shown.crystal, repeats))
        else:
            graph = bond_graph(shown.crystal, bonding, repeats)
            structure = graph.structure
        legend, names = _colored(structure, sites, options)
        scene = (
            structure.get_scene(legend=legend)
            if graph is None
            else graph.get_scene(legend=legend, explicitly_calculate_polyhedra_hull=True)
        )
        axes = structure.lattice._axes_from_lattice()
        data, seen = viewer_json(scene.to_json(), axes.to_json(), shown.crystal, sites)
    return data, seen, names


def _colored(structure: Structure, sites: tuple[Site, ...], options: ViewOptions) -> Any:
    """crystal-toolkit's legend for a structure, and ours: (name, colour) pairs."""
    from crystal_toolkit.core.legend import Legend as ToolkitLegend

    if options.colors == "Wyckoff site":
        colors = category_colors([site.title for site in sites])
        copies = len(structure) // len(sites)
        structure.add_site_property("display_color", [colors[s.title] for s in sites] * copies)
        return ToolkitLegend(structure, color_scheme="Jmol"), tuple(colors.items())
    legend = ToolkitLegend(structure, color_scheme=options.colors)
    symbols = [el.symbol for el in sorted(structure.composition.elements)]
    if options.colors == "accessible":
        rgb = safe_element_colors(symbols)
        legend.el_colors["accessible"] = {s: _rgb(color) for s, color in rgb.items()}
    elements = sorted(structure.composition.elements)
    return legend, tuple((el.symbol, legend.get_color(el)) for el in elements)


def _rgb(color: str) -> tuple[int, ...]:
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))


def _in_words(crystal: Crystal, shown: ShownCell, repeats: tuple[int, int, int]) -> str:
    """What a reader who does not see the picture should know."""
    a, b, c, alpha, beta, gamma = lattice_parameters(shown.crystal.lattice)
    group = (
        f"space group {shown.symmetry.symbol} ({shown.symmetry.number})"
        if shown.symmetry
        else "no space group found"
    )
    times = (
        "" if repeats == (1, 1, 1) else f", cell drawn {repeats[0]} × {repeats[1]} × {repeats[2]}"
    )
    return (
        f"3D structure of {crystal.formula}, {group}, {shown.crystal.n_sites} sites in the cell, "
        f"a = {a:.3f}, b = {b:.3f}, c = {c:.3f} Å, α = {alpha:.1f}°, β = {beta:.1f}°, "
        f"γ = {gamma:.1f}°{times}."
    )
