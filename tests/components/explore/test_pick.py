"""Pickers follow the address: a link wins over what was chosen before."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def _page() -> None:
    import streamlit as st

    from components.explore import pick
    from core.library import Library

    library = Library.embedded("grid-report")
    first, other = pick.crystal(library), pick.second(library)
    st.json([first.id, None if other is None else other.id])


def shown(app: AppTest) -> str:
    assert not app.exception
    return app.json[0].value


def test_choice_goes_into_the_address_and_a_link_wins() -> None:
    app = AppTest.from_function(_page, default_timeout=30)
    app.query_params["crystal"] = "RP-n1"
    assert shown(app.run()) == '["RP-n1", null]'
    app.selectbox[0].set_value("RP-n2")
    app.selectbox[1].set_value("RP-n0").run()
    assert shown(app) == '["RP-n2", "RP-n0"]'
    assert app.query_params["crystal"] == "RP-n2"
    assert shown(app.run()) == '["RP-n2", "RP-n0"]'
    app.query_params["crystal"] = "RP-n1"
    app.query_params["b"] = "RP-n2"
    assert shown(app.run()) == '["RP-n1", "RP-n2"]'
    app.selectbox[1].set_value(None).run()
    assert shown(app) == '["RP-n1", null]'
    assert "b" not in app.query_params


def test_an_unknown_id_in_the_address_is_replaced() -> None:
    app = AppTest.from_function(_page, default_timeout=30)
    app.query_params["crystal"] = "<nothing>"
    app.run()
    assert "null" in shown(app)
    assert app.query_params["crystal"] == app.selectbox[0].value


def test_a_link_to_a_crystal_that_is_not_here_says_so() -> None:
    app = AppTest.from_function(_page, default_timeout=30)
    app.query_params["crystal"] = "<b>nope"
    assert shown(app.run()).startswith('["')
    assert any("nope" in caption.value and "<b>" not in caption.value for caption in app.caption)
