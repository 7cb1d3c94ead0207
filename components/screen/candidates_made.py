"""Candidates made from the crystals at hand: what is asked for, the job behind it, what came out.

In the address: how, seed, near, known, exclude, make and more (options that are not the usual).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from components import cache, forms, jobs, lab, report, state
from components.errors import plain
from core.config import memory_budget_bytes
from core.elements import SYMBOLS
from core.hashing import bytes_digest
from core.jobs.base import JobResult, JobSpec, run
from core.jobs.candidates import WAYS
from core.jobs.estimate import Estimate
from core.jobs.manager import job_id
from core.jobs.results import result_key
from core.library import Library
from core.screening.duplicates import THRESHOLD
from core.screening.substitution import GROUPS, SubstitutionSpec

if TYPE_CHECKING:
    from core.screening.candidates import Candidates
    from core.types import Crystal

PAGE = "pages/screen/candidates.py"
_NAMES = {"substitution": "Element substitution", "decoration": "Decorated prototypes"}
_FIRST = ("source", "per_parent", "max_changed")
_KEY = "candidates"
_START = 0.4  # seconds; the others on one core, right within a factor of two or three
_TEMPLATE_MS, _ROW_MS, _NEAR_MS = 1.5, 0.1, 0.2
_BASE, _ROW_BYTES = 500 * 2**20, 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """Candidates with what they rest on.

    Attributes:
        library: of the parents.
        spec: of the job.
        known: where known crystals besides the parents come from; "" for none.
        result: of the job.
        digest: of all that decides it.
        found: the candidates, likeliest first.
        counts: what was proposed, what was left out and why.
    """

    library: Library
    spec: JobSpec
    known: str
    result: JobResult
    digest: str
    found: Candidates
    counts: Mapping[str, int]

    @property
    def way(self) -> str:
        """Words for how they were made."""
        return _NAMES[self.spec.options["how"]].lower()


def choose(library: Library) -> tuple[JobSpec, str]:
    """The options. Returns: the job, and where known crystals come from."""
    how = lab.switch(
        "Way", "how", tuple(WAYS), "substitution", names=tuple(_NAMES.values()),
        help="Substitution changes a few elements of each crystal by what usually replaces them; "
        "decoration fills each prototype anew, with elements whose charges balance",
    )  # fmt: skip
    kind = WAYS[how]
    options = forms.spec_form(kind, key=f"{_KEY}.{how}", include=_FIRST, url_key="make").to_dict()
    with st.expander("More options", icon=":material/tune:"):
        rest = [name for name in options if name not in (*_FIRST, "exclude")]
        more = forms.spec_form(kind, key=f"{_KEY}.{how}.more", include=rest, url_key="more")
        options |= {name: value for name, value in more.to_dict().items() if name in rest}
        options["exclude"] = _excluded()
        left, middle, right = st.columns(3)
        seed = _number(left, "Seed", "seed", 0, 2**32 - 1, 1,
                       "Of what is drawn: the same seed gives the same candidates")  # fmt: skip
        near = _number(middle, "Duplicates within [Å]", "near", THRESHOLD, 10.0, 0.01,
                       "Of crystals of one formula nearer than this by GRID the likelier is kept; "
                       "0 looks for none")  # fmt: skip
        with right:
            known = _known()
    spec = JobSpec(
        task="candidates", seed=int(seed),
        options={"how": how, "seed": int(seed), "options": options, "duplicates": float(near)},
    )  # fmt: skip
    return spec, known


def _excluded() -> list[str]:
    """Elements and groups that no candidate may get. In the address: exclude."""
    usual, choices = SubstitutionSpec().exclude, [*GROUPS, *SYMBOLS[1:]]
    named = state.url("exclude")
    start = usual if not named else [n for n in named.split() if n in choices]
    chosen = st.multiselect(
        "Excluded elements", choices, default=start, key=f"{_KEY}.exclude", placeholder="none",
        help="Nothing becomes one of these; groups stand for several elements",
    )  # fmt: skip
    changed = tuple(chosen) != usual
    state.set_url("exclude", (" ".join(chosen) or "none") if changed else None)
    return list(chosen)


def _number(
    slot: Any, label: str, key: str, usual: float, most: float, step: float, words: str
) -> float:
    """A number from 0 on; kept in the address."""
    kind = type(usual)
    try:
        start = kind(state.url(key))
    except ValueError:
        start = usual
    start = start if 0 <= start <= most else usual
    value = slot.number_input(
        label, kind(0), kind(most), start, kind(step), key=f"{_KEY}.{key}", help=words
    )
    state.set_url(key, None if value == usual else f"{value:g}" if kind is float else f"{value}")
    return float(value) if kind is float else int(value)


def _known() -> str:
    """Where crystals come from that are known besides the parents. In the address: known."""
    from components.workspaces import server_store
    from core.jobs.inputs import EMBEDDED, WORKSPACE

    names = ["", f"{EMBEDDED}prototype-elastic"]
    names += [f"{WORKSPACE}{info.name}" for info in server_store().workspaces()]
    named = state.url("known")
    name = st.selectbox(
        "Known crystals", names, index=names.index(named) if named in names else 0,
        format_func=lambda n: n.replace(":", ": ", 1) if n else "the crystals at hand alone",
        key=f"{_KEY}.known",
        help="Their compositions and structures are no news either; likelihoods and radii are "
        "mined from them too",
    )  # fmt: skip
    state.set_url("known", name or None)
    return str(name)


def known_crystals(name: str) -> tuple[Crystal, ...]:
    """The crystals of that name; () for none."""
    from core.jobs.inputs import load

    return cache.shared("candidates.known", name, lambda: load([name]).crystals) if name else ()


def estimate(library: Library, spec: JobSpec, n_known: int) -> Estimate:
    """Time and memory of making them."""
    options = spec.options["options"]
    rows = len(library) * options["per_parent"]
    kept = min(rows, options["count"])
    seconds = _START + 1e-3 * (_TEMPLATE_MS * (len(library) + n_known) + _ROW_MS * rows)
    if spec.options["duplicates"] > 0:
        seconds += 1e-3 * _NEAR_MS * kept
    return Estimate(
        n=len(library), seconds=seconds, features=_BASE + _ROW_BYTES * rows, distances=0,
        budget=memory_budget_bytes(),
    )  # fmt: skip


def made(library: Library, spec: JobSpec, known_name: str) -> Made:
    """The candidates; the page ends here while they are made, or wait to be."""
    known = known_crystals(known_name)
    digest = bytes_digest(f"{library.digest} {known_name}".encode())
    key = result_key(spec, digest)
    result = _result(library, spec, known, digest, key)

    def read() -> Candidates:
        from core.screening.candidates import Candidates

        return Candidates.from_arrays(result.outputs)

    found = cache.shared("candidates.found", key, read)
    counts = json.loads(str(result.outputs["made"]))
    return Made(library, spec, known_name, result, key, found, counts)


def _result(
    library: Library, spec: JobSpec, known: tuple[Crystal, ...], digest: str, key: str
) -> JobResult:
    found = jobs.stored(key)
    if found is not None:
        return found
    inputs = {"crystals": library.crystals, "known": known}
    cost = estimate(library, spec, len(known))
    cost.require()
    if cost.seconds < 1.0:
        with st.spinner("Making candidates", show_time=False):
            return cache.shared("job.inline", key, lambda: run(spec, inputs))
    token, job = state.token(), job_id(state.token(), key)

    def start() -> None:
        record = jobs.manager().start(
            token, spec, inputs, digest, label=f"Candidates from {library.name}", page=PAGE,
            query=state.address(),
        )  # fmt: skip
        state.set_url(jobs.URL_KEY, record.id)

    record = jobs.find(job)
    if record is not None and record.is_active:
        jobs.watch(token, job, f"{_KEY}.job")
    elif record is not None and record.state in ("failed", "cancelled"):
        jobs.ended(record, start, f"{_KEY}.job")
    else:
        jobs.ask(f"{cost}.", start, f"{_KEY}.job", "Make candidates")
    st.stop()
    raise AssertionError("st.stop does not return")


def script(made: Made) -> str:
    """A script that makes the same candidates."""
    from components import snippets

    known, loads = "()", ""
    if made.known:
        known, loads = "known", "from core.jobs.inputs import load\n" \
            f"known = load([{made.known!r}]).crystals\n"  # fmt: skip
    return (
        snippets.load(made.library)
        + loads
        + "from core.jobs import JobSpec, run\n"
        + "from core.screening.candidates import Candidates\n"
        + f"spec = JobSpec(task='candidates', options={dict(made.spec.options)!r},\n"
        + f"               seed={made.spec.seed})\n"
        + f"inputs = {{'crystals': tuple(crystals.values()), 'known': {known}}}\n"
        + "found = Candidates.from_arrays(run(spec, inputs).outputs)\n"
        + "print(len(found), found.formulas[:10], found.probability[:10])\n"
    )


def cite(made: Made) -> tuple[str, ...]:
    """Works behind the method and the parents."""
    from core.library.citing import data_dois

    own: tuple[str, ...] = ("10.1126/sciadv.abn4117",)
    if made.spec.options["options"]["source"] == "ions":
        own = (*own, "10.1021/ic102031h")
    return (*own, *data_dois(made.library))


def told(made: Made) -> str:
    """How they were made, for the record of decisions, plain text."""
    options = made.spec.options
    given = ", ".join(f"{k} {v}" for k, v in sorted(options["options"].items()))
    besides = f"; known besides: {made.known}" if made.known else ""
    return (
        f"candidates by {made.way} from {made.library.name} ({given}; seed {options['seed']}; "
        f"duplicates within {options['duplicates']:g} angstrom{besides})"
    )


def left_out(made: Made) -> None:
    """Crystals that could not be parents."""
    import pandas as pd

    failures = made.result.failures
    if not failures:
        return
    count = "1 crystal was" if len(failures) == 1 else f"{len(failures):,} crystals were"
    with st.expander(f"{count} no parent", icon=":material/warning:"):
        rows = [(f.id, f.message, f.hint) for f in failures]
        st.dataframe(
            pd.DataFrame(rows, columns=["Id", "Reason", "What to do"]), hide_index=True,
            row_height=report.SENTENCES, column_config=report.REASON_WIDTHS,
            alt="Crystals that could not be parents, and why",
        )  # fmt: skip
        if any("occupied" in f.message for f in failures):
            st.caption(plain("The Library page makes ordered approximations of disordered ones."))
