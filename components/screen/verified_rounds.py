"""Verified crystals join the training set, the model learns again: the button and the history."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components import figure, jobs, state
from components.screen.verification_result import Verified
from components.screen.verified import CITE
from core.hashing import mapping_digest
from core.jobs.base import JobResult, JobSpec
from core.jobs.manager import job_id
from core.jobs.results import result_key
from core.jobs.verify import relaxed_crystals
from core.library import Library
from core.types import Crystal, Examination, ParseReport
from core.units import quantity
from core.verification.rounds import Round, joined, read_history

_URL, _LAST = "round", "verified.round"
_STRUCTURES = {"given": "As predicted", "relaxed": "Relaxed"}


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """The finished job of a round.

    Attributes:
        result: its outputs hold the new model.
        history: all rounds, this one last.
        library: the training set with the verified crystals in it.
    """

    result: JobResult
    history: tuple[Round, ...]
    library: Library


def rounds_panel(
    found: Verified, library: Library, options: Mapping[str, Any], *, key: str, page: str = ""
) -> Learnt | None:
    """Offer one step of active learning; its outcome with the history when it is done.

    Args:
        found: the verified shortlist.
        library: the training set, with values of the target.
        options: `model`, `conformal` and `seed` as the model was trained.
        key: prefix of widget keys.
        page: file of the page, for the Jobs page.
    """
    st.subheader("Learn from what was verified")
    chosen = st.segmented_control(
        "Structures to learn from", list(_STRUCTURES), default="given", required=True,
        format_func=_STRUCTURES.__getitem__, key=f"{key}.structures",
        help="As predicted: what a model sees of candidates before relaxation. Relaxed: where the "
        "model was trained on relaxed crystals",
    )  # fmt: skip
    fresh = verified_crystals(found, relaxed=chosen == "relaxed")
    if not fresh:
        st.info("No crystal has a verified value that counts: nothing to learn from.",
                icon=":material/info:")  # fmt: skip
        return None
    known = earlier(found.shortlist.target, library)
    if not joined(library.crystals, fresh, 1)[0]:
        st.info("The verified crystals are in the training set already.", icon=":material/check:")
        _history(known, key)
        return None
    result = _job(found, library, fresh, options, known, key, page)
    if result is None:
        return None
    history = read_history(json.loads(str(result.outputs["history"])), found.shortlist.target)
    learnt = Learnt(result, history, enlarged(library, fresh, len(history)))
    _outcome(learnt, key)
    return learnt


def verified_crystals(found: Verified, *, relaxed: bool) -> tuple[Crystal, ...]:
    """The crystals whose value counts, with it as the property that the model predicts."""
    given = found.shortlist.crystals
    counts = {given[i].id for i in found.parity.rows.tolist()}
    named = relaxed_crystals(found.result.outputs, given=() if relaxed else given)
    target = found.shortlist.target
    return tuple(
        c.with_(properties={**c.properties, target: c.properties[found.key]})
        for c in named
        if c.id in counts
    )


def enlarged(library: Library, fresh: tuple[Crystal, ...], number: int) -> Library:
    """The library with the crystals of a round, the decision on record."""
    new, _ = joined(library.crystals, fresh, number)
    cards = tuple(Examination(c.id, c.source, "green") for c in new)
    words = f"round {number}: {len(new)} crystals added, verified by CHGNet 0.3.0"
    return library.adding(ParseReport(new, (), cards), words)


def earlier(target: str, library: Library) -> tuple[Round, ...]:
    """The session's rounds so far, where they are of this property and this library."""
    name = state.url(_URL) or state.get(_LAST)
    result = jobs.stored(name) if name else None
    if result is None or "history" not in result.outputs:
        return ()
    rows = json.loads(str(result.outputs["history"]))
    ids = set(library.ids)
    if any(row["target"] != target for row in rows) or not set(rows[0]["held_out"]) <= ids:
        return ()
    # A round counts once its crystals are in the library at hand.
    kept = [row for row in rows if set(row["added"]) <= ids]
    return read_history(kept, target) if kept == rows[: len(kept)] else ()


def _job(
    found: Verified, library: Library, fresh: tuple[Crystal, ...], options: Mapping[str, Any],
    known: tuple[Round, ...], key: str, page: str,
) -> JobResult | None:  # fmt: skip
    task = _spec(found.shortlist.target, options, known)
    digest = _digest(found.shortlist.target, library, fresh)
    name = result_key(task, digest)
    done = jobs.stored(name)
    if done is not None:
        state.set_url(_URL, name)
        state.put(_LAST, name)  # the address is cleared when the page changes
        return done
    token, job = state.token(), job_id(state.token(), name)

    def start() -> None:
        jobs.manager().start(
            token, task, {"crystals": library.crystals, "verified": fresh}, digest,
            label=f"Round {len(known) + 1}: learn from {len(fresh)} verified crystals", page=page,
            query=state.address(),
        )  # fmt: skip

    record = jobs.find(job)
    if record is not None and record.is_active:
        jobs.watch(token, job, f"{key}.job")
    elif record is not None and record.state in ("failed", "cancelled"):
        jobs.ended(record, start, f"{key}.job")
    else:
        _history(known, key)
        jobs.ask(
            f"Round {len(known) + 1}: {len(fresh)} verified crystals join {len(library):,}. The "
            "model is fitted without and with them and compared on the same held-out crystals, "
            "then fitted to all: longer than the training took.", start, f"{key}.job",
            "Add and learn again",
        )  # fmt: skip
    return None


