"""Every figure brings its data, picture, code and citation; the common look keeps its promises."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.figure import file_stem
from components.figures.theme import PICTURES


def _page() -> None:
    import pandas as pd
    import plotly.graph_objects as go

    from components import figure
    from components.figures.theme import finish
    from core.citations import GRID

    figure.show(
        finish(go.Figure(go.Scatter(x=[1, 2], y=[3, 4])), dark=figure.dark(), x="x [Å]"),
        key="f", name="a/b <c>", data=pd.DataFrame({"x_A": [1, 2]}), code="print(1)",
        cite=(GRID,), alt="Two points.",
    )  # fmt: skip


def test_all_that_a_figure_owes() -> None:
    app = AppTest.from_function(_page, default_timeout=30).run()
    assert not app.exception
    codes = {block.language: block.value for block in app.code}
    assert codes["python"] == "print(1)"
    assert "10.1039/D2DD00054G" in codes["bibtex"]
    assert app.radio(key="f.picture").options == list(PICTURES)
    app.radio(key="f.picture").set_value("PNG, slide").run()
    assert not app.exception


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("grid-RP-n1", "grid-RP-n1"), ("../../etc/passwd", "etc_passwd"),
        ("a<b>\n", "a_b"), ("???", "figure"), ("x" * 200, "x" * 80),
    ],
)  # fmt: skip
def test_names_of_users_become_file_names(text: str, stem: str) -> None:
    assert file_stem(text) == stem
