"""The list of this session's jobs, kept up to date while one of them runs."""

from __future__ import annotations

import time
from datetime import datetime

import streamlit as st

from components import errors, jobs, state
from core.jobs.estimate import duration
from core.jobs.records import JobRecord
from core.jobs.results import has_result

_SHOWN = 50
_POLL_SECONDS = 1.0
_STATES = {
    "queued": ":material/hourglass_empty: waiting",
    "running": ":material/play_circle: running",
    "done": ":material/check_circle: done",
    "failed": ":red[:material/error: failed]",
    "cancelled": ":material/stop_circle: stopped",
}


def show() -> None:
    """All jobs of the session, newest first, with what can be done with each."""
    token = state.token()
    found = jobs.manager().jobs(token)
    if not found:
        st.info("No jobs yet. Long computations appear here; short ones need no job.",
                icon=":material/info:")  # fmt: skip
        st.page_link("pages/explore/similarity.py", label="Compare crystals",
                     icon=":material/hub:")  # fmt: skip
        return
    active = any(record.is_active for record in found)
    st.fragment(run_every=_POLL_SECONDS if active else None)(_table)(token, active)
    st.caption("Only this session's jobs are listed. Keep the address of this page to come back.")


def _table(token: str, was_active: bool) -> None:
    found = jobs.manager().jobs(token)
    if was_active and not any(record.is_active for record in found):
        st.rerun()
    for record in found[:_SHOWN]:
        _card(token, record)
    if len(found) > _SHOWN:
        st.caption(f"The {_SHOWN} newest of {len(found)} jobs.")


def _card(token: str, record: JobRecord) -> None:
    with st.container(border=True):
        what, actions = st.columns([3, 2], vertical_alignment="center")
        with what:
            st.text(record.label)
            when = f"{datetime.fromtimestamp(record.created):%d %b %H:%M}"
            st.markdown(f"{_STATES[record.state]} · {when} · {_length(record)}")
        with actions.container(horizontal=True, horizontal_alignment="right"):
            _actions(token, record)
        if record.is_active:
            st.progress(min(1.0, record.fraction), text=errors.plain(jobs.progress_text(record)))
        if record.message:
            st.text(f"{record.message} {record.hint}".strip())


def _actions(token: str, record: JobRecord) -> None:
    if record.page and not record.is_active:
        st.page_link(
            record.page, label="Open" if record.state == "done" else "Open the page",
            query_params={**record.query, jobs.URL_KEY: record.id}, icon=":material/open_in_new:",
            help="The page and the options of this job"
            + ("" if record.state != "done" or has_result(record.key)
               else "; its result made room for others and is computed again"),
        )  # fmt: skip
    if record.is_active:
        st.button("Cancel", key=f"jobs.cancel.{record.id}", on_click=jobs.manager().cancel,
                  args=(token, record.id), icon=":material/stop:",
                  help="Stop this job.")  # fmt: skip
    else:
        st.button("Remove", key=f"jobs.remove.{record.id}", on_click=jobs.manager().remove,
                  args=(token, record.id), icon=":material/delete:",
                  help="Take it off this list.")  # fmt: skip


def _length(record: JobRecord) -> str:
    if not record.started:
        return "not started"
    if record.state == "done" and record.finished == record.started:
        return "found on disk"
    seconds = record.seconds(time.time())
    return f"took {'under a second' if seconds < 1 else duration(seconds)}"
