"""The common look: one template for each theme, what a figure says itself is kept."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest
from plotly.colors import hex_to_rgb, unlabel_rgb

from components.figures.theme import PICTURES, config, diverging, escape, finish, on_plate


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


def _luminance(rgb: tuple[float, ...]) -> float:
    """Relative luminance of sRGB (WCAG 2.2)."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
              for v in (c / 255 for c in rgb)]  # fmt: skip
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True])
def test_points_stand_out_from_the_plate_and_keep_their_order(dark: bool) -> None:
    plate = _luminance(
        hex_to_rgb(finish(go.Figure(), dark=dark).layout.template.layout.plot_bgcolor)
    )
    shares, colours = zip(*on_plate(dark), strict=True)
    bright = [_luminance(unlabel_rgb(c)) for c in colours]
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert bright == sorted(bright)  # a larger value is a lighter colour in both themes
    for value in bright:
        high, low = max(value, plate), min(value, plate)
        assert (high + 0.05) / (low + 0.05) >= 2.0


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
