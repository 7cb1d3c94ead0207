"""Where the truth is known: what the screening would have found, missed and wrongly kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from components import figure
from components.figures import confidence as confidence_figures
from components.figures import discovery as figures
from components.screen.screened import Outcome
from components.screen.screening_scripts import cite, script
from core.screening.criteria import Column, Criterion
from core.screening.discovery import (
    WINDOW,
    Confusion,
    Ranking,
    confusion,
    rank,
    rolling_mae,
    stacked,
)
from core.screening.limits import ABOVE_HULL
from core.types import FloatArray, IntArray
from core.uncertainty import confidence_curve
from core.units import quantity

_HULL_TRUTH = "energy_above_hull_eV_per_atom"
_BINS, _CENTERS = 40, 121
_FEWEST = 10


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Candidates whose truth is known.

    Attributes:
        criterion, column: the window and what was predicted, of the rows alone.
        key: of the known property.
        rows: (m,) candidates.
        truth: (m,) known values.
        right: (m,) whether the truth lies in the window.
        selected: (m,) whether the candidate passed all filters.
        by_value: (m,) whether the predicted value alone lies in the window.
    """

    criterion: Criterion
    column: Column
    key: str
    rows: IntArray
    truth: FloatArray
    right: np.ndarray
    selected: np.ndarray
    by_value: np.ndarray


def truth(outcome: Outcome) -> None:
    """Counts, curves and errors against a known property."""
    judged = _choose(outcome)
    if judged is None:
        return
    _counts(judged)
    if not judged.right.any():
        st.info("No candidate's true value lies in the window.", icon=":material/info:")
        return
    _rankings(outcome, judged)
    _histogram(outcome, judged)
    _rolling(outcome, judged)
    _confidence(outcome, judged)


def _choose(outcome: Outcome) -> Judged | None:
    """The window and the known property it is held against."""
    pairs = [
        (criterion, key)
        for criterion in outcome.request.criteria
        for key in _candidates(criterion.key, outcome.source.table.truth)
    ]
    if not pairs:
        st.info(
            "Nothing known of the candidates can be held against a window: it takes a window, and "
            "a property of the candidates with its unit. Property tables join in the Library.",
            icon=":material/info:",
        )
        return None
    words = [f"{quantity(c.key).label} against known {k}" for c, k in pairs]
    chosen = st.selectbox(
        "Window and truth", range(len(pairs)), format_func=lambda i: words[i], key="screen.truth",
        help="The window judged, and the known property that tells right from wrong",
    )  # fmt: skip
    criterion, key = pairs[chosen]
    column = outcome.source.table.columns[criterion.key]
    values = outcome.source.table.truth[key]
    usable = np.isfinite(values) & np.isfinite(column.mean)
    seen = _trained_on(outcome)
    if seen.any() and not st.toggle(
        f"Count the {int((seen & usable).sum()):,} that the models were trained on, too",
        key="screen.truth.seen", help="They look too good: the models know their values",
    ):  # fmt: skip
        usable &= ~seen
    rows = np.flatnonzero(usable)
    if len(rows) < _FEWEST:
        st.info(
            f"{len(rows) or 'None'} of the candidates that are new to the models "
            f"{'has' if len(rows) == 1 else 'have'} a known value; "
            f"this needs at least {_FEWEST}.",
            icon=":material/info:",
        )
        return None
    own = _of_rows(column, rows)
    plain = Criterion(key=criterion.key, low=criterion.low, high=criterion.high)
    return Judged(
        criterion, own, key, rows, values[rows],
        plain.passed(Column(criterion.key, values[rows])), outcome.found.funnel.passed[rows],
        plain.passed(own),
    )  # fmt: skip


def _trained_on(outcome: Outcome) -> np.ndarray:
    """(n,) whether a model was trained on a crystal of that id."""
    inside = {name for m in outcome.source.models for name in m.manifest["model"]["ids"]}
    if not inside:
        return np.zeros(len(outcome.source.table), dtype=bool)
    return np.array([str(name) in inside for name in outcome.source.table.ids])


def _candidates(key: str, known: Mapping[str, FloatArray]) -> list[str]:
    """Known properties that a prediction may be held against: of its name, else of its unit."""
    unit = quantity(key).unit
    found = [k for k in known if k == key or (unit and quantity(k).unit == unit)]
    first = _HULL_TRUTH if key == ABOVE_HULL else key
    return sorted(found, key=lambda k: k != first)


def _of_rows(column: Column, rows: IntArray) -> Column:
    return Column(
        column.key, column.mean[rows], None if column.std is None else column.std[rows],
        column.levels, None if column.intervals is None else column.intervals[rows],
        column.trained,
    )  # fmt: skip


def _counts(judged: Judged) -> None:
    """Precision, recall and enrichment of all filters, and of the value alone."""
    n, positives = len(judged.rows), int(judged.right.sum())
    st.caption(
        f"{n:,} candidates with a known value, {positives:,} of them in the window "
        f"({100 * positives / n:.3g}%)."
    )
    lines = [
        _line("All filters", confusion(judged.right, judged.selected)),
        _line("The predicted value alone", confusion(judged.right, judged.by_value)),
    ]
    st.dataframe(lines, hide_index=True, alt="Counts of right and wrong with and without filters")


def _line(name: str, found: Confusion) -> dict[str, str | int]:
    low, high = found.precision_interval
    precision = f"{100 * found.precision:.1f}% ({100 * low:.1f} to {100 * high:.1f})"
    return {
        "Selected by": name, "Selected": found.selected, "Right": found.true_positive,
        "Wrong": found.false_positive, "Missed": found.false_negative,
        "Precision (95% interval)": precision if found.selected else "none selected",
        "Recall": f"{100 * found.recall:.1f}%" if found.positives else "",
        "Enrichment": f"{found.enrichment:.2f}" if found.selected and found.positives else "",
    }  # fmt: skip


