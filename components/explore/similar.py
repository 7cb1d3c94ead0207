"""The parts of the Similarity page: matrix, map, neighbours, duplicates, what failed."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from components import cache, counts, figure, report, snippets, state
from components.explore import zoom
from components.figures import maps as map_figures
from components.figures import matrix as matrix_figures
from core.citations import GRID, REPORT, dois_in
from core.distances.base import Metric
from core.hashing import mapping_digest
from core.library import Library
from core.library.citing import data_dois
from core.maps.colours import colour_choices, colour_values
from core.maps.views import Similarity, picture
from core.types import Failure
from core.units import quantity

_DRAWN = 500  # rows of the matrix in one picture
_NOTHING = "nothing"


def cite(library: Library, metric: Metric) -> tuple[str, ...]:
    """DOIs of the distances of a metric, GRID's among them, and of the data."""
    named = (doi for term in metric.terms for doi in dois_in(term.distance.reference))
    return tuple(dict.fromkeys((*named, GRID, REPORT, *data_dois(library))))


def script(library: Library, metric: Metric) -> str:
    """Ten lines that compute matrix, order and map again."""
    return snippets.load(library) + (
        "from core.jobs import JobSpec, run\n"
        f'spec = JobSpec(task="similarity", options={{"metric": {str(metric)!r}}})\n'
        'found = run(spec, {"crystals": list(crystals.values())})\n'
        "result = found.outputs\n"
        'print(result["ids"], result["matrix"], result["order"], result["points"])\n'
        "for failure in found.failures:\n"
        "    print(failure.id, failure.message)\n"
    )


def choose_pair(found: Similarity) -> tuple[str, str]:
    """Two select boxes; what was clicked in a figure goes before them. In the address: a, b."""
    ids = found.ids
    a = named if (named := state.url("a")) in ids else ids[0]
    b = named if (named := state.url("b")) in ids else found.nearest(a, 1)[0][0]
    left, right = st.columns(2)
    for slot, key, value, label, text in (
        (left, "a", a, "First crystal", "Type to search; its neighbours are listed below"),
        (right, "b", b, "Second crystal", "Type to search, or click a point or a cell"),
    ):
        state.put(f"similar.{key}", value)  # a click in a figure moves the box too
        slot.selectbox(label, ids, key=f"similar.{key}", help=text, on_change=_picked, args=(key,))
        state.set_url(key, value)
    return a, b


def views(*names: str) -> Any:
    """Tabs, of which the address names the open one (`view`); only that one is computed."""
    key, named = "similar.tab", state.url("view")
    if state.get(key) is None and named in names:
        state.put(key, named)
    tabs = st.tabs(names, key=key, on_change="rerun")
    opened = next((name for name, tab in zip(names, tabs, strict=True) if tab.open), names[0])
    state.set_url("view", None if opened == names[0] else opened)
    return tabs


def _picked(key: str) -> None:
    state.set_url(key, state.get(f"similar.{key}"))


def _clicked(key: str) -> None:
    """A clicked cell (two ids) becomes the pair, a clicked point (one id) its second crystal.

    Runs before the page does: an address written in the middle of a run that then starts anew
    never reaches the browser.
    """
    event = state.get(key) or {}
    points = event.get("selection", {}).get("points", [])
    data = points[0].get("customdata") if points else None
    chosen = [data] if isinstance(data, str) else list(data or ())
    for url_key, value in zip(("a", "b")[-len(chosen) :], chosen, strict=False):
        state.set_url(url_key, value)


def _chosen(key: str, n: int, shown: int) -> None:
    """A cell where each can be told apart, else a box to zoom into."""
    if shown <= matrix_figures.CELLS:
        _clicked(key)
    else:
        zoom.to_box(key, n)


def matrix(
    found: Similarity, library: Library, metric: Metric, digest: str, pair: tuple[str, str]
) -> None:
    """The ordered matrix; a clicked cell becomes the pair."""
    n = len(found.ids)
    first, last = 0, n
    if n > matrix_figures.CELLS:
        first, last = zoom.choose(
            n, f"Part of the ordered matrix, or drag a box in it. Up to {_DRAWN} places are drawn "
            f"exactly, more as means of blocks; up to {matrix_figures.CELLS} cells can be clicked",
        )  # fmt: skip
    shown = cache.shared(
        "similar.picture", f"{digest}{first}-{last}",
        lambda: picture(found.matrix, found.tree.order, first, last, _DRAWN),
    )  # fmt: skip
    unit = _bracket(metric)
    count = f"{n} crystals" + (f", means of {shown.block} x {shown.block}" * (shown.block > 1))
    drawn = matrix_figures.heat(
        shown, found.tree, found.ids, title=f"Distance{unit}", dark=figure.dark(), pair=pair,
        count=count,
    )  # fmt: skip
    figure.show(
        drawn, key="similar.matrix", name="similarity-matrix", data=_table(found, shown),
        code=script(library, metric), cite=cite(library, metric),
        on_select=partial(_chosen, "similar.matrix", n, last - first),
        modes=("points",) if last - first <= matrix_figures.CELLS else ("box",),
        alt=f"Distances of {n} crystals, like beside like, under a dendrogram.",
    )  # fmt: skip


def _table(found: Similarity, shown: Any) -> pd.DataFrame:
    names = [found.ids[i] for i in shown.rows.tolist()]
    if shown.block > 1:
        names = [f"block from {name}" for name in names]
    table = pd.DataFrame(shown.values, columns=names)
    table.insert(0, "id", names)
    return table


