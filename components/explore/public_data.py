"""Public sets: licence, citation and columns before anything is downloaded, then one click."""

from __future__ import annotations

from typing import Any

import streamlit as st

from components import counts, report, state, uploads
from components.errors import plain, show_error
from core.data.connection import MIRROR
from core.data.fetch import is_here, mirror_folder
from core.data.loading import PublicReport
from core.data.public import PUBLIC, PUBLIC_SETS, PublicSet
from core.errors import DatasetUnavailableError
from core.library.public import public_in_background, table_provenance
from core.library.reading import Ticket
from core.units import quantity

_URL = "set"
_KEY = "public.set"
_ROWS_SHOWN = 1_000
_FILES_SHOWN = 20


def public_panel() -> None:
    """Outcome of the last loading, the list of sets, and the card of one."""
    _outcome()
    _where_from()
    names = list(PUBLIC_SETS)
    here = {name: is_here(PUBLIC_SETS[name]) for name in names}
    _list(here)
    wanted = state.url(_URL)
    name = st.selectbox(
        "Set", names, index=names.index(wanted) if wanted in names else 0,
        format_func=lambda n: f"{PUBLIC_SETS[n].title} · {_amount(PUBLIC_SETS[n])} · "
        f"{_size(PUBLIC_SETS[n].size)}", key=_KEY,
        help="Its card says what it holds and on what terms; nothing is loaded yet",
    )  # fmt: skip
    state.set_url(_URL, name)
    _card(PUBLIC_SETS[name], here[name])


def _where_from() -> None:
    try:
        mirror = mirror_folder()
    except DatasetUnavailableError as error:
        show_error(error)
        return
    if mirror is not None:
        st.caption(plain(f"Files are read from the mirror {str(mirror)!r} ({MIRROR})."))
    else:
        st.caption(
            "Files are downloaded once from the repositories their authors published, checked, and "
            f"kept on this server. Without a network, {plain(MIRROR)} may name a folder of them."
        )


def _list(here: dict[str, bool]) -> None:
    rows = [
        {
            "Set": entry.title, "Holds": _amount(entry), "Properties": len(entry.columns),
            "Size": _size(entry.size), "Licence": entry.licence,
            "Network": "not needed" if here[name] else "needed",
        }
        for name, entry in PUBLIC_SETS.items()
    ]  # fmt: skip
    with st.expander(f"All {len(rows)} sets", icon=":material/list:"):
        st.dataframe(rows, hide_index=True, alt="Public sets with amount, size and licence")


def _card(entry: PublicSet, here: bool) -> None:
    with st.container(border=True):
        st.subheader(plain(entry.title))
        st.text(entry.summary)
        st.text(f"Licence: {entry.licence}")
        st.text(f"Cite: {', '.join(f'doi {doi}' for doi in entry.dois)}")
        st.text(f"Source: {entry.source}")
        if entry.limits:
            st.text(f"Limits: {entry.limits}")
        if entry.columns:
            _columns(entry)
        cite, files = st.columns(2)
        with cite.expander("BibTeX", icon=":material/format_quote:"):
            st.code(entry.bibtex, language="bibtex", wrap_lines=True)
        with files.expander("Files", icon=":material/description:"):
            _files(entry)
        _load(entry, here)


def _columns(entry: PublicSet) -> None:
    rows = [
        {"Property": q.label, "Unit": q.unit, "Key": q.key, "In the source": entry.columns[q.key]}
        for q in entry.properties
    ]
    height: Any = "content" if len(rows) <= 8 else 320
    st.dataframe(rows, hide_index=True, height=height,
                 alt="Properties of the set with units and names in the source")  # fmt: skip


def _files(entry: PublicSet) -> None:
    for file in entry.files[:_FILES_SHOWN]:
        st.text(f"{file.address}\n{file.size:,} bytes, SHA-256 {file.sha256}")
    if (more := len(entry.files) - _FILES_SHOWN) > 0:
        st.caption(f"and {more:,} more, each with its own checksum; exports list all")


def _load(entry: PublicSet, here: bool) -> None:
    current = state.library()
    at_hand = current if current is not None and len(current) else None
    add = entry.holds == "crystals" and at_hand is not None and uploads.joining(
        "public", at_hand, "the set"
    )  # fmt: skip
    verb = "Load" if entry.holds == "crystals" else "Show"
    words = verb if here else f"Download {_size(entry.size)} and {verb.lower()}"
    told = "Runs in the background, with a checksum on every file; you may cancel it"
    if st.button(
        words, key="public.load", disabled=uploads.is_reading(), help=told,
        type="secondary" if at_hand else "primary",  # one primary button a page
        icon=":material/table_view:" if here else ":material/download:",
    ):  # fmt: skip
        reading = public_in_background(entry.key)
        source = f"{PUBLIC}{entry.key}"
        uploads.begin(Ticket(reading, entry.title, add=add, source=source, verb="Loading"))


def _outcome() -> None:
    """What came of the session's last loading: why not, how many, or the table."""
    found = state.get(uploads.FETCHED)
    if found is None or uploads.is_reading():
        return
    source, result = found
    assert isinstance(result, PublicReport)
    entry = PUBLIC_SETS[source.removeprefix(PUBLIC)]
    if result.table is not None:
        _table(entry, result)
    elif result.crystals:
        n, lost = len(result.crystals), len(result.failures)
        words = f"{entry.title}: {counts.crystals(n)} loaded" + (
            f", {lost:,} not read" if lost else ""
        )
        st.success(plain(words), icon=":material/check:")
    else:
        failure = result.failures[0]
        st.warning(plain(f"{entry.title}: {failure.message}"), icon=":material/cloud_off:")
        st.caption(plain(failure.hint))
        return
    if result.failures:
        with st.expander(f"Not read: {len(result.failures):,}"):
            report.failures_table(result.failures)


def _table(entry: PublicSet, result: PublicReport) -> None:
    """Rows of a set without structures: looked at and kept as a file."""
    table = result.table
    assert table is not None
    with st.container(border=True):
        st.subheader(plain(entry.title))
        st.caption(
            f"{len(table):,} rows without structures; joined to crystals by name through Join "
            "properties, once downloaded."
        )
        titles = {key: quantity(key).axis_title for key in table.keys}
        st.dataframe(
            [{titles.get(k, k.capitalize()): v for k, v in row.items()}
             for row in table.rows(_ROWS_SHOWN)],
            hide_index=True, height=320, alt="The first rows of the table",
        )  # fmt: skip
        if len(table) > _ROWS_SHOWN:
            st.caption(f"The first {_ROWS_SHOWN:,} rows; the file holds all.")
        with st.container(horizontal=True, gap="small"):
            st.download_button(
                "Download CSV", table.to_csv, file_name=f"{entry.key}.csv", mime="text/csv",
                key="public.csv", on_click="ignore", icon=":material/download:",
                help="All rows, numbers in full",
            )  # fmt: skip
            st.download_button(
                "Provenance", lambda: table_provenance(entry, result),
                file_name=f"{entry.key}.provenance.json", mime="application/json",
                key="public.provenance", on_click="ignore", icon=":material/history_edu:",
                help="Addresses, checksums, licence and works to cite",
            )  # fmt: skip


def _amount(entry: PublicSet) -> str:
    held = entry.holds == "crystals"
    return counts.crystals(entry.rows) if held else f"{entry.rows:,} rows, no structures"


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e5 else f"{n_bytes / 1e3:.0f} kB"
