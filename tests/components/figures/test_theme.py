"""The common look: one template for each theme, what a figure says itself is kept."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from components.figures.theme import PICTURES, config, diverging, escape, finish


@pytest.mark.parametrize("dark", [False, True])
def test_plate_ink_and_colours(dark: bool) -> None:
    figure = finish(go.Figure(), dark=dark, x="r [Å]", y="g(r)", count="3 <b>crystals</b>")
    layout = figure.layout.template.layout
    assert layout.paper_bgcolor == ("#121616" if dark else "#FFFFFF")
    assert layout.colorway[0] == "#0072B2"
    assert figure.layout.xaxis.title.text == "r [Å]"
    (note,) = figure.layout.annotations
    assert note.text == "3 &lt;b&gt;crystals&lt;/b&gt;"
    assert note.xanchor == "left"
    middle = diverging(dark)[1]
    assert middle == (0.5, layout.paper_bgcolor)


def test_what_a_figure_says_itself_is_kept() -> None:
    figure = go.Figure().update_layout(legend={"orientation": "h"}, yaxis={"mirror": False})
    finish(figure, dark=False)
    assert figure.layout.legend.orientation == "h"
    assert figure.layout.yaxis.mirror is False


@pytest.mark.parametrize("picture", PICTURES)
def test_pictures_fit_a_column_or_a_slide(picture: str) -> None:
    options = config("name", picture)["toImageButtonOptions"]
    assert options["filename"] == "name"
    assert options["format"] == picture[:3].lower()
    if "column" in picture:
        points = 12 * 0.085 / 0.0254 * 72 / options["width"]  # height of the text at 85 mm
        assert 6 <= points <= 9
    if picture == "PNG, column":
        assert options["width"] * options["scale"] >= 85 / 25.4 * 300
    if picture == "PNG, slide":
        assert options["width"] * options["scale"] == 1920


def test_markup_of_users_is_shown_as_it_stands() -> None:
    assert escape("<a href='x'>&</a>") == "&lt;a href='x'&gt;&amp;&lt;/a&gt;"
