"""Figures of the Screen page: the funnel, the clouds, and what other thresholds would leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from components import cache, errors, figure, state
from components.figures import funnel as funnel_figures
from components.figures import screening as figures
from components.screen.screened import Outcome, training
from components.screen.screening_form import set_window
from components.screen.screening_scripts import cite, script
from core.hashing import bytes_digest
from core.screening.criteria import Criterion
from core.screening.what_if import WhatIf
from core.screening.what_if import what_if as sweep
from core.types import FloatArray
from core.units import quantity

_SWEEP = np.linspace(0.0, 5.0, 101)


def headline(outcome: Outcome) -> None:
    """How many passed, of how many; what could not be described."""
    found, boxes = outcome.found.funnel, st.columns(3)
    boxes[0].metric("Candidates", f"{int(found.counts[0]):,}", help="With a prediction")
    boxes[1].metric("Passed", f"{int(found.counts[-1]):,}", help="All filters at the left")
    boxes[2].metric("Shortlist", f"{len(outcome.shortlist):,}", help="The best of those")
    failures = outcome.source.result.failures if outcome.source.result else ()
    if failures:
        count = "1 candidate has" if len(failures) == 1 else f"{len(failures):,} candidates have"
        with st.expander(f"{count} no prediction", icon=":material/warning:"):
            st.dataframe(
                [{"Id": f.id, "Reason": f.message, "What to do": f.hint} for f in failures],
                hide_index=True, alt="Candidates without a prediction, and why",
            )  # fmt: skip


def funnel(outcome: Outcome) -> None:
    """Counts at each stage, in words and as bars; notes of the stages."""
    import pandas as pd

    found = outcome.found.funnel
    if found.emptied_by is not None:
        st.warning(errors.plain(found.message), icon=":material/filter_alt_off:")
    figure.show(
        funnel_figures.funnel(found, dark=figure.dark()), key="screen.funnel",
        name=f"funnel-{outcome.source.name}", code=script(outcome), cite=cite(outcome.source),
        data=pd.DataFrame({
            "stage": ["all", *(s.key for s in found.stages)],
            "title": ["All candidates", *(s.title for s in found.stages)],
            "left": found.counts, "passed_alone": [found.counts[0], *found.alone],
        }),
        alt=f"Funnel of {len(found.stages)} filters: {found.message}",
    )  # fmt: skip
    for stage in found.stages:
        without = found.without(stage.key) - int(found.counts[-1])
        told = [stage.note] if stage.note else []
        if without:
            told.append(f"Without it {without:,} more would pass.")
        if told:
            st.caption(errors.plain(f"{stage.title}: {' '.join(told)}"))


def cloud(outcome: Outcome) -> None:
    """Value against uncertainty; a box drawn in it becomes the window."""
    import pandas as pd

    key = _property("screen.cloud.key", outcome)
    column = outcome.source.table.columns[key]
    if column.std is None:
        st.info("The model of this property states no uncertainty.", icon=":material/info:")
        return
    passed = outcome.found.funnel.passed
    names = outcome.source.table.ids
    many = len(column) > figures.MOST_POINTS
    figure.show(
        figures.value_against_uncertainty(
            column, passed, names, _criterion(outcome, key), dark=figure.dark(),
            shortlist=outcome.shortlist,
        ),
        key="screen.cloud", name=f"uncertainty-{outcome.source.name}", cite=cite(outcome.source),
        data=None if many else pd.DataFrame({
            "id": list(names), key: column.mean, f"{key}_std": column.std, "passed": passed,
        }),
        code=script(outcome, f"print(table.columns[{key!r}].mean, table.columns[{key!r}].std)\n"),
        alt=f"{len(column):,} candidates by predicted value and its standard deviation",
        on_select=lambda: _boxed(outcome, key), modes=("points", "box"),
    )  # fmt: skip
    lean = "It leans by k standard deviations. " if _leans(outcome, key) else ""
    dense = "Colour counts candidates in a cell; points are the shortlist. " if many else ""
    st.caption(
        f"{dense}The line is the bound of the window. {lean}Draw a box to move the window; click a "
        "point to see its crystal in the shortlist."
    )


def beside(outcome: Outcome) -> None:
    """A quantity among candidates, shortlist and training crystals."""
    import pandas as pd

    key = _property("screen.beside.key", outcome)
    column = outcome.source.table.columns[key]
    trained = training(outcome.source, key)
    drawn, table = figures.beside_training(
        column.mean, trained, outcome.found.funnel.passed[np.isfinite(column.mean)],
        quantity(key).axis_title, dark=figure.dark(),
    )  # fmt: skip
    figure.show(
        drawn, key="screen.beside", name=f"candidates-{key}", data=pd.DataFrame(table),
        code=script(outcome, f"print(table.columns[{key!r}].mean, table.trained_on)\n"),
        cite=cite(outcome.source),
        alt="Histogram of candidates, of those that passed and of training crystals",
    )  # fmt: skip
    known = outcome.source.table.known
    if known is not None and np.isfinite(known.percentile).any():
        drawn, table = figures.beside_training(
            100 * known.percentile, np.empty(0),
            outcome.found.funnel.passed[np.isfinite(known.percentile)],
            "Distance to the nearest training crystal [percentile of theirs]", dark=figure.dark(),
        )  # fmt: skip
        figure.show(
            drawn, key="screen.novelty", name="candidates-novelty", data=pd.DataFrame(table),
            code=script(outcome, "print(table.known.percentile)\n"), cite=cite(outcome.source),
            alt="Histogram of the distance of candidates to the training crystals",
        )  # fmt: skip
        st.caption(
            "Among crystals like the training ones every percentile would be as frequent: a flat "
            "histogram. A heap at 100 lies outside of what the model has seen."
        )
    _described(outcome)


def _described(outcome: Outcome) -> None:
    """Any other descriptor of candidates: what is known of them as numbers."""
    truth = outcome.source.table.truth
    if not truth:
        return
    key = st.selectbox(
        "Known of the candidates", list(truth), format_func=lambda k: quantity(k).axis_title,
        key="screen.truth.beside", help="Numbers that the library holds for them",
    )  # fmt: skip
    values: FloatArray = truth[key]
    drawn, table = figures.beside_training(
        values, np.empty(0), outcome.found.funnel.passed[np.isfinite(values)],
        quantity(key).axis_title, dark=figure.dark(),
    )  # fmt: skip
    import pandas as pd

    figure.show(
        drawn, key="screen.truth.histogram", name=f"candidates-{key}", data=pd.DataFrame(table),
        code=script(outcome, f"print(table.truth[{key!r}])\n"), cite=cite(outcome.source),
        alt="Histogram of a known quantity among candidates and shortlist",
    )  # fmt: skip


def what_if(outcome: Outcome) -> None:
    """Candidates kept and expected precision over the threshold on the uncertainty."""
    import pandas as pd

    asked = [c for c in outcome.request.criteria
             if outcome.source.table.columns[c.key].std is not None]  # fmt: skip
    if not asked:
        st.info("Set a window on a property whose model states its uncertainty.",
                icon=":material/info:")  # fmt: skip
        return
    keys = [c.key for c in asked]
    key = st.selectbox(
        "Window on", keys, format_func=lambda k: quantity(k).label, key="screen.what_if.key",
        help="The others stay as they are and are not counted here",
    )  # fmt: skip
    criterion = asked[keys.index(key)]
    found = swept(outcome, criterion)
    figure.show(
        figures.what_if(
            found, criterion.k if criterion.how == "shifted" else None, dark=figure.dark()
        ),
        key="screen.what_if", name=f"what-if-{key}", cite=cite(outcome.source),
        data=pd.DataFrame({"k": found.k, "kept": found.kept,
                           "expected_precision": found.precision}),
        code=script(outcome, _sweep_script(criterion)),
        alt="Candidates kept and expected precision over the number of standard deviations",
    )  # fmt: skip
    st.caption(
        "Of this window alone. Expected precision: mean probability of being inside among those "
        "kept, if the stated deviations are right and errors Gaussian; the page Uncertainty shows "
        "whether they are."
    )


def swept(outcome: Outcome, criterion: Criterion) -> WhatIf:
    """Of the window alone, however it is judged now: k standard deviations are the axis."""
    plain = Criterion(key=criterion.key, low=criterion.low, high=criterion.high, how="shifted")
    window = f"{outcome.source.digest} {plain.to_dict()}"
    return cache.shared(
        "screen.what_if", bytes_digest(window.encode()),
        lambda: sweep(plain, outcome.source.table.columns[plain.key], _SWEEP),
    )  # fmt: skip


def _sweep_script(criterion: Criterion) -> str:
    return (
        "import numpy as np\nfrom core.screening.what_if import what_if\n"
        "from core.screening.criteria import Criterion\n"
        f"criterion = Criterion(key={criterion.key!r}, low={criterion.low!r}, "
        f"high={criterion.high!r}, how='shifted')\n"
        "found = what_if(criterion, table.columns[criterion.key], np.linspace(0, 5, 101))\n"
        "print(found.k, found.kept, found.precision)\n"
    )


def _property(key: str, outcome: Outcome) -> str:
    keys = list(outcome.source.table.columns)
    if len(keys) == 1:
        return keys[0]
    return str(st.selectbox(
        "Property", keys, format_func=lambda k: quantity(k).label, key=key,
        help="Of those that were predicted",
    ))  # fmt: skip


def _criterion(outcome: Outcome, key: str) -> Criterion | None:
    return next((c for c in outcome.request.criteria if c.key == key), None)


def _leans(outcome: Outcome, key: str) -> bool:
    criterion = _criterion(outcome, key)
    return criterion is not None and criterion.how == "shifted" and criterion.k > 0


def _boxed(outcome: Outcome, key: str) -> None:
    """A box drawn in the cloud becomes the window; a click names a crystal."""
    selection: dict[str, Any] = (state.get("screen.cloud") or {}).get("selection", {})
    boxes: Sequence[dict[str, Any]] = selection.get("box", [])
    if boxes:
        low, high = sorted(float(v) for v in boxes[0]["x"])
        set_window(outcome.source, key, float(f"{low:.4g}"), float(f"{high:.4g}"))
        return
    points = selection.get("points", [])
    if points and (picked := points[0].get("customdata")):
        state.set_url("crystal", picked if isinstance(picked, str) else picked[0])
