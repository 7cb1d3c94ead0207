"""The funnel: how many candidates each filter leaves, and how many it would pass by itself."""

from __future__ import annotations

import plotly.graph_objects as go

from components.figures.theme import ACCENT, escape, finish
from core.screening.funnel import Funnel

_GREY = {False: "#D5DADA", True: "#3A4242"}
_LINE = 34  # letters of a title before it is broken
_ROW = 52  # pixels a stage


def funnel(found: Funnel, *, dark: bool) -> go.Figure:
    """A bar a stage, from all candidates down; pale behind it what the filter passes by itself."""
    titles = ["All candidates", *(stage.title for stage in found.stages)]
    names = [f"{i}. {_broken(title)}" if i else title for i, title in enumerate(titles)]
    left, total = found.counts.tolist(), max(1, int(found.counts[0]))
    alone = [left[0], *found.alone.tolist()]
    words = [f"{n:,} ({100 * n / total:.3g}%)" for n in left]
    figure = go.Figure()
    figure.add_bar(
        y=names, x=alone, orientation="h", name="Passed by this filter alone", width=0.72,
        marker={"color": _GREY[dark]}, hovertemplate="%{x:,} by itself<extra></extra>",
    )  # fmt: skip
    figure.add_bar(
        y=names, x=left, orientation="h", name="Left after it", width=0.42, text=words,
        textposition="outside", cliponaxis=False, marker={"color": ACCENT[dark]},
        hovertemplate="%{x:,} left<extra></extra>",
    )  # fmt: skip
    figure.update_layout(
        barmode="overlay",
        legend={
            "orientation": "h",
            "x": 0,
            "y": -0.02,
            "yref": "container",
            "xanchor": "left",
            "yanchor": "bottom",
        },
    )
    finish(
        figure, dark=dark, x="Candidates",
        height=150 + _ROW * len(names),
    )  # fmt: skip
    figure.update_layout(margin={"b": 86})
    # Room at the right for the words beside the longest bar.
    figure.update_xaxes(range=[0, 1.5 * total], tickformat=",d")
    figure.update_yaxes(autorange="reversed", title_text="")
    return figure


def _broken(title: str) -> str:
    """A title over several lines."""
    lines, line = [], ""
    for word in title.split():
        if line and len(line) + len(word) >= _LINE:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "<br>".join(escape(text) for text in (*lines, line))
