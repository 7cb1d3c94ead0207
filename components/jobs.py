"""Jobs in pages: found or started, watched with their estimate, stopped, opened again by link.

What is over in a moment is computed in place; everything else runs in a worker process and its
result is kept on disk, so that a page change, a refresh or a restart of the server loses nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from components import cache, errors, state
from core.errors import SchemaError
from core.jobs import JobResult, JobSpec, run
from core.jobs.base import TASKS
from core.jobs.estimate import Estimate, duration
from core.jobs.manager import JobManager, job_id
from core.jobs.records import JobRecord
from core.jobs.results import forget_result, has_result, load_result, result_key
from core.library import Library

URL_KEY = "job"
_ASK_SECONDS = 20.0  # a job longer than this waits for a click
_POLL_SECONDS = 0.5


def manager() -> JobManager:
    """The server's only manager."""
    return cache.singleton("jobs", JobManager)


def run_job(
    spec: JobSpec,
    library: Library,
    *,
    label: str,
    key: str,
    page: str = "",
    estimate: Estimate | None = None,
) -> JobResult | None:
    """The result of a task on the crystals of a library; None while there is none yet.

    Until then the page shows how far the job is, why it failed, or a button to start it.

    Args:
        spec: the task and its options.
        library: its crystals are the task's `crystals`.
        label: words for the job, plain text.
        key: prefix of widget keys, unique on the page.
        page: file of the page, to open the result again from the Jobs page.
        estimate: what it will take; quick ones are computed in place, refused ones raise.

    Raises: MemoryBudgetError; what the task raises when it is computed in place.
    """
    name = result_key(spec, library.digest)
    found = stored(name)
    if found is not None:
        return found
    inputs = {"crystals": library.crystals}
    if estimate is not None:
        estimate.require()
        if estimate.is_quick:
            return cache.shared("job.inline", name, lambda: run(spec, inputs))
    token = state.token()

    def start() -> None:
        record = manager().start(
            token, spec, inputs, library.digest, label=label, page=page, query=state.address()
        )
        state.set_url(URL_KEY, record.id)

    record = manager().find(token, job_id(token, name))
    if record is None or record.state == "done":  # done, and its result made room for others
        if estimate is not None and estimate.seconds > _ASK_SECONDS:
            ask(f"{estimate}.", start, key)
            return None
        start()
        record = manager().find(token, job_id(token, name))
    if record is not None and record.state in ("failed", "cancelled"):
        ended(record, start, key)
        return None
    watch(token, job_id(token, name), key, spec.task)
    return None


def reopen() -> None:
    """Bring back the view that a link with nothing but a job names."""
    record = find(state.url(URL_KEY))
    missing = {k: v for k, v in (record.query if record else {}).items() if not state.url(k)}
    for name, value in missing.items():
        state.set_url(name, value)
    if "data" in missing:
        st.rerun()


def find(name: str) -> JobRecord | None:
    """A job of this session."""
    return manager().find(state.token(), name) if name else None


def stored(name: str) -> JobResult | None:
    """The result of that key when it is on disk; a damaged one is forgotten."""
    if not has_result(name):
        return None
    try:
        return cache.shared("job.result", name, lambda: load_result(name))
    except SchemaError:  # damaged: compute it again
        forget_result(name)
        return None


def ask(text: str, start: Callable[..., None], key: str, label: str = "Start") -> None:
    """What a job will take, and the button that starts it."""
    st.info(errors.plain(text), icon=":material/schedule:")
    st.button(
        label, key=f"{key}.start", on_click=start, type="primary", icon=":material/play_arrow:",
        help="Runs in the background; other pages stay usable, and you may close this one.",
    )  # fmt: skip


def ended(record: JobRecord, start: Callable[..., None], key: str) -> None:
    """Why a job failed, or that it was stopped, and the button that runs it again."""
    if record.state == "failed":
        st.error(errors.plain(record.message), icon=":material/error:")
        if record.hint:
            st.caption(errors.plain(record.hint))
    else:
        st.info("Stopped.", icon=":material/stop_circle:")
    st.button("Run again", key=f"{key}.again", on_click=start, icon=":material/replay:",
              help="Start the same job anew.")  # fmt: skip


@st.fragment(run_every=_POLL_SECONDS)
def watch(token: str, name: str, key: str, task: str = "") -> None:
    """Progress of a job and its Cancel button; the whole page runs again when it is over.

    Args:
        token, name: of the session and its job.
        key: prefix of widget keys.
        task: its task, where a stopped one may leave something.
    """
    record = manager().find(token, name)
    if record is None or not record.is_active:
        st.rerun()
    bar, button = st.columns([5, 1], vertical_alignment="bottom")
    bar.progress(min(1.0, record.fraction), text=errors.plain(progress_text(record)))
    button.button(
        "Cancel", key=f"{key}.cancel", on_click=manager().cancel, args=(token, name),
        icon=":material/stop:", help=f"Stop this job; {left_by(task)}.",
    )  # fmt: skip
    st.caption("Runs in the background: other pages stay usable, the Jobs page lists it.")


def left_by(task: str) -> str:
    """What a stopped job of that task leaves, in words."""
    finished = TASKS[task].finished if task else ""
    return f"{finished} that are done stay done" if finished else "nothing of it is kept"


def progress_text(record: JobRecord) -> str:
    """What a job is doing, how far it is, how long it will take."""
    if record.state == "queued":
        return f"{record.label}: waiting for other jobs"
    now = time.time()
    parts = [f"{record.label}: {record.what or 'starting'}"]
    if record.total > 1 and record.what:
        parts.append(f"{record.done:,} of {record.total:,}")
    left = record.remaining(now)
    parts.append(f"{duration(record.seconds(now))} so far")
    if left is not None:
        parts.append(f"about {duration(left)} left")
    return " · ".join(parts)
