"""The filters of the Screen page: what the widgets say is a `Request`, kept in the address."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import streamlit as st

from components import errors, state
from components.screen.first_window import first_window
from components.screen.screening_source import Source
from core.errors import GridscopeError
from core.screening.criteria import HOW, WORDS, Column, Criterion
from core.screening.limits import Goal, NoveltySpec
from core.screening.screen import Request
from core.units import quantity

_URL, _HELD = "screen", "screen.held"
_NAMES = {"value": "Value", "shifted": "Value and k σ", "interval": "Interval",
          "probability": "Probability", "conformal": "Calibrated probability"}  # fmt: skip
_MANY = 20_000  # candidates above which near duplicates are not sought while thresholds move


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked, and of which the shortlist consists.

    Attributes:
        request: limits.
        count: most crystals on the shortlist.
        choose: `best` or `diverse`.
    """

    request: Request
    count: int
    choose: str


def form(source: Source) -> Wanted:
    """Draw the filters. Returns: what they ask. In the address: screen."""
    told = _told(source)
    criteria = [
        criterion
        for key in source.table.columns
        if (criterion := _criterion(source, key, told["criteria"].get(key, {}))) is not None
    ]
    novelty = _novelty(source, told["novelty"])
    request, count, choose = _rest(source, told, tuple(criteria), novelty)
    plain = _plain(source, request, count, choose)
    state.put(_HELD, {**state.get(_HELD, {}), source.digest: plain})
    state.set_url(_URL, json.dumps(plain, separators=(",", ":")))
    return Wanted(request, count, choose)


def widget(source: Source, key: str, name: str) -> str:
    """Key of a widget on a property. Other columns have widgets of their own: a browser shows the
    old ones empty when they come back after a job.
    """
    return f"screen.{source.digest[:8]}.{key}.{name}"


def set_window(source: Source, key: str, low: float | None, high: float | None) -> None:
    """Move the window of a property, as if typed."""
    state.put(widget(source, key, "low"), low)
    state.put(widget(source, key, "high"), high)


