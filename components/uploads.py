"""Files into the library: dropped, as a folder, or pasted; read in the background.

A reading lives in one place of the server under a ticket that only its session holds (in the
address, so that a reload finds it again). The bytes of the files stay with the reading alone and
are let go of as they are parsed: nothing raw is kept in the session.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from components import cache, errors, state
from core.library import Library
from core.library.reading import Reading, read_files
from core.store.home import new_token
from core.types import ParseReport, RawFile

TICKET = "reading"
_KEEP_SECONDS = 1800.0  # how long a finished reading waits for its session to return
_MAX_PASTE = 2_000_000
_ROUND = "uploads.round"  # a new round gives the uploader a new key: it lets go of its files


@dataclass(frozen=True, slots=True)
class _Entry:
    reading: Reading
    name: str
    add: bool


def uploader(key: str) -> None:
    """Files, a folder or pasted text; what is given starts to be read at once.

    Args:
        key: prefix of widget keys; one uploader a page.
    """
    current = state.library()
    add = current is not None and _mode(key, current)
    turn = f"{key}.{state.get(_ROUND, 0)}"
    files, folder, paste = st.tabs(["Files", "Folder", "Paste CIF"])
    with files:
        given = st.file_uploader(
            "Crystal structures: files or archives", accept_multiple_files=True,
            key=f"{turn}.files",
            help="CIF, mCIF, POSCAR, extended xyz, pymatgen JSON, LAMMPS, XDATCAR, OPTIMADE JSON; "
            "any of them in zip or tar. Up to 200 MB a file.",
        )  # fmt: skip
    with folder:
        inside = st.file_uploader(
            "A folder of crystal structures", accept_multiple_files="directory",
            key=f"{turn}.folder", help="All files of the folder and of the folders in it.",
        )  # fmt: skip
    with paste:
        _paste(turn, add)
    chosen = [*given, *inside]
    if chosen:
        raw = [RawFile(f.name, f.getvalue()) for f in chosen]
        _forget(chosen)
        start(raw, add=add)


def _mode(key: str, current: Library) -> bool:
    """Whether new crystals join those at hand."""
    ways = ["Add to them", "Start anew"]
    picked = st.segmented_control(
        f"{len(current):,} crystals are at hand; new files", ways, required=True,
        default=ways[0] if current.source == "files" else ways[1],
        key=f"{key}.mode.{current.source}",
        help="Add the new crystals to those at hand, or put them in their place.",
    )  # fmt: skip
    return picked == ways[0]


def _paste(turn: str, add: bool) -> None:
    text = st.text_area(
        "CIF text", key=f"{turn}.text", height=180, max_chars=_MAX_PASTE,
        placeholder="data_NaCl\n_cell_length_a 5.64\n...",
        help="The content of a CIF; several data blocks give several crystals.",
    )  # fmt: skip
    if st.button("Read the text", key=f"{turn}.read", help="Parse what was pasted.") and text:
        start([RawFile("pasted.cif", text.encode())], add=add)


def start(files: list[RawFile], *, add: bool = False) -> None:
    """Begin to read files for this session and rerun. The list is emptied as they are read."""
    name = files[0].name if len(files) == 1 else f"{len(files):,} files"
    entries = _entries()
    _sweep(entries)
    cancel()  # a session reads one batch at a time
    ticket = new_token()
    entries[ticket] = _Entry(read_files(files), name, add)
    state.set_url(TICKET, ticket)
    state.put(_ROUND, state.get(_ROUND, 0) + 1)
    st.rerun()


def is_reading() -> bool:
    """Whether files of this session are being read."""
    return state.url(TICKET) in _entries()


def cancel() -> None:
    """Ask the session's reading to stop; what was read is kept."""
    if entry := _entries().get(state.url(TICKET)):
        entry.reading.stop()


def collect() -> None:
    """Take what has been read into the session's library; called once a run, before the page."""
    ticket = state.url(TICKET)
    if not ticket:
        return
    entry = _entries().get(ticket)
    report = entry.reading.report(timeout=0) if entry else None
    if entry is not None and report is None:
        return  # still under way
    state.set_url(TICKET, None)
    _entries().pop(ticket, None)
    if entry is not None and report is not None:
        state.set_library(_merged(entry, report))
        state.put("uploads.summary", summary(report))


def _merged(entry: _Entry, report: ParseReport) -> Library:
    current = state.library()
    words = f"read {entry.name}: {summary(report)}"
    # Nothing readable in the new files is no reason to lose the crystals at hand.
    if current is not None and len(current) and (entry.add or not report.crystals):
        return current.adding(report, words)
    return Library(entry.name, "files", report, (words,))


def summary(report: ParseReport) -> str:
    """What came of it, in a line: counts by verdict and of failures."""
    amber = sum(card.verdict == "amber" for card in report.examinations)
    words = [f"{len(report.crystals):,} crystals"]
    if amber:
        words.append(f"{amber:,} to look at")
    if report.failures:
        words.append(f"{len(report.failures):,} could not be read")
    return ", ".join(words)


def progress() -> None:
    """Progress of the session's reading, wherever the user is; nothing without one."""
    if is_reading():
        _watch()


@st.fragment(run_every=0.5)
def _watch() -> None:
    entry = _entries().get(state.url(TICKET))
    if entry is None or (now := entry.reading.state()).finished:
        st.rerun()
    left, right = st.columns([5, 1], vertical_alignment="center")
    count = f"{now.done:,} of {now.total:,}" if now.total else f"{now.done:,}"
    words = f"{'Stopping' if now.stopping else 'Reading'} {entry.name}: {count}"
    if (rest := now.seconds_left) is not None and not now.stopping:
        words += f", about {max(1, round(rest))} s left"
    left.progress(now.fraction, text=errors.plain(words))
    right.button(
        "Cancel", key="uploads.cancel", on_click=cancel, disabled=now.stopping, width="stretch",
        icon=":material/stop_circle:", help="Stop reading; what was read so far is kept.",
    )  # fmt: skip


def _entries() -> dict[str, _Entry]:
    return cache.singleton("uploads.readings", dict[str, _Entry])


def _sweep(entries: dict[str, _Entry]) -> None:
    """Drop readings whose session never came back."""
    for ticket, entry in list(entries.items()):
        done = entry.reading.state().finished
        if done and time.monotonic() - entry.reading.ended > _KEEP_SECONDS:
            entries.pop(ticket, None)


def _forget(files: Sequence[object]) -> None:
    """Let the server go of uploaded bytes now, not when the session ends."""
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx()
    remove = getattr(context and context.uploaded_file_mgr, "remove_file", None)
    for file in files:
        if context is not None and remove is not None and (name := getattr(file, "file_id", "")):
            remove(context.session_id, name)
