"""A shortlist put to the test by CHGNet: options, the job, and how many predictions held."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import streamlit as st

from components import errors, figure, forms, jobs, state
from components.screen.verification_result import (
    FITTED,
    Shortlist,
    Verified,
    rates,
    read,
    script,
    table,
    window_text,
)
from core.jobs.base import JobResult, JobSpec
from core.jobs.manager import job_id
from core.jobs.results import result_key
from core.jobs.verify import VALUES, verified_key
from core.jobs.verify_estimate import estimate_verify
from core.library.library import crystals_digest
from core.units import quantity
from core.verification import chgnet
from core.verification.relax import RelaxSpec

CITE = (chgnet.DOI, "10.1080/01621459.1927.10502953")
_OPTIONS = ("equation_of_state", "rattle", "max_steps")


def verification_panel(shortlist: Shortlist, *, key: str, page: str = "") -> Verified | None:
    """Options, the job, and what came of it; None while there is no result.

    Args:
        shortlist: crystals with their predictions.
        key: prefix of widget keys, unique on the page.
        page: file of the page, to open the result again from the Jobs page.
    """
    wanted = verified_key(shortlist.target)
    if wanted is None:
        can = ", ".join(quantity(name).label.lower() for name in VALUES[:5])
        st.info(
            errors.plain(f"{quantity(shortlist.target).label} can't be verified by CHGNet, which "
                         f"gives {can}."), icon=":material/info:",
        )  # fmt: skip
        return None
    if not shortlist.crystals:
        st.info("The shortlist is empty: there is nothing to verify.", icon=":material/info:")
        return None
    spec = _options(wanted, key)
    result = _job(shortlist, spec, key, page)
    if result is None:
        return None
    found = read(shortlist, result, wanted)
    _headline(found)
    _figures(found, spec, key)
    _table(found, key)
    return found


def _options(wanted: str, key: str) -> RelaxSpec:
    with st.expander("Options of the relaxation", icon=":material/tune:"):
        return forms.spec_form(
            RelaxSpec, key=f"{key}.spec", include=_OPTIONS,
            exclude=("equation_of_state",) if wanted in FITTED else (),
        )  # fmt: skip


def _job(shortlist: Shortlist, spec: RelaxSpec, key: str, page: str) -> JobResult | None:
    """The result on disk; else a button, a bar, why it ended, or how to install the extra."""
    task = JobSpec(task="verify", options=spec.to_dict(), seed=spec.seed)
    digest = crystals_digest(shortlist.crystals)
    name = result_key(task, digest)
    found = jobs.stored(name)
    if found is not None:
        return found
    if not chgnet.is_installed():
        st.info(f"{chgnet.MISSING} It is an optional extra; install it beside Gridscope with",
                icon=":material/download:")  # fmt: skip
        st.code(chgnet.INSTALL, language="bash")
        return None
    token, job = state.token(), job_id(state.token(), name)

    def start() -> None:
        started = jobs.manager().start(
            token, task, {"crystals": shortlist.crystals}, digest,
            label=f"Verify {shortlist.name}", page=page, query=state.address(),
        )  # fmt: skip
        state.set_url(jobs.URL_KEY, started.id)

    record = jobs.find(job)
    if record is not None and record.is_active:
        jobs.watch(token, job, key, task.task)
        st.caption("Crystals that are done stay done when the job is stopped.")
    elif record is not None and record.state in ("failed", "cancelled"):
        jobs.ended(record, start, key)
    else:
        estimate = estimate_verify(shortlist.crystals, spec)
        jobs.ask(f"{estimate}. On one core; you can stop it and go on later.", start, key, "Verify")
    return None


def _headline(found: Verified) -> None:
    rate, total = found.parity.hits, len(found.shortlist.crystals)
    boxes = [box for _ in range(2) for box in st.columns(2)]  # four abreast cut them off
    boxes[0].metric(
        "Verified", f"{found.parity.n} of {total}",
        help="Crystals with a value that counts; the table tells of the others",
    )  # fmt: skip
    boxes[1].metric(
        "Hits", f"{rate.hits} of {rate.n}",
        help=f"Verified value in the window: {window_text(found.shortlist.window, found.unit)}",
    )  # fmt: skip
    share = f"{100 * rate.low:.0f} to {100 * rate.high:.0f}%" if rate.n else "unknown"
    boxes[2].metric("Hit rate, 95% interval", share,
                    help="Wilson's interval of the share in candidates like these")  # fmt: skip
    error = found.parity.value("mae")
    shown = f"{error:.3g} {found.unit}".strip() if np.isfinite(error) else "unknown"
    boxes[3].metric("Mean absolute error", shown, help="Of the predictions against CHGNet")
    if found.key != found.shortlist.target:
        st.caption(errors.plain(
            f"Predicted is {quantity(found.shortlist.target).label}; verified is "
            f"{quantity(found.key).label} by CHGNet, another method: a common offset between the "
            "two is no fault of the model."
        ))  # fmt: skip
    failures = found.result.failures
    if failures:
        count = "1 message" if len(failures) == 1 else f"{len(failures):,} messages"
        with st.expander(f"What could not be verified: {count}", icon=":material/warning:"):
            st.dataframe(
                [{"Id": f.id, "Reason": f.message, "What to do": f.hint} for f in failures],
                hide_index=True, alt="Crystals without a verified value, and why",
            )  # fmt: skip


def _figures(found: Verified, spec: RelaxSpec, key: str) -> None:
    import pandas as pd

    from components.figures import verification as drawn

    if not found.parity.n:
        st.warning("No crystal has both a prediction and a verified value that counts.",
                   icon=":material/warning:")  # fmt: skip
        return
    rows, bounds = found.parity.rows, found.shortlist.bounds
    names = [found.shortlist.crystals[i].id for i in rows.tolist()]
    stem, code = f"verified-{found.key}-{found.shortlist.name}", script(found, spec)
    figure.show(
        drawn.parity(
            found.parity, names, found.key, found.shortlist.window, dark=figure.dark(),
            bounds=None if bounds is None else bounds[rows], level=found.shortlist.level,
        ),
        key=f"{key}.parity", name=stem, data=pd.DataFrame(table(found)), code=code, cite=CITE,
        alt=f"Verified over predicted values of {found.parity.n} crystals; the window wanted is "
        "shaded.",
    )  # fmt: skip
    shown = rates(found)
    figure.show(
        drawn.hits(shown, dark=figure.dark()), key=f"{key}.hits", name=f"{stem}-hits",
        data=pd.DataFrame([{"share": words, **asdict(rate)} for words, rate in shown]),
        code=code, cite=CITE,
        alt="; ".join(f"{words}: {rate.hits} of {rate.n}" for words, rate in shown),
    )  # fmt: skip
    st.caption(
        f"Window: {window_text(found.shortlist.window, found.unit)}. CHGNet 0.3.0 is a "
        "machine-learnt potential: verified means computed by it as the set prototype-elastic was, "
        "not measured. Relaxed crystals keep their symmetry unless atoms are displaced; energies "
        "above the hull know only the crystals of that set."
    )


def _table(found: Verified, key: str) -> None:
    import pandas as pd

    unit = f" [{found.unit}]" if found.unit else ""
    columns = table(found)
    shown = {
        "Id": columns["id"], "Formula": columns["formula"],
        f"Predicted{unit}": columns[f"predicted_{found.shortlist.target}"],
        f"Verified{unit}": columns[f"verified_{found.key}"], "Hit": columns["hit"],
        "Space group before": columns["spacegroup_before"],
        "Space group after": columns["spacegroup_after"], "Doubt": columns["doubt"],
    }  # fmt: skip
    number = st.column_config.NumberColumn(format="%.4g")
    st.dataframe(
        pd.DataFrame(shown), hide_index=True, height=min(420, 38 + 35 * len(shown["Id"])),
        key=f"{key}.table", alt=f"{len(shown['Id'])} crystals, predicted and verified",
        column_config={f"Predicted{unit}": number, f"Verified{unit}": number,
                       "Doubt": st.column_config.TextColumn(
                           help="Why a fitted modulus is not counted as verified")},
    )  # fmt: skip
