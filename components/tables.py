"""The library as a table; its columns are computed once for each state of the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from components import cache
from components.counts import crystals
from components.filters import FilterPanel
from core.library import Library
from core.library.columns import Columns
from core.library.filters import facts_of, matching
from core.store.query import Filter
from core.units import quantity

if TYPE_CHECKING:
    import pandas as pd

_MOST_PROPERTIES = 40  # shown; exports hold all
_HEIGHT = 420
_PANEL = FilterPanel()


def columns_of(library: Library) -> Columns:
    """The library's columns."""
    return cache.shared("library.columns", _digest(library), lambda: Columns.of(library))


def frame_of(library: Library) -> pd.DataFrame:
    """The table of the whole library, a row a crystal in its order; not to be written to."""
    return cache.shared("library.frame", _digest(library), lambda: _frame(columns_of(library)))


def filtered(library: Library) -> tuple[Filter, list[int]]:
    """Draw the panel of filters. Returns: the filter, and the rows of the library that match."""
    wanted = _PANEL.draw(
        lambda: cache.shared(
            "filters.facts", _digest(library), lambda: facts_of(columns_of(library))
        ),
        library.digest,
    )
    return wanted, matching(columns_of(library), wanted).nonzero()[0].tolist()


def shown_ids(library: Library) -> tuple[str, ...]:
    """Ids that match the filter of the last visit to the panel."""
    wanted = _PANEL.last(library.digest)
    if wanted.is_empty:
        return library.ids
    rows = matching(columns_of(library), wanted).nonzero()[0].tolist()
    return tuple(library.ids[row] for row in rows)


def crystals_table(library: Library, rows: Sequence[int], *, key: str) -> tuple[str, ...]:
    """Show these rows of the library. Returns: ids of the crystals marked in the table."""
    frame = frame_of(library).iloc[list(rows)]
    event: Any = st.dataframe(
        frame, hide_index=True, key=key, height=min(_HEIGHT, 38 + 35 * max(1, len(frame))),
        on_select="rerun", selection_mode="multi-row", column_config=_config(columns_of(library)),
        alt=f"Table of {len(frame):,} crystals with formula, verdict, sites, symmetry, properties",
    )  # fmt: skip
    marked = [row for row in event["selection"]["rows"] if row < len(frame)]
    return tuple(library.ids[rows[row]] for row in marked)


def summary(library: Library) -> str:
    """Name and counts in a line."""
    columns = columns_of(library)
    parts = {
        "to look at": columns.verdicts.count("amber"),
        "disordered": int((~columns.ordered).sum()),
        "not read": len(library.failures),
    }
    words = [f"{n:,} {what}" for what, n in parts.items() if n]
    count = crystals(len(library))
    return f"{library.name}: {', '.join([count, *words])}"


def without(library: Library, ids: Sequence[str]) -> Library:
    """The library without these crystals; the decision names the first of them."""
    gone = set(ids)
    shown = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
    return library.keeping([i for i in library.ids if i not in gone], f"removed {shown}")


def _digest(library: Library) -> str:
    return f"{library.digest}{library.record_digest}"


def _frame(columns: Columns) -> pd.DataFrame:
    import pandas as pd

    shown: dict[str, Any] = {
        "id": columns.ids,
        "formula": columns.formulas,
        "verdict": [
            v if seen else "not examined"
            for v, seen in zip(columns.verdicts, columns.examined.tolist(), strict=True)
        ],
        "n_sites": columns.n_sites,
        "space_group_stated": columns.space_group_stated,
        "space_group_found": columns.space_group_found,
        "density_g_cm3": columns.density,
        "order": ["ordered" if o else "disordered" for o in columns.ordered.tolist()],
    }
    # A property may be called like one of ours: the table keeps both.
    for key in (*columns.numeric, *columns.text)[:_MOST_PROPERTIES]:
        name = key if key not in shown else f"{key} (property)"
        shown[name] = columns.numeric[key] if key in columns.numeric else columns.text[key]
    if "source" not in shown:
        shown["source"] = columns.sources
    return pd.DataFrame(shown)


def _config(columns: Columns) -> dict[str, Any]:
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    config: dict[str, Any] = {
        "id": text("Id", pinned=True),
        "formula": text("Formula"),
        "verdict": text("Verdict", help="Of the doctor: green, amber (look here)"),
        "n_sites": number("Sites", help="Positions in the cell as given"),
        "space_group_stated": text("Space group stated"),
        "space_group_found": text("Found", help="By spglib, within 0.01 Å"),
        "density_g_cm3": number("Density [g/cm³]", format="%.3f"),
        "order": text("Order", help="Disordered: some sites are partly occupied"),
        "source": text("Source"),
    }
    for key in columns.numeric:
        config.setdefault(key, number(_label(key), format="%.5g"))
    for key in columns.text:
        config.setdefault(key, text(_label(key)))
    return config


def _label(key: str) -> str:
    return quantity(key).axis_title[:80]
