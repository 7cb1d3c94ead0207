"""Files into the library: dropped, as a folder, or pasted; read in the background.

A reading lives in one place of the server under a ticket that only its session holds (in the
address, so that a reload finds it again). The bytes of the files stay with the reading alone and
are let go of as they are parsed: nothing raw is kept in the session.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from components import cache, errors, state
from components.counts import crystals
from components.many_files import pack_many_files
from core.data.loading import PublicReport
from core.library import Library
from core.library.examining import examine_library
from core.library.live import record
from core.library.reading import Readings, Ticket, read_files
from core.sources.gather import SearchReport
from core.types import ParseReport, RawFile

TICKET = "reading"
FOUND = "uploads.found"  # (name, report) of the session's last live search
FETCHED = "uploads.fetched"  # (key, report) of the session's last public set
_MAX_PASTE = 2_000_000
_PASTED = "uploads.pasted"  # text that has given no crystal yet
_ROUND = "uploads.round"  # a new round gives the uploader a new key: it lets go of its files


def uploader(key: str) -> None:
    """Files, a folder or pasted text; what is given starts to be read at once.

    Args:
        key: prefix of widget keys; one uploader a page.
    """
    current = state.library()
    add = current is not None and len(current) > 0 and joining(key, current)
    turn = f"{key}.{state.get(_ROUND, 0)}"
    # What was pasted in vain is still there to be mended.
    files, folder, paste = st.tabs(
        ["Files", "Folder", "Paste CIF"], default="Paste CIF" if state.get(_PASTED) else None
    )
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
            key=f"{turn}.folder",
            help="All files of the folder and of the folders in it.",
        )  # fmt: skip
    with paste:
        _paste(turn, add)
    pack_many_files()
    chosen = [*given, *inside]
    if chosen:
        raw = [RawFile(f.name, f.getvalue()) for f in chosen]
        _forget(chosen)
        start(raw, add=add)


def joining(key: str, current: Library, what: str = "new files") -> bool:
    """Ask whether new crystals join those at hand."""
    ways = ["Add to them", "Start anew"]
    picked = st.segmented_control(
        f"At hand: {crystals(len(current))}; {what}", ways, required=True,
        default=ways[0] if current.source == "files" else ways[1],
        key=f"{key}.mode.{current.source}",
        help="Add the new crystals to those at hand, or put them in their place.",
    )  # fmt: skip
    return picked == ways[0]


def _paste(turn: str, add: bool) -> None:
    text = st.text_area(
        "CIF text", value=state.get(_PASTED, ""), key=f"{turn}.text", height=180,
        max_chars=_MAX_PASTE, placeholder="data_NaCl\n_cell_length_a 5.64\n...",
        help="The content of a CIF; several data blocks give several crystals.",
    )  # fmt: skip
    if st.button("Read the text", key=f"{turn}.read", help="Parse what was pasted.") and text:
        state.put(_PASTED, text)
        start([RawFile("pasted.cif", text.encode())], add=add)


def start(files: list[RawFile], *, add: bool = False) -> None:
    """Begin to read files for this session and rerun. The list is emptied as they are read."""
    name = files[0].name if len(files) == 1 else f"{len(files):,} files"
    begin(Ticket(read_files(files), name, add=add))


def start_examination(library: Library) -> None:
    """Let the doctor see crystals that came without an examination, and rerun."""
    begin(Ticket(examine_library(library), library.name, renew=True, verb="Examining"))


def begin(ticket: Ticket) -> None:
    """Watch this for the session and rerun; what was under way before is stopped."""
    cancel()  # a session reads one batch at a time
    state.set_url(TICKET, _readings().put(ticket))
    state.put(_ROUND, state.get(_ROUND, 0) + 1)
    st.rerun()


def is_reading() -> bool:
    """Whether something of this session is being read."""
    return _readings().get(state.url(TICKET)) is not None


def cancel() -> None:
    """Ask the session's reading to stop; what was read is kept."""
    if ticket := _readings().get(state.url(TICKET)):
        ticket.reading.stop()


def collect() -> None:
    """Take what has been read into the session's library; called once a run, before the page."""
    key = state.url(TICKET)
    if not key:
        return
    ticket = _readings().get(key)
    if ticket is not None and not ticket.reading.state().finished:
        return
    state.set_url(TICKET, None)
    ticket = _readings().take(key)  # None for a second tab, or a link of long ago
    report = ticket.reading.report() if ticket else None
    if isinstance(report, (SearchReport, PublicReport)) and ticket is not None:
        if isinstance(report, SearchReport):
            state.put(FOUND, (ticket.name, report))
        else:
            state.put(FETCHED, (ticket.source, report))
        if not report.crystals:
            return  # the outcome is told where it was asked for; the crystals at hand stay
    if report is not None and report.crystals:
        state.drop(_PASTED)
    if ticket is not None and report is not None:
        state.set_library(_merged(ticket, report))


def _merged(ticket: Ticket, report: ParseReport) -> Library:
    current = state.library()
    if ticket.renew and current is not None:
        words = f"examined {ticket.name}"
        same = current.ids == tuple(c.id for c in report.crystals)
        return replace(current.deciding(words), report=report) if same else current
    told = _record(report)
    words = f"read {ticket.name}: {summary(report)}"
    # Nothing readable in the new files is no reason to lose the crystals at hand.
    if current is not None and len(current) and (ticket.add or not report.crystals):
        return current.adding(report, *told, words)
    return Library(ticket.name, ticket.source, report, (*told, words))


def _record(report: ParseReport) -> tuple[str, ...]:
    """Where crystals came from that no file of the user brought."""
    if isinstance(report, SearchReport):
        return record(report)
    return (report.record,) if isinstance(report, PublicReport) else ()


def summary(report: ParseReport) -> str:
    """What came of it, in a line: counts by verdict and of failures."""
    n, amber = len(report.crystals), sum(c.verdict == "amber" for c in report.examinations)
    words = [crystals(n)]
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
    ticket = _readings().get(state.url(TICKET))
    if ticket is None or (now := ticket.reading.state()).finished:
        st.rerun()
    left, right = st.columns([5, 1], vertical_alignment="center")
    count = f"{now.done:,} of {now.total:,}" if now.total else f"{now.done:,} so far"
    what = "Stopping" if now.stopping else ticket.verb
    words = f"{what} {ticket.name}: {count}"
    if ticket.source != "files" and now.what:
        words += f", {now.what}"
    if (rest := now.seconds_left) is not None and not now.stopping:
        words += f", about {max(1, round(rest))} s left"
    left.progress(now.fraction, text=errors.plain(words))
    right.button(
        "Cancel", key="uploads.cancel", on_click=cancel, disabled=now.stopping, width="stretch",
        icon=":material/stop_circle:", help="Stop; what was read so far is kept.",
    )  # fmt: skip


def _readings() -> Readings:
    return cache.singleton("uploads.readings", Readings)


def _forget(files: Sequence[object]) -> None:
    """Let the server go of uploaded bytes now, not when the session ends."""
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx()
    remove = getattr(context and context.uploaded_file_mgr, "remove_file", None)
    for file in files:
        if context is not None and remove is not None and (name := getattr(file, "file_id", "")):
            remove(context.session_id, name)