def _spec(target: str, options: Mapping[str, Any], known: tuple[Round, ...]) -> JobSpec:
    chosen = {name: options[name] for name in ("model", "conformal", "seed")}
    return JobSpec(
        task="active-round", seed=options["seed"],
        options={**chosen, "target": target, "held_out": {},
                 "history": [one.to_dict() for one in known]},
    )  # fmt: skip


def _digest(target: str, library: Library, fresh: tuple[Crystal, ...]) -> str:
    """Of both sets, their values of the target among them."""
    values = {
        name: [[c.id, c.digest, repr(c.properties.get(target))] for c in crystals]
        for name, crystals in (("crystals", library.crystals), ("verified", fresh))
    }
    return mapping_digest(values)


def _outcome(learnt: Learnt, key: str) -> None:
    this, unit = learnt.history[-1], quantity(learnt.history[-1].target).unit
    change, low, high = this.change
    boxes = [box for _ in range(2) for box in st.columns(2)]
    boxes[0].metric("Joined", len(this.added), help="Verified crystals now in the training set")
    boxes[1].metric(
        "Set aside in the comparison", len(this.aside),
        help=f"Of a {this.by.replace('-', ' ')} that is held out: they would make the test easier",
    )  # fmt: skip
    before, after = this.before["mae"][0], this.after["mae"][0]
    boxes[2].metric(
        "Mean absolute error", f"{after:.3g} {unit}".strip(),
        delta=f"{change:+.2g} {unit}".strip(), delta_color="inverse",
        help=f"{before:.4g} before; on {len(this.held_out):,} held-out crystals",
    )  # fmt: skip
    boxes[3].metric(
        "Change, 95% interval", f"{low:+.2g} to {high:+.2g}",
        help="Paired bootstrap over the held-out crystals; below zero is better",
    )  # fmt: skip
    if low <= 0 <= high:
        st.caption("The interval of the change holds zero: this round shows neither gain nor loss.")
    _history(learnt.history, key)
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Use the enlarged training set", key=f"{key}.use", icon=":material/library_add:",
            on_click=state.set_library, args=(learnt.library,),
            help="Makes it the crystals at hand; the next round goes on from there",
        )  # fmt: skip
        st.download_button(
            "Model", learnt.result.outputs["model"].tobytes(),
            file_name=f"round-{this.number}.gsmodel", mime="application/octet-stream",
            key=f"{key}.model", on_click="ignore", icon=":material/download:",
            help="Trained on all crystals, the verified ones among them",
        )  # fmt: skip


def history_table(history: tuple[Round, ...]) -> list[dict[str, Any]]:
    """A row a round."""
    return [
        {
            "round": one.number, "joined": len(one.added), "aside": len(one.aside),
            "learnt_from": one.n_after, "held_out": len(one.held_out),
            f"mae_before_{one.target}": one.before["mae"][0],
            f"mae_after_{one.target}": one.after["mae"][0], "change": one.change[0],
            "change_low": one.change[1], "change_high": one.change[2],
        }
        for one in history
    ]  # fmt: skip


def _history(history: tuple[Round, ...], key: str) -> None:
    if not history:
        return
    import pandas as pd

    from components.figures import verification as drawn

    rows = pd.DataFrame(history_table(history))
    figure.show(
        drawn.rounds(history, dark=figure.dark()), key=f"{key}.rounds", name="rounds", data=rows,
        code=_script(history), cite=CITE,
        alt=f"Error on held-out crystals over {len(history)} rounds.",
    )  # fmt: skip


def _script(history: tuple[Round, ...]) -> str:
    last = history[-1]
    return (
        "import json\n"
        "from core.io import read\n"
        "from core.jobs import JobSpec, run\n"
        'library = read(["training/"]).crystals  # with their values\n'
        'verified = read(["verified/"]).crystals  # with theirs\n'
        f'options = {{"target": {last.target!r}, "model": {dict(last.model)!r},\n'
        f'           "conformal": None, "seed": {last.seed}, "held_out": {{}}, "history": []}}\n'
        'spec = JobSpec(task="active-round", options=options)\n'
        'out = run(spec, {"crystals": library, "verified": verified}).outputs\n'
        'print(json.loads(str(out["history"]))[-1]["change"])\n'
    )