def _told(source: Source) -> dict[str, Any]:
    """What this page asked of these candidates before, else what the address says."""
    empty: dict[str, Any] = {"criteria": {}, "novelty": {}, "more": {}}
    held = state.get(_HELD, {})
    try:
        found = json.loads(state.url(_URL) or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or any(not isinstance(found.get(k, {}), dict) for k in empty):
        st.warning("The filters of this link can't be read; the usual ones are used.")
        return empty
    asked = (found.get("criteria") or {}).keys()
    # Other known crystals, or other candidates: what is asked stays, where it can be asked of them.
    if source.digest in held and not (asked and asked <= source.table.columns.keys()):
        return empty | held[source.digest]
    return empty | found


def _criterion(source: Source, key: str, told: Any) -> Criterion | None:
    """The window on one property; None without a bound."""
    told, column = told if isinstance(told, dict) else {}, source.table.columns[key]
    name, first = widget(source, key, "").rstrip("."), first_window(column)
    usual = {} if told else first
    unit = f" [{column.unit}]" if column.unit else ""
    with st.container(border=True):
        st.markdown(f"**{errors.plain(quantity(key).label)}**{errors.plain(unit)}")
        low = _number("From", f"{name}.low", told.get("low", usual.get("low")))
        high = _number("To", f"{name}.high", told.get("high", usual.get("high")))
        offered = [how for how in HOW if _has(how, column)]
        start = told.get("how", first.get("how"))
        how = st.selectbox(
            "Judged by", offered, index=offered.index(start) if start in offered else 0,
            format_func=_NAMES.__getitem__, key=f"{name}.how",
            help="; ".join(f"{_NAMES[h]}: {WORDS[h]}" for h in offered),
        )  # fmt: skip
        if len(offered) == 1:
            st.caption("The model states no uncertainty, so none can be asked for.")
        more = _threshold(how, column, name, told)
    if low is None and high is None:
        return None
    try:
        return Criterion(key=key, low=low, high=high, how=how, **more)
    except GridscopeError as error:
        st.warning(errors.plain(f"{error} It is left out until then."))
        return None


def _threshold(how: str, column: Column, name: str, told: dict[str, Any]) -> dict[str, float]:
    """The slider of the uncertainty."""
    if how == "shifted":
        start = _between(told.get("k"), 0.0, 5.0, 1.0)
        k = st.slider(
            "Standard deviations k", 0.0, 5.0, start, 0.1, key=f"{name}.k",
            help="The value must stay inside when it is moved outwards by k standard deviations",
        )  # fmt: skip
        return {"k": k}
    if how == "interval" and column.levels is not None:
        levels = column.levels.tolist()
        start = next((x for x in levels if x == told.get("level")), levels[len(levels) // 2])
        level = st.select_slider(
            "Level of the interval", levels, start, format_func=lambda x: f"{100 * x:g}%",
            key=f"{name}.level", help="The whole interval must lie inside",
        )  # fmt: skip
        return {"level": float(level)}
    if how in ("probability", "conformal"):
        start = _between(told.get("least"), 0.01, 0.99, 0.5)
        least = st.slider(
            "Least probability", 0.01, 0.99, start, 0.01, key=f"{name}.least",
            help="Of the true value lying inside",
        )  # fmt: skip
        return {"least": least}
    return {}


def _novelty(source: Source, told: Any) -> NoveltySpec | None:
    """Limits on what the models have never seen; None where nothing is asked or known."""
    known = source.table.known
    with st.container(border=True):
        st.markdown("**Novelty**")
        if known is None:
            st.caption("The models do not carry what they were trained on: it can't be judged.")
            return None
        told = told if isinstance(told, dict) else {}
        usual = NoveltySpec()
        drop = st.toggle(
            "No elements unseen in training", key="screen.novelty.elements",
            value=told.get("unseen_elements", usual.unseen_elements) == "drop",
            help="A model knows nothing of an element that no training crystal holds",
        )  # fmt: skip
        farthest = 1.0
        if np.isfinite(known.percentile).any():
            farthest = st.slider(
                "Farthest from training [percentile]", 50, 100,
                round(100 * _between(told.get("farthest"), 0.5, 1.0, 1.0)), 1,
                key="screen.novelty.far",
                help="Distance to the nearest training crystal, against those of the training "
                "crystals among themselves; 100 keeps all",
            ) / 100  # fmt: skip
        prototypes = "keep"
        if known.new_prototype is not None:
            choices = ("keep", "drop", "only")
            start = told.get("unseen_prototypes")
            prototypes = st.selectbox(
                "Prototypes of no known crystal", choices, key="screen.novelty.prototypes",
                index=choices.index(start) if start in choices else 0,
                help="Structure types that the known crystals do not have",
            )  # fmt: skip
        outside = known.within_hull is not None and st.toggle(
            "No compositions beyond the known ones", key="screen.novelty.outside",
            value=told.get("outside_hull") == "drop",
            help="Keeps what lies in the convex hull of the known crystals along three principal "
            "directions of their element statistics; it says nothing of holes inside it",
        )  # fmt: skip
        beyond = st.toggle(
            "No values beyond the training values", key="screen.novelty.beyond",
            value=told.get("beyond") == "drop",
            help="Leaves out candidates whose prediction no training crystal reaches",
        )  # fmt: skip
    return NoveltySpec(
        farthest=farthest, unseen_elements="drop" if drop else "keep",
        unseen_prototypes=prototypes, beyond="drop" if beyond else "keep",
        outside_hull="drop" if outside else "keep",
    )  # fmt: skip


def _rest(
    source: Source, told: dict[str, Any], criteria: tuple[Criterion, ...],
    novelty: NoveltySpec | None,
) -> tuple[Request, int, str]:  # fmt: skip
    """Order, front, duplicates and size of the shortlist."""
    keys, more = list(source.table.columns), told["more"]
    small = source.library is not None and len(source.table) <= _MANY
    with st.expander("Shortlist", icon=":material/checklist:"):
        orders = ["", *(f"{key}:{sense}" for key in keys for sense in ("low", "high"))]
        order = st.selectbox(
            "Ranked by", orders, key="screen.order", format_func=_order_words,
            index=orders.index(more["order"]) if more.get("order") in orders else 0,
            help="Probability of meeting all windows, or a property",
        )  # fmt: skip
        front = st.multiselect(
            "Pareto front of", orders[1:], key="screen.pareto", format_func=_order_words,
            default=[g for g in more.get("pareto", []) if g in orders[1:]],
            help="Keeps candidates that no other beats in all of these; choose two or more",
        )  # fmt: skip
        duplicates = st.number_input(
            "Duplicates within [Å]", 0.0, 2.0, _between(more.get("duplicates"), 0.0, 2.0, 0.0),
            0.01, key="screen.duplicates", disabled=not small,
            help="GRID distance within which two of one formula are one; 0 for none. Needs "
            f"structures, of at most {_MANY:,} candidates",
        )  # fmt: skip
        count = st.number_input(
            "Crystals, at most", 1, 1_000, int(_between(more.get("count"), 1, 1_000, 50)),
            key="screen.count", help="On the shortlist; exports hold all that passed",
        )  # fmt: skip
        choices = ("best", "diverse")
        choose = st.segmented_control(
            "Chosen", choices, default=more.get("choose") if more.get("choose") in choices
            else "best", required=True, key="screen.choose", disabled=source.library is None,
            help="The best, or the best of as many clusters under the GRID distance",
        )  # fmt: skip
    request = Request(
        criteria=criteria, novelty=novelty, pareto=tuple(_goal(g) for g in front),
        order=_goal(order) if order else None, duplicates=duplicates if small else 0.0,
    )  # fmt: skip
    return request, int(count), str(choose)


def _plain(source: Source, request: Request, count: int, choose: str) -> dict[str, Any]:
    """JSON-able, without what is usual."""
    names = {"shifted": "k", "interval": "level", "probability": "least", "conformal": "least"}
    criteria = {}
    for c in request.criteria:
        kept = {"low": c.low, "high": c.high, "how": c.how}
        if not _has("interval", column := source.table.columns[c.key]) and column.std is None:
            kept.pop("how")  # no choice: candidates with an uncertainty must not inherit it
        if c.how in names:
            kept[names[c.how]] = getattr(c, names[c.how])
        criteria[c.key] = {k: v for k, v in kept.items() if v is not None}
    novelty = request.novelty.to_dict() if request.novelty else {}
    more = {
        "order": f"{request.order.key}:{request.order.sense}" if request.order else "",
        "pareto": [f"{g.key}:{g.sense}" for g in request.pareto],
        "duplicates": request.duplicates, "count": count, "choose": choose,
    }  # fmt: skip
    return {"criteria": criteria, "novelty": novelty, "more": more}


def _has(how: str, column: Column) -> bool:
    if how in ("shifted", "probability"):
        return column.std is not None
    return how == "value" or column.intervals is not None


def _number(label: str, key: str, start: Any) -> float | None:
    usable = isinstance(start, int | float) and not isinstance(start, bool) and isfinite(start)
    if usable and state.get(key, _ABSENT) is _ABSENT:
        state.put(key, float(start))
    value: float | None = st.number_input(
        label, value=None, key=key, format="%.5g", placeholder="no bound",
        help="Inclusive; empty for no bound",
    )  # fmt: skip
    return value


_ABSENT = object()


def _between(value: Any, low: float, high: float, usual: float) -> float:
    usable = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if usable and low <= value <= high else usual


def _order_words(name: str) -> str:
    if not name:
        return "probability of meeting all windows"
    key, _, sense = name.rpartition(":")
    return f"{quantity(key).label}, {sense}est first"


def _goal(name: str) -> Goal:
    key, _, sense = name.rpartition(":")
    return Goal(key=key, sense=sense)