def colours(library: Library) -> str:
    """What colours the map; in the address as `colour`."""
    choices = [_NOTHING, *colour_choices(library)]
    named = state.url("colour")
    chosen = st.selectbox(
        "Colour", choices, index=choices.index(named) if named in choices else 0,
        format_func=lambda key: quantity(key).axis_title, key=f"similar.colour.{library.digest}",
        help="A property, the space group or an element of the crystals; grey where it is unknown",
    )  # fmt: skip
    state.set_url("colour", None if chosen == _NOTHING else chosen)
    return chosen


def plane(
    found: Similarity,
    points: Any,
    library: Library,
    metric: Metric,
    *,
    how: str,
    stress: float,
    axis: str,
    pair: tuple[str, str],
) -> None:
    """The map; a clicked crystal becomes the second of the pair."""
    colour = colours(library)
    members = {c.id: c for c in library.crystals}
    crystals = [members[i] for i in found.ids]
    values = None if colour == _NOTHING else _coloured(library, found.ids, colour)
    drawn = map_figures.scatter(
        points, found.ids, [c.formula for c in crystals], dark=figure.dark(),
        axis=f"MDS{_bracket(metric)}" if axis == "MDS" else axis,
        values=values, label=quantity(colour).axis_title, marked=pair,
        count=f"{len(found.ids)} crystals, stress {stress:.3f}", equal=axis == "MDS",
    )  # fmt: skip
    table = pd.DataFrame({"id": found.ids, "x": points[:, 0], "y": points[:, 1]})
    if values is not None:
        table[colour] = values
    figure.show(
        drawn, key="similar.map", name="similarity-map", data=table,
        code=script(library, metric), cite=cite(library, metric),
        on_select=partial(_clicked, "similar.map"),
        alt=f"Map of {len(found.ids)} crystals in which near points are alike.",
    )  # fmt: skip
    st.caption(
        f"{how[:1].upper()}{how[1:]}. Stress {stress:.3f}: 0 means that every distance is "
        "kept, above 0.2 read near and far with care. Click a point to make it the second "
        "crystal of the pair."
    )


def _bracket(metric: Metric) -> str:
    return f" [{metric.unit}]" if metric.unit else ""


def _coloured(library: Library, ids: tuple[str, ...], colour: str) -> list[Any]:
    digest = mapping_digest({"of": library.digest, "and": library.record_digest, "by": colour,
                             "ids": list(ids)})  # fmt: skip
    return cache.shared("similar.colours", digest, lambda: colour_values(library, ids, colour))


def neighbours(found: Similarity, library: Library, metric: Metric, a: str) -> None:
    """The crystals most like the first of the pair."""
    k = st.number_input(
        "Neighbours", 1, max(1, len(found.ids) - 1), min(10, len(found.ids) - 1),
        key="similar.k", help="How many of the nearest crystals to list",
    )  # fmt: skip
    rows = found.nearest(a, int(k))
    pairs = [(a, other) for other, _ in rows]
    unit = _bracket(metric)
    st.text(f"Nearest to {a}")
    st.dataframe(
        pd.DataFrame({
            "Id": [i for i, _ in rows],
            "Formula": [library.get(i).formula for i, _ in rows],
            f"Distance{unit}": [round(d, 4) for _, d in rows],
        }),
        hide_index=True, width="stretch", key="similar.near", selection_mode="single-row",
        on_select=partial(_row, "similar.near", pairs),
    )  # fmt: skip
    st.caption(
        "Select a row to make it the second crystal of the pair. Distances of GRID and RDF are "
        "absolute: one structure type with larger ions, or a denser crystal, is further away."
    )


def _row(key: str, pairs: list[tuple[str, str]]) -> None:
    """The selected row of a table becomes the pair."""
    rows = (state.get(key) or {}).get("selection", {}).get("rows", [])
    if rows and rows[0] < len(pairs):
        state.set_url("a", pairs[rows[0]][0])
        state.set_url("b", pairs[rows[0]][1])


def duplicates(found: Similarity, metric: Metric) -> None:
    """Groups of crystals nearer than a threshold, links followed."""
    unit = _bracket(metric)
    threshold = st.slider(
        f"Threshold{unit}", 0.0, 0.5, 0.01, 0.005, format="%.3f", key="similar.threshold",
        help="Crystals at most this far apart are linked; linked crystals make a group",
    )  # fmt: skip
    rows = found.duplicates(threshold)
    groups = rows[-1][0] if rows else 0
    st.text(f"{groups} groups with {len(rows)} of {len(found.ids)} crystals")
    if rows:
        st.dataframe(
            pd.DataFrame(rows, columns=["Group", "Id", "Nearest in the group", f"Distance{unit}"]),
            hide_index=True, width="stretch", key="similar.same", selection_mode="single-row",
            on_select=partial(_row, "similar.same", [(row[1], row[2]) for row in rows]),
        )  # fmt: skip


def failures(rows: tuple[Failure, ...]) -> None:
    """Crystals that could not be compared, and what to do."""
    if not rows:
        return
    count = counts.crystals(len(rows))
    st.warning(f"{count} could not be compared.", icon=":material/warning:")
    table = pd.DataFrame([asdict(f) for f in rows])[["id", "message", "hint", "source"]]
    table.columns = ["Id", "Reason", "What to do", "Source"]
    st.dataframe(table, hide_index=True, width="stretch", row_height=report.SENTENCES,
                 column_config=report.REASON_WIDTHS)  # fmt: skip
