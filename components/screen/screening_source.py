"""What is screened: the crystals at hand by chosen models, or the results of a batch on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from components import cache, errors, jobs, state
from components.empty import LEARNING, require_library
from components.kept_models import Chosen
from components.screen import screening_models
from core.errors import GridscopeError
from core.hashing import bytes_digest
from core.jobs.base import JobResult, JobSpec
from core.jobs.candidate_columns import KEY
from core.jobs.manager import job_id
from core.jobs.predict_estimate import estimate_predict
from core.jobs.results import result_key
from core.library import Library
from core.screening.limits import HullSpec
from core.screening.table import CandidateColumns

if TYPE_CHECKING:
    from core.types import Crystal

PAGE = "pages/screen/screen.py"
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)
ENERGY = HullSpec().energy
_SOURCES = {"library": "Crystals at hand", "batch": "Results of a batch"}
_SETS = ("prototype-elastic",)
_NONE = ""
_CHOICES = ("source", "models", "known", "prototypes", "batch")  # in the address
_REMEMBERED = "screen.remembered"
_AT_ONCE = 20.0  # seconds that begin without a click


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What is screened.

    Attributes:
        table: the columns.
        digest: of all that decides them.
        name: words for it, plain text.
        library: of the crystals; None for results of a batch, which hold no structures.
        models: that predicted; () for a batch.
        known: crystals for hull, prototypes and nearest known ones; () for none.
        known_name: words for them, and their name for scripts.
        result: of the job; None for a batch.
        path: of a batch.
    """

    table: CandidateColumns
    digest: str
    name: str
    library: Library | None
    models: tuple[Chosen, ...]
    known: tuple[Crystal, ...]
    known_name: str
    result: JobResult | None
    path: Path | None = None


def choose() -> Source:
    """What the reader chose to screen; the page ends until its columns are there."""
    before: dict[str, str] = state.get(_REMEMBERED, {})
    if not any(state.url(name) for name in _CHOICES):  # a page change clears the address
        for name, value in before.items():
            state.set_url(name, value)
    named = state.url("source")
    kind = st.segmented_control(
        "Candidates", list(_SOURCES), default=named if named in _SOURCES else "library",
        format_func=_SOURCES.__getitem__, required=True, key="screen.source",
        help="A library is predicted here; `python -m core batch` predicts any number, here or on "
        "a cluster, into a folder that opens here",
    )  # fmt: skip
    state.set_url("source", None if kind == "library" else kind)
    found = _of_batch() if kind == "batch" else _of_library()
    state.put(_REMEMBERED, {name: state.url(name) for name in _CHOICES if state.url(name)})
    return found


def _of_library() -> Source:
    library = require_library(2, LEARNING)
    models = screening_models.choose()
    known, name = _known_crystals(models)
    prototypes = bool(known) and st.toggle(
        "Compare prototypes with theirs", state.url("prototypes") == "1", key="screen.prototypes",
        help="Finds the structure type of every candidate and known crystal, about a millisecond "
        "each; then candidates of types that no known crystal has can be kept or dropped",
    )  # fmt: skip
    state.set_url("prototypes", "1" if prototypes else None)
    hull = any(model.target == ENERGY for model in models) and bool(known)
    levels = list(LEVELS) if all(model.has_intervals for model in models) else []
    spec = JobSpec(
        task=KEY,
        options={
            "models": [str(model.path) for model in models], "levels": levels,
            "hull": {"energy": ENERGY, "formation": True} if hull else None,
            "prototypes": prototypes,
        },
    )  # fmt: skip
    digest = bytes_digest(f"{library.digest} {library.record_digest} {name}".encode())
    result = _job(spec, library, models, known, digest)
    key = result_key(spec, digest)
    table = cache.shared(
        "screen.columns", key, lambda: CandidateColumns.from_arrays(result.outputs)
    )
    return Source(table, key, library.name, library, tuple(models), known, name, result)


def _known_crystals(models: list[Chosen]) -> tuple[tuple[Crystal, ...], str]:
    """Crystals that are known: for the hull, for prototypes, for the nearest ones.

    In the address: known.
    """
    from components.workspaces import server_store
    from core.jobs.inputs import EMBEDDED, WORKSPACE, load

    names = [f"{EMBEDDED}{name}" for name in _SETS]
    names += [f"{WORKSPACE}{info.name}" for info in server_store().workspaces()]
    named, needs = state.url("known"), any(model.target == ENERGY for model in models)
    usual = names[0] if needs else _NONE
    start = named if named in names else _NONE if named == "none" else usual
    name = st.selectbox(
        "Known crystals", [_NONE, *names], index=[_NONE, *names].index(start),
        format_func=lambda n: n.replace(":", ": ", 1) if n else "none", key="screen.known",
        help="Phases of the convex hull (their formation energies), prototypes that are no news, "
        "and the nearest known crystal of each candidate",
    )  # fmt: skip
    state.set_url("known", name or "none")
    if not name:
        return (), ""
    report = cache.shared("screen.known", name, lambda: load([name]))
    return report.crystals, name


def _job(
    spec: JobSpec, library: Library, models: list[Chosen], known: tuple[Crystal, ...], digest: str
) -> JobResult:
    """The columns of the library; the page ends while they are computed."""
    name = result_key(spec, digest)
    found = jobs.stored(name)
    if found is not None:
        return found
    token, job = state.token(), job_id(state.token(), name)

    def start() -> None:
        record = jobs.manager().start(
            token, spec, {"crystals": library.crystals, "known": known}, digest,
            label=f"Columns of {library.name}", page=PAGE, query=state.address(),
        )  # fmt: skip
        state.set_url(jobs.URL_KEY, record.id)

    record = jobs.find(job)
    if record is not None and record.is_active:
        jobs.watch(token, job, "screen.job")
    elif record is not None and record.state in ("failed", "cancelled"):
        jobs.ended(record, start, "screen.job")
    else:
        costs = [estimate_predict(library.crystals, m.manifest, m.path.stat().st_size)
                 for m in models]  # fmt: skip
        for cost in costs:
            cost.require()
        if sum(cost.seconds for cost in costs) < _AT_ONCE:
            start()
            jobs.watch(token, job, "screen.job")
        else:
            jobs.ask("; ".join(f"{cost}" for cost in costs) + ".", start, "screen.job", "Predict")
    st.stop()
    raise AssertionError("st.stop does not return")


def _of_batch() -> Source:
    """The folder of a batch, or one parquet file. In the address: batch."""
    from core.partitions.columns import read_columns
    from core.partitions.shelf import VARIABLE, batches, shelf, stamp

    known = batches()
    if not known:
        st.info(
            errors.plain(f"There are no results of a batch in {shelf()}. Write them there, or name "
                         f"another folder of folders in {VARIABLE}."), icon=":material/info:",
        )  # fmt: skip
        st.code(f"python -m core batch candidates.parquet --model model.gsmodel "
                f"-o {shelf() / 'NAME'}", language="bash")  # fmt: skip
        st.stop()
    named = state.url("batch")
    name = st.selectbox(
        "Batch", list(known), index=list(known).index(named) if named in known else 0,
        key="screen.batch", help=f"What `python -m core batch` wrote into {shelf()}",
    )  # fmt: skip
    state.set_url("batch", name)
    path = known[name]
    digest = bytes_digest(f"{path}{stamp(path)}".encode())
    try:
        table = cache.shared("screen.batch", digest, lambda: read_columns(path))
    except GridscopeError as error:
        errors.show_error(error)
        st.stop()
    return Source(table, digest, name, None, (), (), "", None, path)
