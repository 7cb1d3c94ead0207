"""Tables about one crystal: cell, symmetry, sites, findings, the clicked atom."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from components import errors
from components.viewer import Click
from core.elements import SYMBOLS
from core.geometry.cell import lattice_parameters
from core.geometry.symmetry import Symmetry
from core.types import Crystal, Examination

_MARKS = {
    "green": (":material/check_circle:", "fine"),
    "amber": (":material/visibility:", "worth a look"),
    "red": (":material/error:", "refused"),
}


def cell(crystal: Crystal) -> pd.DataFrame:
    """Cell, volume, density as rows of quantity, value, unit."""
    a, b, c, alpha, beta, gamma = lattice_parameters(crystal.lattice)
    rows = [
        ("a", a, "Å"), ("b", b, "Å"), ("c", c, "Å"),
        ("alpha", alpha, "°"), ("beta", beta, "°"), ("gamma", gamma, "°"),
        ("volume", crystal.volume, "Å³"),
        ("volume per site", crystal.volume / crystal.n_sites, "Å³"),
        ("density", crystal.density, "g/cm³"),
        ("sites in the cell", float(crystal.n_sites), ""),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["quantity", "value", "unit"])


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
                "species": species,
                "Wyckoff": f"{symmetry.multiplicities[index]}{symmetry.wyckoffs[index]}",
                "site symmetry": symmetry.site_symmetries[index],
                "x": x, "y": y, "z": z,
                "in the cell": int((symmetry.equivalent == index).sum()),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def show_findings(found: Examination) -> None:
    """The doctor's verdict, what was found, what was mended, what to do."""
    icon, words = _MARKS[found.verdict]
    st.markdown(f"{icon} {words}")
    for finding in (*found.problems, *found.repairs):
        st.text(f"{'repaired: ' if finding.repaired else ''}{finding.message}")
    if found.hint:
        st.caption(errors.plain(found.hint))


def show_click(click: Click | None) -> None:
    """The atom clicked last."""
    if click is None:
        st.caption("Click an atom to see its site and its neighbours.")
        return
    coordination = "" if click.coordination is None else f", coordination {click.coordination}"
    where = f", Wyckoff {click.wyckoff}" if click.wyckoff else ""
    st.text(f"{click.species}{where}{coordination}")
    st.dataframe(
        pd.DataFrame(
            {
                "neighbour": [shell.species for shell in click.shells],
                "Wyckoff": [shell.wyckoff for shell in click.shells],
                "distance [Å]": [shell.distance for shell in click.shells],
                "count": [shell.count for shell in click.shells],
            }
        ),
        hide_index=True,
        column_config={"distance [Å]": st.column_config.NumberColumn(format="%.3f")},
    )