def _orders(judged: Judged) -> dict[str, Ranking]:
    """In which order candidates would be evaluated: by value, and with the uncertainty."""
    criterion, column = judged.criterion, judged.column
    room = _room(criterion, column.mean)
    orders = {"by predicted value": rank(judged.right, -room)}
    if column.std is not None and not column.is_uniform:
        plain = Criterion(key=criterion.key, low=criterion.low, high=criterion.high)
        chance = plain.probability(column)
        orders["by probability of being inside"] = rank(judged.right, -chance)
        orders["by value less one deviation"] = rank(judged.right, column.std - room)
    return orders


def _room(criterion: Criterion, values: FloatArray) -> FloatArray:
    """How far inside the window a value lies."""
    out = np.full(len(values), np.inf)
    if criterion.low is not None:
        out = np.minimum(out, values - criterion.low)
    if criterion.high is not None:
        out = np.minimum(out, criterion.high - values)
    return out


def _rankings(outcome: Outcome, judged: Judged) -> None:
    import pandas as pd

    orders = _orders(judged)
    data = pd.DataFrame({"evaluated": next(iter(orders.values())).evaluated})
    for name, found in orders.items():
        data[f"found {name}"] = found.found
    figure.show(
        figures.rankings(orders, dark=figure.dark(), chosen=int(judged.selected.sum())),
        key="screen.rankings", name="screen-rankings", data=data, cite=cite(outcome.source),
        code=script(outcome, _rank_script(judged)),
        alt="Precision, recall and enrichment over the number of candidates evaluated",
    )  # fmt: skip
    areas = "; ".join(f"{name} {r.average_precision:.3f}" for name, r in orders.items())
    st.caption(
        f"Average precision: {areas}. Dashed: chance. Dotted: as many as passed all filters."
    )


def _rank_script(judged: Judged) -> str:
    c = judged.criterion
    return (
        "import numpy as np\nfrom core.screening.criteria import Column, Criterion\n"
        "from core.screening.discovery import rank\n"
        f"truth, column = table.truth[{judged.key!r}], table.columns[{c.key!r}]\n"
        "rows = np.isfinite(truth) & np.isfinite(column.mean)\n"
        f"window = Criterion(key={c.key!r}, low={c.low}, high={c.high})\n"
        "right = window.passed(Column(window.key, truth[rows]))\n"
        "found = rank(right, -window.probability(column)[rows])\n"
        "print(found.precision, found.recall, found.enrichment)\n"
    )


def _histogram(outcome: Outcome, judged: Judged) -> None:
    import pandas as pd

    values = judged.column.mean
    low, high = np.quantile(values, [0.005, 0.995])
    edges = np.linspace(low, high if high > low else low + 1.0, _BINS + 1)
    found = stacked(values, judged.right, judged.selected, edges)
    figure.show(
        figures.split_histogram(
            found, f"Predicted: {quantity(judged.criterion.key).axis_title}", dark=figure.dark(),
            at=judged.criterion.high if judged.criterion.high is not None
            else judged.criterion.low,
        ),
        key="screen.stacked", name="screen-right-and-wrong", cite=cite(outcome.source),
        data=pd.DataFrame({
            "from": edges[:-1], "to": edges[1:], "true_positive": found.true_positive,
            "false_positive": found.false_positive, "false_negative": found.false_negative,
            "true_negative": found.true_negative,
        }),
        code=script(outcome), alt="Candidates by predicted value, split by selected and right",
    )  # fmt: skip


def _rolling(outcome: Outcome, judged: Judged) -> None:
    """Error along the true value: is it larger where it matters?"""
    import pandas as pd

    unit = quantity(judged.key).unit
    span = np.quantile(judged.truth, [0.01, 0.99])
    window = WINDOW if judged.criterion.key == ABOVE_HULL else float(span[1] - span[0]) / 15 or 1.0
    centers = np.linspace(span[0], span[1], _CENTERS)
    found = rolling_mae(judged.truth, judged.column.mean - judged.truth, centers, window=window)
    figure.show(
        figures.rolling(
            {"predicted": found}, f"True: {quantity(judged.key).axis_title}", unit,
            dark=figure.dark(),
        ),
        key="screen.rolling", name="screen-rolling-error", cite=cite(outcome.source),
        data=pd.DataFrame({"center": found.centers, "mae": found.mae,
                           "standard_error": found.standard_error, "count": found.counts}),
        code=script(outcome), alt="Mean absolute error in a window moving along the true value",
    )  # fmt: skip


def _confidence(outcome: Outcome, judged: Judged) -> None:
    import pandas as pd

    column = judged.column
    if column.std is None or column.is_uniform:
        st.caption("One uncertainty for all candidates sorts nothing: no confidence curve.")
        return
    found = confidence_curve(judged.truth, column.mean, column.std)
    figure.show(
        confidence_figures.curve(
            found, quantity(judged.key).unit, dark=figure.dark(),
            count=f"{len(judged.rows):,} candidates",
        ),
        key="screen.confidence", name="screen-confidence", cite=cite(outcome.source),
        data=pd.DataFrame({"kept": found.kept, "error": found.error, "oracle": found.oracle}),
        code=script(outcome), alt="Error of the most certain candidates, between chance and oracle",
    )  # fmt: skip
    st.caption(f"Area between curve and oracle: {found.area:.2f} (0 oracle, 1 chance).")
