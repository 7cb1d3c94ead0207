"""Runs: models that this session tried and trained; what the pages of the section Model show.

A run is a finished job of the task `learn`. The address names one (`run`), and keeps it from page
to page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from components import cache, jobs, state
from core.hashing import bytes_digest
from core.jobs.base import JobResult, JobSpec
from core.jobs.manager import job_id
from core.jobs.records import JobRecord
from core.jobs.results import result_key
from core.library import Library
from core.units import quantity

if TYPE_CHECKING:
    from core.models.base import FittedModel

TASK = "learn"
TRAIN_PAGE = "pages/model/train.py"
_URL = "run"
_CHOSEN, _SEEN = "runs.chosen", "runs.seen"


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A model on trial and as trained on all crystals.

    Attributes:
        id: of the job, 16 hexadecimal digits.
        key: of the result on disk.
        label: words of the job.
        created: seconds since 1970.
        options: of the job's spec: `target`, `model`, `conformal`, `split`, `levels`, `seed`,
            and perhaps `at_most`.
        library_name, library_digest: of the crystals it was made from.
        query: address that opens its page again, with `data`.
        result: its outputs (`core.jobs.learn_run`), failures and provenance.
    """

    id: str
    key: str
    label: str
    created: float
    options: Mapping[str, Any]
    library_name: str
    library_digest: str
    query: Mapping[str, str]
    result: JobResult

    @property
    def outputs(self) -> Mapping[str, Any]:
        """Arrays by name."""
        return self.result.outputs

    @property
    def title(self) -> str:
        """Target, model, split and error, in plain text."""
        return " · ".join(
            (
                quantity(self.options["target"]).label, title_of("model", self.options["model"]),
                title_of("split", self.options["split"]), self.headline,
            )
        )  # fmt: skip

    @property
    def headline(self) -> str:
        """The mean absolute error with its unit."""
        value = self.metric("mae")
        return f"MAE {value:.3g} {quantity(self.options['target']).unit}".strip()

    def metric(self, key: str) -> float:
        """A metric over all test crystals; NaN where it has no value."""
        names = self.outputs["metrics"].tolist()
        return float(self.outputs["values"][names.index(key)]) if key in names else float("nan")


def title_of(kind: str, choice: Mapping[str, Any]) -> str:
    """The title of the model or split of a spec's `{"key": ..., ...}`, with its grouping."""
    from core.evaluation import SPLITS
    from core.models import MODELS

    entry = (MODELS if kind == "model" else SPLITS)[choice["key"]]
    by = choice.get("by", "")
    return f"By {by.replace('-', ' ')}" if kind == "split" and by else entry.title


def digest(library: Library, target: str) -> str:
    """What a run on this library is keyed by: its crystals and their values of the target.

    The library's own digest says nothing of properties.
    """

    def make() -> str:
        values = (repr(crystal.properties.get(target)) for crystal in library.crystals)
        return bytes_digest("\n".join((library.digest, target, *values)).encode())

    return cache.shared("run.digest", f"{library.digest} {library.record_digest} {target}", make)


def start(spec: JobSpec, library: Library, label: str) -> JobRecord:
    """Begin a run on the crystals of a library; found, not repeated, when it is known already.

    Raises: ResourceError when too many jobs of the session are waiting.
    """
    return jobs.manager().start(
        state.token(), spec, {"crystals": library.crystals},
        digest(library, spec.options["target"]), label=label, page=TRAIN_PAGE,
        query={**state.address(), _URL: name_of(spec, library)},
        notes={"library": library.name, "digest": library.digest},
    )  # fmt: skip


def name_of(spec: JobSpec, library: Library) -> str:
    """Id that a run of this session has or would have."""
    key = result_key(spec, digest(library, spec.options["target"]))
    return job_id(state.token(), key)


def of(record: JobRecord | None) -> Run | None:
    """The finished run of a job; None when there is none, or its result made room for others."""
    return None if record is None else _run(record)


def every() -> list[Run]:
    """Finished runs of this session, newest first."""
    found = (_run(record) for record in jobs.manager().jobs(state.token()))
    return [run for run in found if run is not None]


def current() -> Run | None:
    """The run that the address names, else the newest of this session."""
    named = jobs.find(state.url(_URL))
    run = _run(named) if named else None
    return run if run is not None else next(iter(every()), None)


def require_run() -> Run:
    """The run at hand; without one, the empty state and the end of the page."""
    run = current()
    if run is not None:
        return run
    st.info(
        "No model yet. Train one: choose a property, a model and a split; a minute later its "
        "errors are here.",
        icon=":material/info:",
    )
    st.page_link(TRAIN_PAGE, label="Train a model", icon=":material/model_training:")
    st.stop()
    raise AssertionError("st.stop does not return")


def choose() -> Run:
    """The run at hand, with a select box of all; what is chosen goes into the address."""
    first = require_run()
    known = {run.id: run for run in every()}
    names = _names(known)
    if state.get(_CHOSEN) not in known or state.get(_SEEN) != state.url(_URL):
        state.put(_CHOSEN, first.id)  # the address leads, wherever it changed
    chosen = st.selectbox(
        "Run", list(known), key=_CHOSEN, format_func=names.__getitem__,
        help="Target, model, split and mean absolute error of what this session trained",
    )  # fmt: skip
    state.set_url(_URL, chosen)
    state.put(_SEEN, chosen)
    return known[chosen]


def open_run(name: str | None) -> None:
    """Make a run the one at hand; None forgets the choice."""
    state.set_url(_URL, name)


def library_of(run: Run) -> Library | None:
    """The session's library where it holds the run's crystals; else None."""
    library = state.library()
    return library if library is not None and library.digest == run.library_digest else None


def offer_library(run: Run, key: str) -> None:
    """Say that the run's crystals are not at hand, and offer to open them."""
    st.info(
        "The crystals at hand are not those of this run; its structures can't be shown.",
        icon=":material/info:",
    )
    data = run.query.get("data")
    if data and data != state.url("data"):
        st.button(
            "Open the data set of this run", key=key, on_click=state.set_url,
            args=("data", data), icon=":material/dataset:", help="Replaces the crystals at hand",
        )  # fmt: skip


def fitted(run: Run) -> FittedModel:
    """The model of all crystals, read from its file's bytes once. Raises: ModelFileError."""
    from core.models.persistence import load_model

    return cache.shared("run.model", run.key, lambda: load_model(run.outputs["model"].tobytes()))


def _run(record: JobRecord) -> Run | None:
    """The run of a record; None when it is none, is not done, or made room for others."""
    if record.page != TRAIN_PAGE or record.state != "done":
        return None
    result = jobs.stored(record.key)
    if result is None or result.provenance.spec.get("task") != TASK:
        return None
    return Run(
        record.id, record.key, record.label, record.created,
        result.provenance.spec["options"], record.notes.get("library", ""),
        record.notes.get("digest", ""), record.query, result,
    )  # fmt: skip


def _names(known: Mapping[str, Run]) -> dict[str, str]:
    """Titles that tell the runs apart: a select box needs different ones."""
    titles = {name: run.title for name, run in known.items()}
    many = list(titles.values())
    return {
        name: title if many.count(title) == 1 else f"{title} · {name[:6]}"
        for name, title in titles.items()
    }
