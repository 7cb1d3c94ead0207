"""Forms made from specs: every option has its widget, the address brings changes back."""

from __future__ import annotations

from dataclasses import fields

import pytest
from streamlit.testing.v1 import AppTest

from components.forms import decode, encode
from core.descriptors.grid import GridSpec

KNOWN = {f.name: f for f in fields(GridSpec)}


def _page() -> None:
    import streamlit as st

    from components.forms import spec_form
    from core.descriptors.grid import GridSpec

    spec = spec_form(
        GridSpec, key="form", elements=("Ti", "O"), defaults={"n_groups": 40}, url_key="g"
    )
    st.json(spec.to_dict())


def run(url: str = "") -> AppTest:
    app = AppTest.from_function(_page, default_timeout=30)
    if url:
        app.query_params["g"] = url
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> GridSpec:
    import json

    return GridSpec.from_dict(json.loads(app.json[0].value))


def test_every_option_has_a_widget_with_its_help() -> None:
    app = run()
    widgets = [*app.number_input, *app.selectbox, *app.multiselect]
    assert {w.key for w in widgets} == {f"form.{name}" for name in KNOWN}
    for widget in widgets:
        option = KNOWN[widget.key.removeprefix("form.")]
        assert widget.help == option.metadata["help"]
        assert widget.label.startswith(option.metadata["label"])
    assert shown(app) == GridSpec(n_groups=40)
    assert "g" not in app.query_params


def test_changes_go_into_the_address_and_come_back() -> None:
    app = run()
    app.number_input(key="form.smearing").set_value(0.2)
    app.multiselect(key="form.centers").set_value(["Ti"])
    app.selectbox(key="form.mode").set_value("quantile").run()
    spec = GridSpec(n_groups=40, smearing=0.2, centers=("Ti",), mode="quantile")
    assert shown(app) == spec
    assert app.query_params["g"] == "mode:quantile,smearing:0.2,centers:Ti"
    assert shown(run(app.query_params["g"])) == spec


def test_usual_values_undo_all() -> None:
    app = run("n_groups:7,smearing:0.3")
    assert shown(app) == GridSpec(n_groups=7, smearing=0.3)
    app.button(key="form.reset").click().run()
    assert shown(app) == GridSpec(n_groups=40)
    assert "g" not in app.query_params
    assert not app.button


def test_a_refused_option_is_explained_in_place() -> None:
    app = run()
    app.number_input(key="form.bin_width").set_value(0.3).run()
    assert "whole number of bins" in app.error[0].value
    assert shown(app) == GridSpec(n_groups=40)
    assert not app.exception


@pytest.mark.parametrize(
    "text",
    [
        "n_groups:0", "n_groups:-5", "n_groups:1e9", "n_groups:x", "smearing:nan", "bin_width:inf",
        "mode:nonsense", "nothing:1", ":", ",,,", "n_groups", "<script>:1",
    ],
)  # fmt: skip
def test_nonsense_in_the_address_is_left_out(text: str) -> None:
    assert decode(KNOWN, text) == {}
    assert shown(run(text)) == GridSpec(n_groups=40)


def test_an_unknown_element_in_the_address_is_explained() -> None:
    app = run("centers:Xx")
    assert "no element" in app.error[0].value


def test_round_trip() -> None:
    options = {"n_groups": 3, "centers": ("Ti", "O"), "disorder": "weights", "smearing": 0.05}
    assert decode(KNOWN, encode(options)) == options
