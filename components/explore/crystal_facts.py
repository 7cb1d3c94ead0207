"""Tables about one crystal: cell, composition, symmetry and sites, the clicked atom."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from components import computed, errors, state
from components.viewer import Click
from core.elements import SYMBOLS
from core.errors import ConvergenceError
from core.geometry.cell import lattice_parameters
from core.geometry.symmetry import Symmetry
from core.types import Crystal

_TOLERANCES = (0.001, 0.01, 0.05, 0.1, 0.2)
_USUAL = 0.01
_FOUR = st.column_config.NumberColumn(format="%.4f")
_COORDINATE = st.column_config.NumberColumn(format="%.4f", width=60)


def cell(crystal: Crystal) -> pd.DataFrame:
    """Cell, volume, density as rows of quantity, value, unit."""
    a, b, c, alpha, beta, gamma = lattice_parameters(crystal.lattice)
    rows = [
        ("a", a, "Å"), ("b", b, "Å"), ("c", c, "Å"),
        ("α", alpha, "°"), ("β", beta, "°"), ("γ", gamma, "°"),
        ("Volume", crystal.volume, "Å³"),
        ("Volume of a site", crystal.volume / crystal.n_sites, "Å³"),
        ("Density", crystal.density, "g/cm³"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["Quantity", "Value", "Unit"])


def composition(crystal: Crystal) -> pd.DataFrame:
    """Atoms of each element in the cell, and in 100 atoms."""
    amounts = crystal.composition
    total = sum(amounts.values())
    return pd.DataFrame(
        {
            "Element": list(amounts),
            "In the cell": list(amounts.values()),
            "Atoms [%]": [100 * amount / total for amount in amounts.values()],
        }
    )


def properties(crystal: Crystal) -> pd.DataFrame:
    """What is known of it, as text; units are in the names."""
    values = [f"{v:.6g}" if isinstance(v, float) else str(v) for v in crystal.properties.values()]
    return pd.DataFrame({"Property": list(crystal.properties), "Value": values})


def sites(crystal: Crystal, symmetry: Symmetry) -> pd.DataFrame:
    """One row for each orbit: species, Wyckoff site, site symmetry, coordinates."""
    rows = []
    for index in np.unique(symmetry.equivalent):
        position = symmetry.positions[index]
        on_it = np.flatnonzero(crystal.position == position)
        species = " / ".join(
            SYMBOLS[crystal.numbers[row]]
            + ("" if crystal.occupancy[row] > 0.999999 else f" {crystal.occupancy[row]:.3g}")
            for row in on_it
        )
        x, y, z = crystal.frac[on_it[0]]
        rows.append(
            {
                "Species": species,
                "Wyckoff": f"{symmetry.multiplicities[index]}{symmetry.wyckoffs[index]}",
                "x": x, "y": y, "z": z,
                "Site symmetry": symmetry.site_symmetries[index],
                "In the cell": int((symmetry.equivalent == index).sum()),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def show_cell(crystal: Crystal) -> None:
    """Formula, cell and composition."""
    row = st.container(horizontal=True, gap="large")  # on a narrow page one below the other
    row.metric(
        "Formula", errors.plain(crystal.formula), help="Reduced; cations first", width="content"
    )
    row.metric(
        "Sites in the cell", f"{crystal.n_sites:,}", help="Distinct positions", width="content"
    )
    st.dataframe(
        cell(crystal), hide_index=True, height="content", alt="Cell, volume and density",
        column_config={"Value": _FOUR},
    )  # fmt: skip
    st.dataframe(
        composition(crystal), hide_index=True, alt="Composition",
        column_config={"Atoms [%]": st.column_config.NumberColumn(format="%.2f")},
    )  # fmt: skip


def show_symmetry(crystal: Crystal) -> None:
    """Space group and Wyckoff sites, at a tolerance that is kept in the address."""
    named = state.url("tol")
    start = next((t for t in _TOLERANCES if f"{t:g}" == named), _USUAL)
    tolerance = st.select_slider(
        "Tolerance [Å]", _TOLERANCES, start, key="crystal.tolerance",
        help="How far atoms may be from their ideal place: 0.01 suits computed structures, "
        "0.1 measured ones",
    )  # fmt: skip
    state.set_url("tol", None if tolerance == _USUAL else f"{tolerance:g}")
    try:
        with st.spinner("Searching symmetry", show_time=False):
            found = computed.symmetry(crystal, tolerance)
    except ConvergenceError as error:
        errors.show_error(error)
        return
    st.metric(
        "Space group", errors.plain(f"{found.symbol}, no. {found.number}"),
        help="Short Hermann-Mauguin symbol and number, found by spglib",
    )  # fmt: skip
    st.text(f"{found.crystal_system}, point group {found.point_group}, Hall symbol {found.hall}")
    st.dataframe(
        sites(crystal, found), hide_index=True, alt="Wyckoff sites",
        column_config={
            "Species": st.column_config.TextColumn(width=70),
            "Wyckoff": st.column_config.TextColumn(width=65),
            "x": _COORDINATE, "y": _COORDINATE, "z": _COORDINATE,
        },
    )  # fmt: skip


def show_click(click: Click | None) -> None:
    """The atom clicked last."""
    if click is None:
        st.caption("Click an atom to see its site and its neighbours.")
        return
    coordination = "" if click.coordination is None else f", coordination {click.coordination}"
    where = f", Wyckoff site {click.wyckoff}" if click.wyckoff else ""
    st.text(f"{click.species}{where}{coordination}")
    st.dataframe(
        pd.DataFrame(
            {
                "Neighbour": [shell.species for shell in click.shells],
                "Wyckoff": [shell.wyckoff for shell in click.shells],
                "Distance [Å]": [shell.distance for shell in click.shells],
                "Count": [shell.count for shell in click.shells],
            }
        ),
        hide_index=True,
        alt="Neighbours of the clicked atom",
        column_config={"Distance [Å]": st.column_config.NumberColumn(format="%.3f")},
    )
