"""What a session holds when the disk can't take it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components import state
from core.errors import InputError
from core.io.write import to_cif
from core.types import Crystal
from tests.components.test_uploads import app, give, library


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


def _full(*_: object) -> None:
    raise InputError("'/home' can't be written: No space left on device.")


def _holding() -> None:
    import streamlit as st

    from components import state as own
    from core.library import Library as Kind
    from core.types import ParseReport

    own.begin_page()
    if st.button("Load"):
        crystals = Kind.embedded("elements").crystals[:3]
        own.set_library(Kind("Mine", "files", ParseReport(crystals, (), ())))
    library = own.library()
    st.text(f"{len(library) if library else 0} at hand")
    st.text(own.take_note() or "no note")


def test_crystals_that_can_not_be_saved_are_at_hand_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = AppTest.from_function(_holding).run()
    monkeypatch.setattr(state, "save_report", _full)
    page.button[0].click().run()
    assert page.text[0].value == "3 at hand"
    assert "No space left on device. So these crystals could not be saved" in page.text[1].value
    page.run()  # a later page of the session has them still, and says it once
    assert [t.value for t in page.text] == ["3 at hand", "no note"]
    assert "data" not in page.query_params


def test_crystals_saved_are_named_in_the_address() -> None:
    page = AppTest.from_function(_holding).run()
    page.button[0].click().run()
    assert [t.value for t in page.text] == ["3 at hand", "no note"]
    (token,) = [v[0] if isinstance(v, list) else v for v in [page.query_params["data"]]]
    again = AppTest.from_function(_holding)
    again.query_params["data"] = token
    assert [t.value for t in again.run().text] == ["3 at hand", "no note"]


def test_a_full_disk_does_not_lose_dropped_files(
    rocksalt: Crystal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the whole app, where what was read is collected before the page, outside of its guard."""
    monkeypatch.setattr(state, "save_report", _full)
    page = give(app(), ("a.cif", to_cif(rocksalt).encode()))
    assert not page.exception
    held = library(page)
    assert held is not None
    assert len(held) == 1
    assert any("No space left on device" in w.value for w in page.warning)


def test_a_page_change_brings_the_address_back_in_one_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each message about the address is a step of the browser's Back button."""
    from streamlit.runtime.state.query_params import QueryParams

    page = AppTest.from_function(_holding).run()
    page.button[0].click().run()
    kept = dict(page.query_params)
    assert len(kept) >= 1
    page.query_params.clear()  # as Streamlit does when the page changes
    page.session_state["gridscope.url.crystal"] = "H"
    sent = []
    real = QueryParams._send_query_param_msg
    monkeypatch.setattr(
        QueryParams, "_send_query_param_msg", lambda self: (sent.append(1), real(self))[1]
    )
    page.run()
    assert page.query_params["crystal"] in ("H", ["H"])
    assert page.query_params["data"] in (kept["data"], [kept["data"]])
    assert len(sent) == 1
