"""Joining a table of properties: upload, choose the id column, see what matches, join."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components import changes, state
from components.errors import plain, show_error
from core.errors import GridscopeError
from core.library import Library
from core.library.join import (
    Collision,
    ColumnPreview,
    Doubles,
    Match,
    guess_id_column,
    join,
    match,
    preview,
)
from core.library.tables import PropertyTable, read_table
from core.types import RawFile

_TABLE, _ROUND = "properties.table", "properties.round"
_COLLISIONS: dict[Collision, str] = {
    "rename": "keep both",
    "replace": "take the table's values",
    "skip": "leave the column out",
}
_DOUBLES: dict[Doubles, str] = {"skip": "leave out", "first": "use the first row"}
_MOST_SHOWN = 1_000


def properties_panel(library: Library) -> None:
    """Draw the whole way from file to joined properties."""
    table = _table()
    if table is None:
        st.caption(
            "A row for each crystal, a column with its id (material_id, name, file name ...). "
            "Column names stay as they are: put the unit into the name, as in K0_GPa."
        )
        return
    headers = list(table.columns)
    guessed = headers.index(guess_id_column(library, table))
    left, right = st.columns(2)
    id_column = left.selectbox(
        "Id column", headers, index=guessed, key=f"properties.id.{table.name}",
        help="Matched letter by letter first, then as a file name without folder, ending and case",
    )  # fmt: skip
    doubles = right.selectbox(
        "Crystals named by several differing rows", list(_DOUBLES),
        format_func=_DOUBLES.__getitem__,
        key="properties.doubles", help="Rows that are the same count as one",
    )  # fmt: skip
    found = match(library, table, id_column, doubles=doubles)
    _show_match(library, table, found)
    _choose(library, table, found)


def _table() -> PropertyTable | None:
    """The table under way: kept between runs, without the file's bytes."""
    held: PropertyTable | None = state.get(_TABLE)
    if held is not None:
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.text(f"{held.name}: {held.n_rows:,} rows, {len(held.columns)} columns")
        if right.button("Another table", key="properties.other", help="Leave this one"):
            state.drop(_TABLE)
            st.rerun()
        for note in held.notes:
            st.warning(plain(note), icon=":material/info:")
        return held
    file = st.file_uploader(
        "CSV, parquet or JSON", key=f"properties.file.{state.get(_ROUND, 0)}",
        help="Up to 64 MiB, 200,000 rows and 500 columns",
    )  # fmt: skip
    if file is None:
        return None
    try:
        table = read_table(RawFile(file.name, file.getvalue()))
    except GridscopeError as error:
        st.text(file.name)
        show_error(error)
        return None
    state.put(_TABLE, table)
    state.put(_ROUND, state.get(_ROUND, 0) + 1)  # a fresh uploader: it lets go of the bytes
    st.rerun()
    raise AssertionError("st.rerun does not return")


def _show_match(library: Library, table: PropertyTable, found: Match) -> None:
    n = len(found.rows)
    words = f"{n:,} of {len(library):,} crystals matched"
    if n:
        words += f": {found.by_exact_id:,} by their id, {n - found.by_exact_id:,} by file name"
    (st.success if n else st.warning)(words + ".", icon=":material/join:")
    lists: tuple[tuple[str, Sequence[str]], ...] = (
        ("Crystals without a row", found.crystals_without),
        ("Rows that name no crystal", found.rows_without),
        ("Crystals with several differing rows", found.doubled),
        ("Rows that fit several crystals", found.unclear),
    )
    shown = [(title, names) for title, names in lists if names]
    if not shown:
        return
    with st.expander("What did not match"):
        for box, (title, names) in zip(st.columns(len(shown)), shown, strict=True):
            box.caption(f"{title}: {len(names):,}")
            box.dataframe({"id": list(names[:_MOST_SHOWN])}, hide_index=True, height=220, alt=title)


def _choose(library: Library, table: PropertyTable, found: Match) -> None:
    previews = preview(library, table, found)
    st.dataframe(
        [_row(p) for p in previews], hide_index=True, alt="Columns of the table and what they bring"
    )
    usable = [p.key for p in previews if p.n_values]
    keys = st.multiselect(
        "Columns to join", usable, default=[p.key for p in previews if p.kind == "number" and
                                            p.n_values],
        key=f"properties.keys.{table.name}.{found.id_column}", help="Numbers are chosen beforehand",
    )  # fmt: skip
    collision: Collision = "rename"
    taken = [p.key for p in previews if p.taken and p.key in keys]
    if taken:
        collision = st.selectbox(
            "Columns whose name is taken", list(_COLLISIONS), format_func=_COLLISIONS.__getitem__,
            key="properties.collision", help="Keeping both adds the table's name to the new one",
        )  # fmt: skip
        st.text("Taken: " + ", ".join(taken))
    ready = bool(keys and found.rows)
    words = "1 column" if len(keys) == 1 else f"{len(keys)} columns"
    if st.button(f"Join {words}", key="properties.join", disabled=not ready,
                 help="Recorded as a decision; Undo takes it back"):  # fmt: skip
        new = join(library, table, found, keys, collision=collision)
        state.drop(_TABLE)
        changes.apply(new)


def _row(p: ColumnPreview) -> dict[str, str | int]:
    return {
        "Column": p.key,
        "Kind": p.kind,
        "Crystals with a value": p.n_values,
        "Matched, no value": p.n_missing,
        "Name taken": "yes" if p.taken else "",
    }
