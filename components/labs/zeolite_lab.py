"""What the parts of the zeolite lab share: the job behind each, its data, the target at hand."""

from __future__ import annotations

import streamlit as st

from components import jobs, lab, state
from components.errors import plain, show_error
from core.config import memory_budget_bytes
from core.data.connection import MIRROR
from core.data.fetch import is_here, mirror_folder
from core.data.public import PUBLIC_SETS
from core.errors import DatasetUnavailableError
from core.jobs import JobResult, JobSpec
from core.jobs.estimate import Estimate
from core.labs.zeolites import DATA, DEPOSITED, PAPER, SET, STARTING, TARGETS
from core.library import Library
from core.types import ParseReport

PAGE = "pages/labs/zeolites.py"
CITE = (PAPER, DATA)
UNITS = ("10⁻⁶/K", "GPa")
_LABELS = {
    "families": "errors of the families", "reasons": "importances and dependence",
    "stages": "error over stages", "intervals": "coverage of intervals",
    "geometry": "geometries beside one another", "frameworks": "own frameworks",
}  # fmt: skip
# Seconds on one core: reading and describing, and for each repeat (or at all).
_START = 12.0
_SECONDS = {"families": 3.5, "reasons": 30.0, "stages": 25.0, "intervals": 6.0, "geometry": 0.5,
            "frameworks": 12.0}  # fmt: skip
_BY_REPEAT = ("families", "stages", "intervals", "geometry")
REPEATS = {"families": 20, "stages": 3, "intervals": 5, "geometry": 5}
_MEMORY = 400 * 2**20


def asked(part: str, repeats: int | None = None) -> JobSpec:
    """The job of a part."""
    count = repeats or REPEATS.get(part, 1)
    return JobSpec(task="zeolites", options={"part": part, "repeats": count, "seed": 0}, seed=0)


def result(part: str, repeats: int | None = None, library: Library | None = None) -> JobResult:
    """What a part computed; the page ends here while it is computed, or waits to be."""
    spec = asked(part, repeats)
    seconds = _START + _SECONDS[part] * (spec.options["repeats"] if part in _BY_REPEAT else 1)
    estimate = Estimate(
        n=PUBLIC_SETS[SET].rows + (len(library) if library else 0), seconds=seconds,
        features=_MEMORY, distances=0, budget=memory_budget_bytes(),
    )  # fmt: skip
    source(part)
    nothing = Library("Siliceous zeolites", f"public:{SET}", ParseReport((), (), ()))
    found = jobs.run_job(
        spec, library or nothing, label=f"Zeolites: {_LABELS[part]}", key=f"zeolites.{part}",
        page=PAGE, estimate=estimate,
    )  # fmt: skip
    if found is None:
        st.stop()
        raise AssertionError("st.stop does not return")
    return found


def source(part: str) -> None:
    """Where the frameworks come from; said when they are not at hand."""
    wanted = [SET, *((STARTING, DEPOSITED) if part == "geometry" else ())]
    missing = [PUBLIC_SETS[name] for name in wanted if not is_here(PUBLIC_SETS[name])]
    if not missing:
        return
    try:
        mirror = mirror_folder()
    except DatasetUnavailableError as error:
        show_error(error)
        return
    names = " and ".join(entry.title for entry in missing)
    size = sum(entry.size for entry in missing) / 1e6
    if mirror is None:
        words = (
            f"{names}: not on this server yet. The job downloads {size:.1f} MB once from the "
            f"repository of the authors. Without a network, set {MIRROR} to a folder that holds "
            "the files."
        )
    else:
        words = (
            f"{names}: not in the mirror {str(mirror)!r} that {MIRROR} names. Copy the files "
            f"there, or unset {MIRROR} to download {size:.1f} MB."
        )
    st.info(plain(words), icon=":material/cloud_off:")


def target() -> int:
    """Which of the two properties is shown; kept in the address."""
    chosen = lab.switch(
        "Property", "target", ("alpha", "K0"), "alpha", names=("Thermal expansion", "Bulk modulus"),
        help="Both by quasi-harmonic DFT; thermal expansion is volumetric, at room temperature",
    )  # fmt: skip
    return ("alpha", "K0").index(chosen)


def key(at: int) -> str:
    """The property's key."""
    return TARGETS[at]


def script(part: str, end: str, repeats: int | None = None) -> str:
    """A script that gives the same numbers."""
    options = dict(asked(part, repeats).options)
    return (
        "from core.jobs import JobSpec, run\n"
        f"spec = JobSpec(task='zeolites', options={options!r}, seed=0)\n"
        "out = run(spec, {'crystals': ()}).outputs  # downloads the public set once\n"
        f"{end}\n"
    )


def repeats() -> int:
    """How often the folds are drawn anew; kept in the address."""
    named = state.url("repeats")
    choices = (5, 20, 50)
    return int(named) if named in map(str, choices) else REPEATS["families"]
